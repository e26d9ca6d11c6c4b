"""A person's sessions: kept in use, ended by themselves, by an administrator, or by being left alone (ACC-08, SES-03)."""

from datetime import datetime, timedelta
from importlib import import_module

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from audit.services import record
from core.actors import Actor


def end_sessions(*, user: User, actor: Actor, now: datetime, except_session: str | None = None) -> int:
    """End every session of the user but the one with the key `except_session`; each is out at its next request.

    Gives their number. Runs inside the caller's transaction or one of its own; without any session nothing is recorded.
    """
    with transaction.atomic():
        ended = _end(UserSession.objects.filter(user=user).exclude(session_key=except_session))
        if ended:
            record(action="users.sessions_ended", actor=actor, subject=user, now=now, details={"sessions": ended})
    return ended


def end_session(*, session: UserSession, actor: Actor, now: datetime) -> bool:
    """End one session. False where it had ended already."""
    with transaction.atomic(durable=True):
        ended = _end(UserSession.objects.filter(pk=session.pk))
        if ended:
            record(action="users.sessions_ended", actor=actor, subject=session.user, now=now, details={"sessions": ended})
    return bool(ended)


def expire_session(*, user: User, session_key: str, now: datetime) -> None:
    """End a session that nobody used for too long (ACC-08)."""
    with transaction.atomic():
        if _end(UserSession.objects.filter(user=user, session_key=session_key)):
            record(action="users.session_expired", actor=user, subject=user, now=now)


def note_use(*, session_key: str, noted: dict[str, object], now: datetime) -> None:
    """Somebody used the session now. One UPDATE of the row that nobody else writes; a session that was ended stays ended."""
    UserSession.objects.filter(session_key=session_key).update(last_seen_at=now, data=noted)


def forget_ended(*, now: datetime) -> int:
    """Delete the rows of sessions that can't be used any more. Gives their number."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    kept = store.get_model_class().objects
    gone = kept.filter(expire_date__lt=now).delete()[0]
    UserSession.objects.filter(created_at__lt=now - timedelta(minutes=1)).exclude(session_key__in=kept.values("session_key")).delete()
    return int(gone)


def _end(rows: QuerySet[UserSession]) -> int:
    keys = list(rows.values_list("session_key", flat=True))
    if not keys:
        return 0
    store = import_module(settings.SESSION_ENGINE).SessionStore
    store.get_model_class().objects.filter(session_key__in=keys).delete()
    ended, _by_model = UserSession.objects.filter(session_key__in=keys).delete()
    return int(ended)
