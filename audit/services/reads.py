"""Who looked at what is sensitive (AUD-06): an event too, but once in a while and not at every click."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Model

from audit.models import AuditEvent
from audit.services.recording import record
from core.actors import Actor
from core.subjects import Subject, subject_of

AGAIN_AFTER = timedelta(minutes=15)


def note_read(*, action: str, actor: Actor, subject: Model | Subject, now: datetime) -> bool:
    """Record that the actor saw the subject, unless the trail says so of the last 15 minutes. Whether it was recorded.

    What can't be recorded is not shown: the page fails with it.
    """
    about = subject_of(subject)
    seen = AuditEvent.objects.filter(
        actor_type=actor.actor_type, actor_id=actor.actor_id, at__gt=now - AGAIN_AFTER, at__lte=now, action=action,
        subject_type=about.type, subject_id=about.id,
    )  # fmt: skip
    if seen.exists():
        return False
    with transaction.atomic():
        record(action=action, actor=actor, subject=subject, now=now)
    return True
