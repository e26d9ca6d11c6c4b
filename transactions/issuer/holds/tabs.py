"""What a client has on hold, on the client's page."""

from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _

from core.registries import extend, visible
from kit.details import DetailPage, Tab
from transactions.enums import Right
from transactions.models import Hold

SHOWN = 20


def of_client(page: DetailPage) -> dict[str, Any]:
    rows = visible(Hold, page.request.user).filter(client=page.object).select_related("asset")
    return {"holds": rows.order_by("-arrived_at", "-id")[:SHOWN], "all_holds": urlencode({"client": page.object.reference})}


def register() -> None:
    tab = Tab("holds", _("On hold"), "transactions/holds_tab.html", right=Right.HOLDS_SEE, context=of_client)
    extend("clients.issuer.views.ClientDetail", "tab", tab)
