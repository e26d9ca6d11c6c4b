"""Alerts: raised once per cause while open, by whoever sees the cause (NOT-03)."""

from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import Model
from django.utils.functional import Promise

from core.subjects import Subject, subject_of
from messaging.models import Alert

log = structlog.get_logger()


def raise_alert(*, kind: str, subject: Model | Subject, message: str | Promise, now: datetime) -> None:
    """Raise an alert; while one of this kind about this subject is open, nothing happens. Works inside and outside of a
    transaction, and never undoes the caller's: the unique constraint decides, without an error."""
    about = subject_of(subject)
    if Alert.objects.filter(kind=kind, subject_type=about.type, subject_id=about.id, settled_at__isnull=True).exists():
        return  # whoever sees a cause says so at every look: the log has it once
    text = " ".join(str(message).replace("\0", "").split())[:500]
    alert = Alert(kind=kind, subject_type=about.type, subject_id=about.id, subject_reference=about.reference, message=text, raised_at=now)
    Alert.objects.bulk_create([alert], ignore_conflicts=True)
    log.warning("alert", kind=kind, subject=about.reference)


def settle_alert(*, kind: str, subject: Model | Subject, note: str | Promise, now: datetime) -> bool:
    """Settle the open alert of this kind and subject because its cause has gone; False where none was open."""
    about = subject_of(subject)
    with transaction.atomic(savepoint=False):
        opened = Alert.objects.filter(kind=kind, subject_type=about.type, subject_id=about.id, settled_at__isnull=True)
        return opened.update(settled_at=now, note=str(note)[:500]) == 1
