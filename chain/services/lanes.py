"""The lane: its lock, its halt, and what an administrator decides about it (CHN-04)."""

import contextlib
from collections.abc import Callable, Iterator
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from audit.services import record
from chain.client import View
from chain.enums import ChainOpStatus, HaltReason, RejectCode
from chain.models import ChainOp, Lane
from chain.services.alerts import Alert, halt_over, lane_subject, tell
from core.actors import Actor
from core.errors import DomainError
from core.subjects import Subject
from core.tasks import enqueue


class NothingHalted(DomainError):
    code = "nothing_halted"


class NotRejected(DomainError):
    code = "not_rejected"


@contextlib.contextmanager
def alone(job: str) -> Iterator[bool]:
    """True where this process is the only one in `job` until the block ends. The lock is the database session's: it ends
    with it, however a worker dies. (It holds no transaction open while the node is asked.)"""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [f"chain.{job}"])
        (held,) = cursor.fetchone()
    try:
        yield held
    finally:
        if held:
            with contextlib.suppress(Exception), connection.cursor() as cursor:  # a dead session has lost the lock already
                cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [f"chain.{job}"])


def halt(lane: Lane, reason: HaltReason, detail: str, *, now: datetime, operation: ChainOp | None = None) -> None:
    """Stop building until somebody decides; what is in flight is still followed. Inside the caller's transaction."""
    first = Lane.objects.filter(pk=lane.pk, halted_at=None).update(halted_at=now, halt_reason=reason, halt_detail=detail[:300])
    if first:
        waiting = ChainOp.objects.filter(status__in=[ChainOpStatus.PENDING, ChainOpStatus.ASSIGNED]).count()
        message = f"{reason.label}. {detail} Operations that wait behind it: {waiting}."
        tell(Alert.HALTED, lane=lane, message=message, now=now, subject=operation_subject(operation) if operation else None)
    lane.refresh_from_db()


def operation_subject(operation: ChainOp) -> Subject:
    return Subject("chain.chainop", str(operation.pk), operation.reference)


def judge(view: View, lane: Lane) -> tuple[HaltReason, str] | None:
    """What about the chain forbids to settle on it, if anything does."""
    if not view.shows(lane.identity):
        return HaltReason.WRONG_CHAIN, (
            f"Expected contract {lane.identity.contract} on chain {lane.identity.chain_id} with genesis block "
            f"{lane.identity.genesis_hash[:10]}…; the node shows chain {view.chain_id} with {view.genesis_hash[:10]}…"
        )
    if view.cursor_head >= lane.next_sequence:
        return HaltReason.CHAIN_AHEAD, (
            f"The contract stands at operation {view.cursor_head}, this database has given {lane.next_sequence - 1} numbers: "
            "it was restored from an older backup, or another instance uses the contract."
        )
    return None


@transaction.atomic(durable=True)
def resume(*, actor: Actor, now: datetime, comment: str = "") -> Lane:
    """Let a halted lane go on: the rejected operation is tried again with its own number. A cause that is still there halts
    it again at the next look. Raises NothingHalted."""
    lane = Lane.objects.select_for_update().filter(halted_at__isnull=False).first()
    if lane is None:
        raise NothingHalted(_("The settlement is not halted."))
    rejected = list(ChainOp.objects.select_for_update().filter(status=ChainOpStatus.REJECTED))
    ChainOp.objects.filter(pk__in=[operation.pk for operation in rejected]).update(
        status=ChainOpStatus.PENDING, chain_tx=None, failure_code=None
    )
    _release(lane, actor=actor, now=now, comment=comment, operations=rejected)
    return lane


def void(
    *,
    operation: ChainOp,
    compensate: Callable[[ChainOp], int | None],
    actor: Actor,
    now: datetime,
    comment: str,
) -> ChainOp:
    """Give up a rejected operation: `compensate` undoes it in the ledger, in this transaction, and returns the id of the
    ledger's compensating operation. Neither of the two moves anything on the chain; both use up their number there.

    Raises NotRejected, and whatever `compensate` raises (the receiver may have spent it): then nothing has changed.
    """
    with transaction.atomic(durable=True):
        lane = Lane.objects.select_for_update().get()
        operation = ChainOp.objects.select_for_update().get(pk=operation.pk)
        if operation.status != ChainOpStatus.REJECTED or lane.halted_at is None:
            raise NotRejected(_("Only an operation that the chain has rejected can be voided."))
        compensation = compensate(operation)
        ChainOp.objects.filter(pk=operation.pk).update(is_void=True, status=ChainOpStatus.PENDING, chain_tx=None)
        if compensation is not None:
            ChainOp.objects.filter(operation_id=compensation, status=ChainOpStatus.PENDING).update(is_void=True)
        record(
            action="chain.voided",
            actor=actor,
            subject=operation_subject(operation),
            details={"code": str(RejectCode(operation.failure_code).label) if operation.failure_code else "", "compensation": compensation},
            comment=comment,
            now=now,
        )
        _release(lane, actor=actor, now=now, comment=comment, operations=[operation])
    operation.refresh_from_db()
    return operation


def _release(lane: Lane, *, actor: Actor, now: datetime, comment: str, operations: list[ChainOp]) -> None:
    record(
        action="chain.resumed",
        actor=actor,
        subject=lane_subject(lane),
        details={"reason": lane.halt_reason, "operations": [operation.pk for operation in operations]},
        comment=comment,
        now=now,
    )
    halt_over(now=now)
    lane.halted_at, lane.halt_reason, lane.halt_detail, lane.reverts_in_a_row = None, "", "", 0
    lane.save(update_fields=["halted_at", "halt_reason", "halt_detail", "reverts_in_a_row"])
    enqueue("chain.tasks.build")
