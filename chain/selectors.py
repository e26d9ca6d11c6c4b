"""What pages ask about settlement (CHN-05). Rows alone: nothing here waits for the node."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from chain.enums import ChainOpStatus, RejectCode
from chain.models import ChainOp, Lane


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
