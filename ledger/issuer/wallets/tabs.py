"""Wallets on the pages of whose they are: the client, the organisation."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from core.registries import extend, visible
from kit.details import DetailPage, Tab
from ledger.holdings import with_held
from ledger.issuer.wallets.tables import balances
from wallets.enums import Right
from wallets.models import Wallet

SHOWN = 50


def wallets_tab(page: DetailPage) -> dict[str, Any]:
    rows = with_held(visible(Wallet, page.request.user).filter(**{page.model._meta.model_name: page.object}))
    return {"wallets": [(wallet, balances(wallet)) for wallet in rows.order_by("-created_at", "-id")[:SHOWN]]}


def register() -> None:
    for page in (
        "clients.issuer.views.ClientDetail",
        "organisations.issuer.views.OrganisationDetail",
        "organisations.merchant.views.MerchantOrganisationDetail",
    ):
        extend(page, "tab", Tab("wallets", _("Wallets"), "ledger/wallets_tab.html", right=Right.WALLETS_SEE, context=wallets_tab))
