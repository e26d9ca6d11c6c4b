"""The search form of wallets (WAL-01)."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from assets.models import Asset
from clients.models import Client
from core.registries import visible
from kit.filters import Amounts, Choices, Criteria, Dates, Like, One, YesNo
from ledger.holdings import holding
from organisations.models import Organisation
from wallets.enums import WalletOwner, WalletStatus
from wallets.selectors import SHORTEST_FRAGMENT, matching

FEW = 1000  # owners


class AddressOrName(Like):
    """A fragment of the address, the reference or the name, in any case (WAL-06)."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return qs.filter(matching(value)) if value else qs


class Owner(Like):
    """A part of the client's or the organisation's name. Names of a few are looked up first, each side by its own index, and
    their wallets taken; a name of many is met soon on the way through the wallets, newest first."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if not value:
            return qs
        clients, organisations = Client.objects.filter(search_text__icontains=value), Organisation.objects.filter(name__icontains=value)
        few = [list(rows.values_list("pk", flat=True)[: FEW + 1]) for rows in (clients, organisations)]
        if max(map(len, few)) <= FEW:
            return qs.filter(Q(client_id__in=few[0]) | Q(organisation_id__in=few[1]))
        return qs.filter(Q(client__search_text__icontains=value) | Q(organisation__name__icontains=value))


def assets_for(request: HttpRequest | None) -> QuerySet[Asset]:
    return visible(Asset, request.user).order_by("code") if request else Asset.objects.none()


class OrganisationName(Like):
    """A part of the organisation's name or reference. Organisations are few against wallets."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        named = Q(name__icontains=value) | Q(reference__icontains=value)
        return qs.filter(organisation__in=Organisation.objects.filter(named)) if value else qs


class WalletFilter(Criteria):
    q = AddressOrName(min_length=SHORTEST_FRAGMENT, label=_("Address, reference or name"))
    owner = Owner(label=_("Owner"))
    owner_type = Choices(choices=WalletOwner.choices, label=_("Type"))
    status = Choices(choices=WalletStatus.choices, label=_("Status"))
    organisation = OrganisationName(label=_("Organisation"))
    asset = One(queryset=assets_for, to_field_name="code", label=_("Asset"))
    balance = Amounts(label=_("Balance"))
    is_test = YesNo(label=_("Test mode"))
    created_at = Dates(label=_("Created"))

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Asset and balance are one criterion: so much of this asset, in one wallet."""
        data = self.form.cleaned_data
        for name, value in data.items():
            if name not in ("asset", "balance"):
                queryset = self.filters[name].filter(queryset, value)
        asset, (low, high) = data.get("asset"), data.get("balance") or (None, None)
        return queryset if asset is None and low is None and high is None else holding(queryset, asset=asset, low=low, high=high)
