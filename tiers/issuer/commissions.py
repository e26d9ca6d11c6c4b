"""An asset's default commissions on its page (AST-07)."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from core.registries import extend
from kit.details import DetailPage, Tab
from tiers.enums import FeeKind, Right
from tiers.issuer.prices import fees_of


def commissions(page: DetailPage) -> dict[str, Any]:
    return fees_of(page, FeeKind.OPERATION, asset=page.object, price_list=None) | {"title": _("Commissions"), "asset": page.object}


def register() -> None:
    tab = Tab("commissions", _("Commissions"), "tiers/fees_operation.html", right=Right.PRICES_SEE, context=commissions)
    extend("assets.issuer.views.AssetDetail", "tab", tab)
