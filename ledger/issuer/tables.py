"""Columns of operations and proofs, and what their statuses mean."""

from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from chain.enums import ChainOpStatus
from kit import cells
from kit.lists import Column
from ledger.enums import OperationStatus, ProofStatus
from ledger.models import Operation, ProofRun
from ledger.services.refusals import words_of
from wallets.models import Wallet

cells.register_meanings(
    Operation,
    "status",
    **{OperationStatus.POSTED: cells.DONE, OperationStatus.REFUSED: cells.FAILED, OperationStatus.CANCELLED: cells.NEUTRAL},
)
cells.register_meanings(
    ProofRun,
    "status",
    **{
        ProofStatus.QUEUED: cells.NEUTRAL,
        ProofStatus.RUNNING: cells.UNDER_WAY,
        ProofStatus.HOLDS: cells.DONE,
        ProofStatus.BROKEN: cells.FAILED,
    },
)
SETTLEMENT = {
    ChainOpStatus.PENDING: cells.WAITS,
    ChainOpStatus.ASSIGNED: cells.UNDER_WAY,
    ChainOpStatus.SETTLED: cells.DONE,
    ChainOpStatus.REJECTED: cells.FAILED,
    ChainOpStatus.VOIDED: cells.NEUTRAL,
}


def settlement_html(operation: Any) -> SafeString:
    """The settlement's badge; test operations have none."""
    if operation.settlement_status is None:
        return cells.badge_html(_("Test"), cells.WAITS) if operation.is_test else cells.NOTHING
    return cells.badge_html(ChainOpStatus(operation.settlement_status).label, SETTLEMENT[operation.settlement_status])


def owner_name(wallet: Wallet) -> str:
    """Whose wallet it is, for people: the client, the organisation, or the wallet's own name."""
    return str(wallet.client or wallet.organisation or wallet.name or wallet.get_owner_type_display())


def party_html(wallet: Wallet) -> SafeString:
    return format_html("{} {}", owner_name(wallet), cells.address_html(wallet.address, copy=False))


def status_html(operation: Any) -> SafeString:
    """Where it stands in one word: posted, but failed on the chain, is worth more attention than posted."""
    if operation.settlement_status == ChainOpStatus.REJECTED:
        return cells.badge_html(_("Settlement failed"), cells.FAILED)
    return cells.badge_of(operation)


def reason_html(operation: Any) -> SafeString:
    if not operation.refused_reason:
        return cells.NOTHING
    return format_html("{}", words_of(operation.refused_reason))


TRANSACTION_COLUMNS = [
    Column("reference", _("Transaction identifier"), width="w-3"),
    Column("posted_at", _("Processed"), sort="posted_at"),
    Column("type", _("Type"), cell=lambda row: row.get_type_display()),
    Column("status", _("Status"), cell=status_html),
    Column("quantity", _("Quantity"), asset="asset"),
    Column("sender", _("Sender"), cell=lambda row: party_html(row.sender)),
    Column("receiver", _("Receiver"), cell=lambda row: party_html(row.receiver)),
    Column("refused_reason", _("Reason"), cell=reason_html),
    Column("cause_reference", _("Caused by"), cell=cells.mono("cause_reference"), hidden=True),
]

OPERATION_COLUMNS = [
    Column("reference", _("Transaction identifier"), width="w-3"),
    Column("posted_at", _("Processed"), sort="posted_at"),
    Column("type", _("Type"), cell=lambda row: row.get_type_display()),
    Column("quantity", _("Quantity"), asset="asset"),
    Column("sender", _("Sender"), cell=lambda row: party_html(row.sender)),
    Column("receiver", _("Receiver"), cell=lambda row: party_html(row.receiver)),
    Column("settlement", _("Settlement"), cell=settlement_html),
    Column("cause_reference", _("Caused by"), cell=cells.mono("cause_reference"), hidden=True),
]

PROOF_COLUMNS = [
    Column("reference", _("Reference"), width="w-3"),
    Column("requested_at", _("Requested"), sort="requested_at"),
    Column("requested_by", _("Requested by"), cell=cells.mono("requested_by")),
    Column("status", _("Result")),
    Column("operations", _("Operations")),
    Column("entries", _("Entries")),
    Column("fault_count", _("Faults")),
    Column("finished_at", _("Finished")),
]
