"""Mails and alerts in the global search (UIX-04)."""

from django.utils.translation import gettext_lazy as _

from core.finding import SearchSource, register_search
from messaging.enums import Right
from messaging.models import Alert, OutgoingMail
from messaging.registry import alert_label


def register() -> None:
    register_search(
        SearchSource(
            label=_("Alerts"),
            model=Alert,
            right=Right.SEE_ALERTS,
            page="alert-detail",
            icon="alert-triangle",
            shown=("reference", "kind", "subject_reference", "raised_at"),
            prefixes={"ALR": "reference"},
            words=alert_label,
        )
    )
    register_search(
        SearchSource(
            label=_("Mails"),
            model=OutgoingMail,
            right=Right.SEE_MAIL,
            page="mail-detail",
            icon="mail",
            shown=("reference", "to", "created_at"),
            status="status",
            prefixes={"ML": "reference"},
        )
    )
