"""Search forms of assets and rates (AST, RAT)."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from assets.enums import AssetKind, AssetStatus, RateEvent
from assets.models import Asset
from core.registries import visible
from kit.filters import Choices, Criteria, Dates, Like, One, YesNo


class CodeOrName(Like):
    """A part of the code, name, label or category; assets are few, so that no index is asked for."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return (
            qs.filter(Q(code__icontains=value) | Q(name__icontains=value) | Q(label__icontains=value) | Q(category__icontains=value))
            if value
            else qs
        )


class AssetFilter(Criteria):
    q = CodeOrName(min_length=1, label=_("Code, name or category"))
    kind = Choices(choices=AssetKind.choices, label=_("Kind"))
    status = Choices(choices=AssetStatus.choices, label=_("Status"))
    reissuable = YesNo(label=_("Reissuable"))
    expires = YesNo(label=_("Expires"))
    limits_transactions = YesNo(label=_("Transaction limit"))
    payable = YesNo(label=_("Payable"))
    p2p = YesNo(label=_("P2P"))
    redeemable = YesNo(label=_("Redeemable"))
    exchangeable = YesNo(label=_("Exchangeable"))
    is_test = YesNo(label=_("Test mode"))
    created_at = Dates(label=_("Created"))


def assets_for(request: HttpRequest | None) -> QuerySet[Asset]:
    return visible(Asset, request.user).order_by("code") if request else Asset.objects.none()


def currencies_for(request: HttpRequest | None) -> QuerySet[Asset]:
    return assets_for(request).filter(kind=AssetKind.CURRENCY)


class RateFilter(Criteria):
    asset = One(queryset=assets_for, to_field_name="code", label=_("Asset"))
    currency = One(queryset=currencies_for, to_field_name="code", label=_("Currency"))
    set_at = Dates(label=_("Set"))


class RateChangeFilter(RateFilter):
    event = Choices(choices=RateEvent.choices, label=_("Event"))
