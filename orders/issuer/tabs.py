"""Orders on the pages of what they are about: the client, the receiving wallet."""

from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _

from core.registries import extend, visible
from kit.details import DetailPage, Tab
from orders.enums import Right
from orders.models import Order

SHOWN = 20
RELATED = ("asset", "currency")


def of_client(page: DetailPage) -> dict[str, Any]:
    return _newest(page, {"client": page.object}, client=page.object.reference)


def of_wallet(page: DetailPage) -> dict[str, Any]:
    return _newest(page, {"wallet": page.object}, wallet=page.object.address)


def _newest(page: DetailPage, criteria: dict[str, Any], **query: str) -> dict[str, Any]:
    orders = visible(Order, page.request.user).filter(**criteria).select_related(*RELATED)
    return {"orders": orders.order_by("-created_at", "-id")[:SHOWN], "all_orders": urlencode(query)}


def register() -> None:
    for page, context in (("clients.issuer.views.ClientDetail", of_client), ("ledger.issuer.wallets.views.WalletDetail", of_wallet)):
        extend(page, "tab", Tab("orders", _("Orders"), "orders/tab.html", right=Right.ORDERS_SEE, context=context))
