"""The bell: what waits for a person, or what they asked for and has ended (NOT-02)."""

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model
from django.utils import translation
from django.utils.functional import Promise

from core.actors import Actor
from core.registries import visible
from core.subjects import Subject, subject_of
from messaging.models import Notification
from messaging.registry import known_notifications

KEPT = timedelta(days=90)


def notify(*, user: Any, kind: str, message: str | Promise, url: str = "", subject: Model | Subject | None = None, now: datetime) -> None:
    """Tell one user something in the bell, in the running transaction (NOT-02).

    `kind` is registered in `messaging.registry`; a lazy `message` is put into the user's language; `url` is a path of this
    site, and opening the entry leads there. Raises ImproperlyConfigured for another kind or address (mistakes in the code).
    """
    if kind not in known_notifications():
        raise ImproperlyConfigured(f"the notification {kind} is not registered")
    if url and (not url.startswith("/") or url.startswith("//")):
        raise ImproperlyConfigured(f"a notification leads to a page of this site, not to {url}")
    about = Subject("", "") if subject is None else subject_of(subject)
    with translation.override(user.language):
        text = " ".join(str(message).replace("\0", "").split())[:500]
    Notification.objects.create(
        user_id=user.pk, kind=kind, message=text, url=url, subject_type=about.type, subject_id=about.id,
        subject_reference=about.reference, created_at=now,
    )  # fmt: skip


def mark_read(*, actor: Actor, notification: Notification, now: datetime) -> None:
    """Take one of the person's own notifications as read; once it is, the first time stays."""
    visible(Notification, actor).filter(pk=notification.pk, read_at__isnull=True).update(read_at=now)


def mark_all_read(*, actor: Actor, now: datetime) -> int:
    """Take all of the person's notifications as read. How many were not."""
    return visible(Notification, actor).filter(read_at__isnull=True).update(read_at=now)


def forget_old(*, now: datetime) -> int:
    """Delete notifications older than KEPT, read or not: what they told of is in the trail. How many."""
    return Notification.objects.filter(created_at__lt=now - KEPT).delete()[0]
