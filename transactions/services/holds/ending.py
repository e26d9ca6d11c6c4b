"""A held transaction that comes to nothing: refused when it is checked again, cancelled, or held for too long (LIM-09)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.services import IllegalTransition, move
from core.actors import Actor, SystemActor
from core.errors import DomainError
from core.locks import lock
from core.text import clean_line
from ledger.enums import AttemptReason, OperationStatus, OperationType
from ledger.models import Operation
from ledger.services.attempts import note_attempt
from ledger.services.posting import Cause, Move, lock_balances, release
from ledger.services.refusals import REFUSALS
from transactions.enums import HoldStatus
from transactions.models import Hold
from transactions.services.decisions import Attempt, keep, raise_alarms
from transactions.services.holds.mails import tell
from transactions.services.holds.stuck import no_longer_stuck, standing_alone
from transactions.transitions import HOLD

HOLDS = SystemActor("holds")
ROWS = Hold.objects.select_related("client", "asset", "sender", "receiver")


class ReasonNeeded(DomainError):
    code = "reason_needed"
    status = 422


def locked(hold_id: int) -> Hold:
    """The hold, its clients and balances, locked in the one order: hold, clients, balances."""
    hold = lock(ROWS, pk=hold_id)
    lock_balances([(hold.sender, hold.asset), (hold.receiver, hold.asset)])
    return hold


@transaction.atomic(durable=True)
def cancel_hold(*, hold_id: int, reason: str, actor: Actor, now: datetime) -> Hold:
    """Held → Cancelled: what was reserved is released, and the client is told by mail. Raises IllegalTransition, ReasonNeeded."""
    text = clean_line(reason, maximum=300, field="reason")
    if not text:
        raise ReasonNeeded(_("Say why: the reason stays with the transaction."), field="reason")
    hold = locked(hold_id)
    close(hold, to=HoldStatus.CANCELLED, code=AttemptReason.HOLD_CANCELLED, reason=text, actor=actor, now=now)
    return hold


def expire_holds(*, now: datetime, limit: int = 500) -> int:
    """Close what has been held for too long, one transaction each; how many. Can be repeated at will, also beside itself."""
    waiting = Hold.objects.filter(status=HoldStatus.HELD)
    due = waiting.filter(expires_at__lte=now).order_by("expires_at", "id").values_list("pk", "reference")
    done = 0
    for hold_id, reference in list(due[:limit]):
        with standing_alone(waiting, id=hold_id, reference=reference, now=now):
            try:
                with transaction.atomic(durable=True):
                    close(locked(hold_id), to=HoldStatus.EXPIRED, code=AttemptReason.HOLD_EXPIRED, reason="", actor=HOLDS, now=now)
            except IllegalTransition:
                continue  # it has gone on, or was cancelled, since the list was read
            done += 1
    return done


def close(hold: Hold, *, to: HoldStatus, code: str, reason: str, actor: Actor, now: datetime, attempt: Attempt | None = None) -> None:
    """Inside the transaction that has the hold locked: what is reserved is released, the attempt stands among all transactions
    with why (TXN-04), what the rules said is kept with it, and the client is told."""
    if HOLD.action(hold.status, to) is None:
        move(hold, table=HOLD, to=to, actor=actor, now=now)  # raises the refusal in words, before anything is written
    for reservation_id in (hold.reservation_id, hold.fee_reservation_id):
        if reservation_id is not None:
            release(reservation_id=reservation_id)
    if code not in AttemptReason.values and code not in REFUSALS:
        code = AttemptReason.HOLD_REFUSED
    status = OperationStatus.REFUSED if to == HoldStatus.REFUSED else OperationStatus.CANCELLED
    wanted = attempt.move if attempt else move_of(hold)
    reference = note_attempt(move=wanted, status=status, reason=code, cause=Cause.of(hold), actor=actor, now=now)
    noted = Operation.objects.only("id", "group_id").get(reference=reference)
    if attempt:
        keep(attempt.judgement, now=now, group_id=noted.group_id)
        raise_alarms(attempt.judgement, now=now)
    move(
        hold, table=HOLD, to=to, actor=actor, now=now, comment=reason, details={"operation": reference, "because": str(code)},
        closing_reason=reason, closed_at=now, waits_for="", operation_id=noted.pk, operation_reference=reference,
    )  # fmt: skip
    no_longer_stuck(hold, now=now)
    tell(hold, now=now, refusal=str(code) if to == HoldStatus.REFUSED else "")


def move_of(hold: Hold, *, reservation_id: int | None = None) -> Move:
    """What was wanted."""
    return Move(
        type=OperationType(hold.type), asset=hold.asset, sender=hold.sender, receiver=hold.receiver, quantity=hold.quantity,
        comment=hold.comment, reservation_id=reservation_id,
    )  # fmt: skip
