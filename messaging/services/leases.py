"""What the outboxes share: a worker claims a message by a conditional update, with a lease longer than its own time limit."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from django.db.models import F, Q
from django.utils import timezone

from messaging.enums import MailStatus
from messaging.models import OutgoingMail, OutgoingSms

LEASE = timedelta(seconds=150)  # the tasks' hard time limit is 120 s
PATIENCE = timedelta(seconds=10)  # what is younger has its own message on the way

Outgoing = TypeVar("Outgoing", OutgoingMail, OutgoingSms)


def claim(outbox: type[Outgoing], pk: int, *, now: datetime) -> Outgoing | None:
    """The message, if it is due and nobody else has it."""
    claimed = outbox.objects.filter(_waiting(due=now, now=now), pk=pk).update(
        status=MailStatus.SENDING, lease_until=now + LEASE, attempts=F("attempts") + 1
    )
    return outbox.objects.get(pk=pk) if claimed == 1 else None


def send_overdue(outbox: type[Outgoing], send: Callable[..., bool], *, now: datetime, limit: int, seconds: float) -> int:
    """Send what waits although its time has come: messages were lost, or a retry is due. How many were sent."""
    overdue = outbox.objects.filter(_waiting(due=now - PATIENCE, now=now)).order_by("due_at", "id")
    sent, started = 0, timezone.now()
    for pk in overdue.values_list("pk", flat=True)[:limit]:
        if (timezone.now() - started).total_seconds() > seconds:
            break
        sent += send(pk, now=max(now, timezone.now()))
    return sent


def _waiting(*, due: datetime, now: datetime) -> Q:
    return Q(status=MailStatus.QUEUED, due_at__lte=due) | Q(status=MailStatus.SENDING, lease_until__lt=now)
