"""The trail in the global search: by an event's reference, or all that one request did (UIX-04)."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from audit.enums import Right
from audit.models import AuditEvent, Verification
from audit.registry import action_label
from core.finding import SearchSource, register_search
from core.question import Question


def of_request(question: Question) -> Q | None:
    return Q(request_id=question.token) if len(question.token) >= 8 else None


def register() -> None:
    register_search(
        SearchSource(
            label=_("Verifications of the trail"),
            model=Verification,
            right=Right.SEE,
            page="audit-verifications",
            icon="shield-check",
            key="",
            shown=("reference", "requested_at"),
            status="status",
            prefixes={"VER": "reference"},
        )
    )
    register_search(
        SearchSource(
            label=_("Audit events"),
            model=AuditEvent,
            right=Right.SEE,
            page="audit-event",
            icon="history",
            shown=("reference", "action", "subject_reference", "at"),
            prefixes={"EVT": "reference"},
            exact=of_request,
            words=action_label,
        )
    )
