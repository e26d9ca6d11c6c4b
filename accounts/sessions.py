"""The session engine: Django's own rows, read together with whose browser it is and when it was last used (ACC-08, SES-03)."""

from datetime import datetime
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.core.exceptions import SuspiciousOperation
from django.db.models import OuterRef, Subquery
from django.utils import timezone


class SessionStore(DatabaseStore):
    """`last_used_at` and `noted` come in the statement that reads the session; None where the session has no row of its own.

    The row (allauth's UserSession) is what people see of a session and what ends it: nobody stays signed in without.
    """

    last_used_at: datetime | None = None
    noted: dict[str, Any] | None = None

    def _get_session_from_db(self) -> Any:
        from allauth.usersessions.models import UserSession  # noqa: PLC0415 - models load after this engine is named

        own = UserSession.objects.filter(session_key=OuterRef("session_key"))
        rows = self.model.objects.annotate(used=Subquery(own.values("last_seen_at")), noted=Subquery(own.values("data")))
        try:
            row = rows.get(session_key=self.session_key, expire_date__gt=timezone.now())
        except (self.model.DoesNotExist, SuspiciousOperation):
            self._session_key = None
            return None
        self.last_used_at, self.noted = row.used, row.noted
        return row
