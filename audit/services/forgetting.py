"""Forgetting a person: personal values go, the events stay and their chain still holds (AUD-05)."""

from django.db.models import Model

from audit.models import AuditPersonal
from core.subjects import Subject, subject_of


def forget(thing: Model | Subject) -> int:
    """Delete the personal values and comments of all events about the thing, in the running transaction. Gives their number.

    What is left of each is a hash whose salt went with it. The caller records that it was done.
    """
    subject = subject_of(thing)
    return AuditPersonal.objects.filter(event__subject_type=subject.type, event__subject_id=subject.id).delete()[0]
