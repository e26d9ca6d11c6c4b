"""What a client has on hold, on the client's page."""

from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _

from clients.models import Client
from core.actors import Actor
from core.registries import extend, visible
from kit.details import DetailPage, Tab
from transactions.enums import Right
from transactions.models import Hold

SHOWN = 20


def of_client(page: DetailPage) -> dict[str, Any]:
    return holds_of(page.request.user, page.object)


def holds_of(person: Actor, client: Client) -> dict[str, Any]:
    """For the template of the tab, wherever the client's holds are shown."""
    rows = visible(Hold, person).filter(client=client).select_related("asset")
    return {"holds": rows.order_by("-arrived_at", "-id")[:SHOWN], "all_holds": urlencode({"client": client.reference})}


def register() -> None:
    tab = Tab("holds", _("On hold"), "transactions/holds_tab.html", right=Right.HOLDS_SEE, context=of_client)
    extend("clients.issuer.views.ClientDetail", "tab", tab)
