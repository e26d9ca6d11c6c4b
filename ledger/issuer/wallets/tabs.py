"""Wallets, what they hold and what moved, on the pages of whose they are: the client, the organisation (CLI-08)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import chain as joined
from typing import Any

from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chain.services import settlements_of
from core.registries import extend, visible
from kit.details import DetailPage, Tab
from ledger.enums import Right as LedgerRight
from ledger.holdings import Holding, holdings, with_held
from ledger.issuer.purposes import with_purposes
from ledger.issuer.wallets.tables import balances
from ledger.issuer.wallets.views import operation_rows
from ledger.models import Lot, Operation, Reservation
from ledger.services.posting import local_date
from wallets.enums import Right
from wallets.models import Wallet

SHOWN = 50
LATEST = 25


@dataclass
class Held:
    """What all wallets of one owner hold of an asset; `expires_on` is the date of what expires first, `expiring` how much that is."""

    code: str
    decimals: int
    quantity: Decimal = Decimal(0)
    reserved: Decimal = Decimal(0)
    available: Decimal = Decimal(0)
    expires_on: date | None = None
    expiring: Decimal | None = None

    def add(self, one: Holding) -> None:
        self.quantity += one.quantity
        self.reserved += one.reserved
        self.available += one.available


def wallets_of(page: DetailPage) -> Any:
    rows = visible(Wallet, page.request.user).filter(**{page.model._meta.model_name: page.object})
    return rows.order_by("-created_at", "-id")


def wallets_tab(page: DetailPage) -> dict[str, Any]:
    wallets = list(with_held(wallets_of(page))[:SHOWN])
    ids = [wallet.pk for wallet in wallets]
    reservations = Reservation.objects.filter(wallet__in=ids, is_open=True).select_related("asset", "wallet").order_by("-id")
    return {
        "held": held_by(ids),
        "wallets": [(wallet, balances(wallet)) for wallet in wallets],
        "reservations": with_purposes(reservations[:SHOWN], face=page.face),
    }


def held_by(wallet_ids: list[int]) -> list[Held]:
    """By asset code, all wallets together."""
    now, found = timezone.now(), dict[str, Held]()
    for one in joined.from_iterable(holdings(wallet_ids, now=now).values()):
        found.setdefault(one.code, Held(one.code, one.decimals)).add(one)
    days: dict[str, dict[date, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    lots = Lot.objects.filter(wallet__in=wallet_ids, is_open=True, expires_on__gte=local_date(now))
    for code, day, left in lots.values_list("asset__code", "expires_on", F("quantity") - F("reserved")):
        days[code][day] += left
    for code, own in days.items():
        found[code].expires_on = min(own)
        found[code].expiring = own[min(own)]
    return [found[code] for code in sorted(found)]


def operations_tab(page: DetailPage) -> dict[str, Any]:
    """The newest operations of all its wallets, each direction by its own index."""
    ids = list(wallets_of(page).values_list("pk", flat=True)[:SHOWN])
    rows = visible(Operation, page.request.user).select_related("asset", "sender", "receiver").order_by("-posted_at", "-id")
    sides = (Q(sender__in=ids), Q(receiver__in=ids))
    found = {row.pk: row for row in joined.from_iterable(rows.filter(side)[:LATEST] for side in sides)}
    latest = sorted(found.values(), key=lambda row: (row.posted_at, row.pk), reverse=True)[:LATEST]
    return {
        "operations": operation_rows(latest, settlements_of(row.pk for row in latest), ids),
        "party": page.object.reference,
        "has_more": len(found) > LATEST or len(latest) == LATEST,
    }


def register() -> None:
    for page in (
        "clients.issuer.views.ClientDetail",
        "organisations.issuer.views.OrganisationDetail",
        "organisations.merchant.views.MerchantOrganisationDetail",
    ):
        extend(page, "tab", Tab("wallets", _("Wallets"), "ledger/wallets_tab.html", right=Right.WALLETS_SEE, context=wallets_tab))
        tab = Tab("operations", _("Transactions"), "ledger/operations_tab.html", right=LedgerRight.OPERATIONS_SEE, context=operations_tab)
        extend(page, "tab", tab)
