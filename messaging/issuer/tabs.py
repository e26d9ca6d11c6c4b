"""The mails that were sent to a client, on the client's page (CLI-08)."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from core.registries import extend, visible
from kit.details import DetailPage, Tab
from messaging.enums import Right
from messaging.models import OutgoingMail

SHOWN = 50


def mails_tab(page: DetailPage) -> dict[str, Any]:
    about = page.object._meta.label_lower, str(page.object.pk)
    mails = visible(OutgoingMail, page.request.user).filter(about_type=about[0], about_id=about[1])
    return {"mails": mails.order_by("-id")[:SHOWN]}


def register() -> None:
    page = "clients.issuer.views.ClientDetail"
    extend(page, "tab", Tab("messages", _("Messages"), "messaging/mails_tab.html", right=Right.SEE_MAIL, context=mails_tab))
