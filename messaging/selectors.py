"""Shared reads of mail and notifications."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Func, IntegerField, Min, OuterRef
from django.utils import timezone

from messaging.enums import MailStatus
from messaging.models import Alert, Notification, OutgoingMail

COUNTED = 100  # in the bell; more is "99+"


def unread_count() -> Any:
    """How many unread notifications the user of the outer statement has, counted to COUNTED at most (NOT-02)."""
    unread = Notification.objects.filter(user=OuterRef("pk"), read_at__isnull=True).values("pk")[:COUNTED]
    return Func(ArraySubquery(unread), function="cardinality", output_field=IntegerField())


def open_alert_count() -> Any:
    """How many alerts are open, counted to COUNTED at most, for the menu (NOT-03)."""
    opened = Alert.objects.filter(settled_at__isnull=True).values("pk")[:COUNTED]
    return Func(ArraySubquery(opened), function="cardinality", output_field=IntegerField())


def backlog() -> tuple[int, float]:
    """The outbox's gauges for /metrics: mails that are due, and the age of the oldest in seconds."""
    now = timezone.now()
    waiting = OutgoingMail.objects.filter(status__in=[MailStatus.QUEUED, MailStatus.SENDING], due_at__lte=now)
    oldest = waiting.aggregate(oldest=Min("due_at"))["oldest"]
    return waiting.count(), (now - oldest).total_seconds() if oldest else 0.0
