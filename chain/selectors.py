"""What pages ask about settlement (CHN-05). Rows alone: nothing here waits for the node."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from chain.enums import ChainOpStatus, RejectCode, TxStatus
from chain.models import ChainOp, ChainTx, Lane


@dataclass(frozen=True)
class Settlement:
    """An operation's way to the chain: queued, submitted, confirmed or failed. `confirmations` counts up to `required`;
    `steps` is the history for a timeline: (label, time or None)."""

    operation: ChainOp
    status: ChainOpStatus
    sequence: int | None
    transaction_hash: str
    block: int | None
    confirmations: int
    required: int
    attempts: int
    failure: str
    queued_at: datetime
    submitted_at: datetime | None
    settled_at: datetime | None

    @property
    def label(self) -> str:
        return str(self.status.label)

    @property
    def reference(self) -> str:
        return f"CHN-{self.operation.pk}"


def settlement_of(operation_id: int) -> Settlement | None:
    """The settlement of a ledger operation; None where it has none (a currency, test mode)."""
    return settlements_of([operation_id]).get(operation_id)


def settlements_of(operation_ids: Iterable[int]) -> dict[int, Settlement]:
    """The same for many, in two statements."""
    rows = ChainOp.objects.filter(operation_id__in=list(operation_ids)).select_related("chain_tx")
    head = Lane.objects.values_list("head_block", flat=True).first()
    return {row.operation_id: _settlement(row, head) for row in rows if row.operation_id is not None}


def settlement(row: ChainOp) -> Settlement:
    return _settlement(row, Lane.objects.values_list("head_block", flat=True).first())


def _settlement(row: ChainOp, head: int | None) -> Settlement:
    sent = row.chain_tx
    block = sent.block_number if sent else None
    required = max(settings.CHAIN_CONFIRMATIONS, 1)
    depth = max(head - block + 1, 0) if head is not None and block is not None else 0
    return Settlement(
        operation=row,
        status=ChainOpStatus(row.status),
        sequence=row.sequence,
        transaction_hash=sent.hash if sent else "",
        block=block,
        confirmations=min(depth, required) if row.status != ChainOpStatus.SETTLED else max(depth, required),
        required=required,
        attempts=row.attempts,
        failure=str(RejectCode(row.failure_code).label) if row.failure_code in RejectCode.values else "",
        queued_at=row.created_at,
        submitted_at=sent.sent_at if sent else None,
        settled_at=row.settled_at,
    )


def stuck_transactions(*, now: datetime) -> QuerySet[ChainTx]:
    """The newest version of each nonce that no block has taken for longer than the settings call usual (CHN-09)."""
    newer = ChainTx.objects.filter(
        identity=OuterRef("identity"), signer=OuterRef("signer"), nonce=OuterRef("nonce"), version__gt=OuterRef("version")
    )
    first = ChainTx.objects.filter(
        identity=OuterRef("identity"), signer=OuterRef("signer"), nonce=OuterRef("nonce"),
        created_at__lt=now - timedelta(seconds=settings.CHAIN_STUCK_SECONDS),
    )  # fmt: skip
    return ChainTx.objects.filter(Exists(first), ~Exists(newer), status__in=(TxStatus.PREPARED, TxStatus.SENT))


def why_it_waits(row: ChainTx, lane: Lane | None) -> str:
    """Why no block has taken this transaction, as far as the rows tell; "" where it doesn't wait."""
    if row.status not in (TxStatus.PREPARED, TxStatus.SENT) or lane is None:
        return ""
    wanted = row.gas * row.max_fee
    if lane.node_error:
        return _("The node does not answer: %(error)s") % {"error": lane.node_error}
    if row.error:
        return _("The node refuses it: %(error)s") % {"error": row.error}
    if lane.seen_funds is not None and lane.seen_funds < wanted:
        return _("The operator's account can't pay the fee that it offers.")
    if lane.seen_nonce is not None and row.nonce > lane.seen_nonce:
        return _("It waits for nonce %(nonce)s before it.") % {"nonce": lane.seen_nonce}
    if row.status == TxStatus.PREPARED:
        return _("It is signed and not sent yet.")
    if row.sent_block is not None and lane.head_block is not None and lane.head_block <= row.sent_block:
        return _("There has been no block since it was sent.")
    if lane.seen_base_fee is not None and row.max_fee < lane.seen_base_fee:
        return _("It offers %(offered)s gwei, and blocks cost %(asked)s gwei now.") % {
            "offered": in_gwei(row.max_fee), "asked": in_gwei(lane.seen_base_fee),
        }  # fmt: skip
    return _("The node has it, and no block has taken it yet.")


def in_gwei(fee: Decimal) -> str:
    return f"{fee / 10**9:.3f}".rstrip("0").rstrip(".")
