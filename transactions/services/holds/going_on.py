"""What was held is checked again, in order of arrival, when its client has reached a level that isn't held (LIM-09)."""

from datetime import datetime
from typing import Protocol

import structlog
from django.db import transaction

from audit.services import move
from clients.models import Client
from core.errors import DomainError
from ledger.enums import OperationType
from ledger.services.posting import release
from ledger.services.refusals import ClientFrozen
from tiers.services.limits import RateMissing
from transactions.enums import HoldStatus
from transactions.models import Hold
from transactions.services.decisions import Attempt, raise_alarms
from transactions.services.holds.ending import HOLDS, close, locked
from transactions.services.holds.levels import held_levels, is_held_level
from transactions.services.holds.registry import Resumer, resumers
from transactions.services.holds.stuck import no_longer_stuck, standing_alone
from transactions.services.pipeline import Moved
from transactions.transitions import HOLD

log = structlog.get_logger()


class GoOn(Protocol):
    """Do what was held, through the pipeline, from its reservation: inside the transaction that has the hold locked. Raises what
    the pipeline raises."""

    def __call__(self, hold: Hold, *, now: datetime) -> Moved: ...


def resumer_of_holds(type: OperationType, go_on: GoOn) -> Resumer:  # noqa: A002 - the word of the field
    """The resumer of a type of operation whose holds are rows of `Hold`."""

    def resume(*, id: int, now: datetime) -> None:  # noqa: A002
        resume_hold(hold_id=id, go_on=go_on, now=now)

    return Resumer(open=lambda: Hold.objects.filter(type=type, status=HoldStatus.HELD), arrived="arrived_at", resume=resume)


def recheck(*, client_id: int, now: datetime) -> int:
    """Check again what this client has on hold, of every kind, in order of arrival, each in a transaction of its own; how many.

    Nothing happens where the level is held. One that breaks is logged, raises an alert, and doesn't keep the later ones waiting. Any
    number of these at once, killed or late, do each thing once: every resumer locks its row and looks again.
    """
    level = Client.objects.values_list("verification_level", flat=True).get(pk=client_id)
    if is_held_level(level):
        return 0
    waiting = [
        (arrived, str(kind), row_id, reference)
        for kind, resumer in resumers().items()
        for arrived, row_id, reference in resumer.open().filter(client_id=client_id).values_list(resumer.arrived, "pk", "reference")
    ]
    for _arrived, kind, row_id, reference in sorted(waiting):
        resumer = resumers()[OperationType(kind)]
        with standing_alone(resumer.open(), id=row_id, reference=reference, now=now):
            resumer.resume(id=row_id, now=now)
    return len(waiting)


def clients_to_recheck(*, limit: int = 500) -> list[int]:
    """Ids of the clients above the held levels who still have something on hold: a message that was lost, a setting that has changed."""
    found: set[int] = set()
    for resumer in resumers().values():
        waiting = resumer.open().exclude(client__verification_level__in=held_levels())
        found.update(waiting.values_list("client_id", flat=True).distinct()[:limit])
    return sorted(found)[:limit]


@transaction.atomic(durable=True)
def resume_hold(*, hold_id: int, go_on: GoOn, now: datetime) -> None:
    """Go on with one hold: posted and marked in the same transaction, so that no moment lies between the two. What is refused is
    closed, released and mailed; a client who is frozen for a time, or a rate that is missing, leaves it waiting."""
    hold = locked(hold_id)
    level = Client.objects.values_list("verification_level", flat=True).get(pk=hold.client_id)
    if hold.status != HoldStatus.HELD or is_held_level(level):
        return
    try:
        with transaction.atomic():  # what is refused leaves nothing behind
            if hold.fee_reservation_id is not None:
                release(reservation_id=hold.fee_reservation_id)  # charged as the fee is now, under the locks that are held
            moved = go_on(hold, now=now)
    except DomainError as error:
        attempt = error.attempt if isinstance(error.attempt, Attempt) else None
        if isinstance(error, ClientFrozen | RateMissing):
            if attempt is not None:
                raise_alarms(attempt.judgement, now=now)
            Hold.objects.filter(pk=hold.pk).update(waits_for=str(error)[:300])
            no_longer_stuck(hold, now=now)
            log.info("hold_waits_on", hold=hold.reference, code=error.code)
            return
        close(hold, to=HoldStatus.REFUSED, code=error.code, reason=str(error)[:300], actor=HOLDS, now=now, attempt=attempt)
        return
    operation = moved.posted.operations[0]
    move(
        hold, table=HOLD, to=HoldStatus.POSTED, actor=HOLDS, now=now, details={"operation": operation.reference},
        closed_at=now, waits_for="", operation_id=operation.id, operation_reference=operation.reference,
    )  # fmt: skip
    no_longer_stuck(hold, now=now)
