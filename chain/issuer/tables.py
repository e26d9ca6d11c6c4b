from django.utils.translation import gettext_lazy as _

from chain.enums import ChainOpStatus, ComparisonStatus, ReplacementStatus, TxStatus
from chain.models import ChainOp, ChainTx, Comparison, Replacement
from kit import cells
from kit.lists import Column

cells.register_meanings(
    ChainOp,
    "status",
    **{
        ChainOpStatus.PENDING: cells.NEUTRAL,
        ChainOpStatus.ASSIGNED: cells.UNDER_WAY,
        ChainOpStatus.SETTLED: cells.DONE,
        ChainOpStatus.REJECTED: cells.FAILED,
        ChainOpStatus.VOIDED: cells.NEUTRAL,
    },
)
cells.register_meanings(
    Comparison,
    "status",
    **{
        ComparisonStatus.QUEUED: cells.UNDER_WAY,
        ComparisonStatus.EQUAL: cells.DONE,
        ComparisonStatus.DIFFERENT: cells.FAILED,
        ComparisonStatus.FAILED: cells.WAITS,
    },
)

cells.register_meanings(
    ChainTx,
    "status",
    **{
        TxStatus.PREPARED: cells.WAITS,
        TxStatus.SENT: cells.UNDER_WAY,
        TxStatus.MINED: cells.UNDER_WAY,
        TxStatus.CONFIRMED: cells.DONE,
        TxStatus.REVERTED: cells.FAILED,
        TxStatus.SUPERSEDED: cells.NEUTRAL,
    },
)
cells.register_meanings(
    Replacement,
    "status",
    **{ReplacementStatus.QUEUED: cells.WAITS, ReplacementStatus.SENT: cells.DONE, ReplacementStatus.REFUSED: cells.FAILED},
)

TRANSACTION_COLUMNS = [
    Column("hash", _("Transaction hash"), cell=lambda row: cells.address_html(row.hash, copy=False), width="w-3"),
    Column("nonce", _("Nonce"), sort="id"),
    Column("version", _("Version")),
    Column("purpose", _("Purpose"), cell=lambda row: str(row.get_purpose_display())),
    Column("operations_carried", _("Operations"), cell=lambda row: str(row.operations_carried), align="end"),
    Column("status", _("Status")),
    Column("created_at", _("Built")),
    Column("reason", _("Waits because"), cell=lambda row: row.reason or cells.NOTHING),
]

OPERATION_COLUMNS = [
    Column("id", _("Reference"), sort="id", cell=cells.mono("reference"), width="w-3"),
    Column("kind", _("Kind"), cell=lambda row: str(row.get_kind_display())),
    Column("status", _("Settlement")),
    Column("sequence", _("Number")),
    Column("source", _("Source"), cell=cells.address("source")),
    Column("destination", _("Destination"), cell=cells.address("destination")),
    Column("chain_tx__hash", _("Transaction hash"), cell=cells.address("chain_tx__hash")),
    Column("chain_tx__block_number", _("Block")),
    Column("created_at", _("Queued")),
    Column("settled_at", _("Confirmed")),
]

COMPARISON_COLUMNS = [
    Column("reference", _("Reference"), width="w-3"),
    Column("requested_at", _("Requested"), sort="requested_at"),
    Column("requested_by", _("Requested by"), cell=cells.mono("requested_by")),
    Column("status", _("Result")),
    Column("different", _("Differences")),
    Column("wallets", _("Balances compared")),
    Column("unsettled", _("Operations on their way")),
    Column("block", _("Block")),
    Column("finished_at", _("Finished")),
]
