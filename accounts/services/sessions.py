"""A person's sessions, ended (USR-11)."""

from datetime import datetime
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


def _end(rows: QuerySet[UserSession]) -> int:
    keys = list(rows.values_list("session_key", flat=True))
    if not keys:
        return 0
    store = import_module(settings.SESSION_ENGINE).SessionStore
    store.get_model_class().objects.filter(session_key__in=keys).delete()
    ended, _by_model = UserSession.objects.filter(session_key__in=keys).delete()
    return int(ended)
