"""Every event of the trail about a client, on the client's page (CLI-08). The timeline beside the summary shows the newest."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from audit.enums import Right
from audit.models import AuditEvent
from audit.selectors import name_actors, timeline
from core.registries import extend, visible
from kit.details import DetailPage, Tab

SHOWN = 50


def events_tab(page: DetailPage) -> dict[str, Any]:
    mine = visible(AuditEvent, page.request.user)
    return {"events": name_actors((timeline(page.object) & mine)[:SHOWN]), "subject": page.object.reference}


def register() -> None:
    page = "clients.issuer.views.ClientDetail"
    extend(page, "tab", Tab("audit", _("Audit trail"), "audit/events_tab.html", right=Right.SEE, context=events_tab))
