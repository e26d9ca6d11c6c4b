"""The lots of all clients: what expires when, in whose wallet (AST-09, EXP-01)."""

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from kit import cells
from kit.filters import Criteria, Days, One
from kit.lists import Column, ListPage
from ledger.issuer.filters import every_asset
from ledger.issuer.tables import owner_name
from ledger.models import Lot
from ledger.resources import LotResource
from wallets.enums import Right


class LotFilter(Criteria):
    asset = One(queryset=every_asset, to_field_name="code", label=_("Asset"))
    expires_on = Days(label=_("Expires at the end of"))


class LotList(ListPage):
    model = Lot
    right = Right.WALLETS_SEE
    title = _("Lots")
    intro = _("The parts of clients' balances that expire, those that expire first at the top.")
    menu = "asset-list"
    columns = [
        Column("wallet", _("Wallet"), cell=lambda lot: format_html('<span class="mono">{}</span>', lot.wallet.reference), width="w-3"),
        Column("owner", _("Owner"), cell=lambda lot: owner_name(lot.wallet)),
        Column("expires_on", _("Expires at the end of"), sort="expires_on"),
        Column("quantity", _("Quantity"), asset="asset"),
        Column("reserved", _("Of it reserved"), asset="asset"),
        Column("operation__reference", _("From operation"), cell=cells.mono("operation__reference")),
    ]
    filters = LotFilter
    order = ("expires_on", "id")
    related = ("wallet__client", "wallet__organisation", "asset", "operation")
    resource = LotResource
    empty = _("Lots are made when a client receives an asset that expires.")

    def queryset(self) -> QuerySet[Lot]:
        return super().queryset().filter(is_open=True, wallet__gt=0)

    def url_of(self, row: Lot) -> str:
        return f"{reverse('wallet-detail', args=[row.wallet.reference])}?tab=lots"
