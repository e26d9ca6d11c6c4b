from django.utils.translation import gettext_lazy as _

from kit.filters import Choices, Criteria, Dates, Exact, YesNo
from messaging.enums import MailStatus
from messaging.registry import known_alerts, known_mails


class MailFilter(Criteria):
    to = Exact(label=_("To"))
    status = Choices(choices=MailStatus.choices, label=_("Status"))
    created_at = Dates(label=_("Queued"))
    template = Choices(choices=lambda: [(code, template.label) for code, template in known_mails().items()], label=_("Kind"))
    about_reference = Exact(upper=True, label=_("About"))


class Open(YesNo):
    """An alert is open until it is settled."""

    def filter(self, qs, value):  # type: ignore[no-untyped-def]
        return qs.filter(settled_at__isnull=value == "yes") if value else qs


class Mine(YesNo):
    def filter(self, qs, value):  # type: ignore[no-untyped-def]
        if not value:
            return qs
        mine = {"assigned_to": self.parent.request.user}
        return qs.filter(**mine) if value == "yes" else qs.exclude(**mine)


class AlertFilter(Criteria):
    kind = Choices(choices=lambda: list(known_alerts().items()), label=_("Kind"))
    open = Open(label=_("Open"))
    raised_at = Dates(label=_("Raised"))
    mine = Mine(label=_("Assigned to me"))
    subject_reference = Exact(upper=True, label=_("Object's reference"))
