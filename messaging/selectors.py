"""Shared reads of mail."""

from django.db.models import Min
from django.utils import timezone

from messaging.enums import MailStatus
from messaging.models import OutgoingMail


def backlog() -> tuple[int, float]:
    """The outbox's gauges for /metrics: mails that are due, and the age of the oldest in seconds."""
    now = timezone.now()
    waiting = OutgoingMail.objects.filter(status__in=[MailStatus.QUEUED, MailStatus.SENDING], due_at__lte=now)
    oldest = waiting.aggregate(oldest=Min("due_at"))["oldest"]
    return waiting.count(), (now - oldest).total_seconds() if oldest else 0.0
