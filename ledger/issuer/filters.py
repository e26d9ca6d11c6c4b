"""The search form of blockchain transactions (TXN-01)."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from assets.enums import AssetKind
from assets.models import Asset
from chain.enums import ChainOpStatus
from chain.models import ChainOp
from core.registries import visible
from kit.filters import Amounts, Choices, Criteria, Dates, One, SearchText, YesNo
from kit.periods import InPeriod
from ledger.enums import OperationStatus, OperationType
from ledger.selectors import MOST_WALLETS, named, wallets_named


class Named(django_filters.Filter):
    """The hash of a transaction on the chain, or the transaction identifier."""

    field_class, kind = SearchText, "text"

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return qs.filter(named(value)) if value else qs


class OfWallet(django_filters.Filter):
    """A part of a wallet's address, name or reference, or of its owner's name; as sender, receiver or either."""

    field_class, kind = SearchText, "text"

    def __init__(self, *sides: str, **options: Any) -> None:
        self.sides = sides
        super().__init__(min_length=4, **options)

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if not value:
            return qs
        wallets, found = wallets_named(value), Q()
        for side in self.sides:
            found |= Q(**{f"{side}__in": wallets})
        return qs.filter(found)


class Settled(Choices):
    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return qs.filter(pk__in=ChainOp.objects.filter(status__in=value).values("operation_id")) if value else qs


def digital_assets(request: HttpRequest | None) -> QuerySet[Asset]:
    return visible(Asset, request.user).filter(kind=AssetKind.DIGITAL).order_by("code") if request else Asset.objects.none()


SETTLEMENT_FAILED = "settlement_failed"


class Standing(Choices):
    """Posted, refused, cancelled; or posted, and then refused by the chain."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if not value:
            return qs
        found = Q(status__in=[one for one in value if one != SETTLEMENT_FAILED])
        if SETTLEMENT_FAILED in value:
            found |= Q(
                pk__in=list(ChainOp.objects.filter(status=ChainOpStatus.REJECTED).values_list("operation_id", flat=True)[:MOST_WALLETS])
            )
        return qs.filter(found)


def every_asset(request: HttpRequest | None) -> QuerySet[Asset]:
    return visible(Asset, request.user).order_by("code") if request else Asset.objects.none()


class TransactionFilter(Criteria):
    """TXN-04. A party is found by a part of its wallet's address, name or reference, its own name, its login or its organisation."""

    transaction = Named(label=_("Reference"))
    party = OfWallet("sender", "receiver", label=_("Sender or receiver"))
    posted_at = Dates(label=_("Date"))
    type = Choices(choices=OperationType.choices, label=_("Type"))
    status = Standing(choices=[*OperationStatus.choices, (SETTLEMENT_FAILED, _("Settlement failed"))], label=_("Status"))
    asset = One(queryset=every_asset, to_field_name="code", label=_("Asset"))
    quantity = Amounts(label=_("Quantity"))
    sender = OfWallet("sender", label=_("Sender"))
    receiver = OfWallet("receiver", label=_("Receiver"))
    is_test = YesNo(label=_("Test mode"))


class OperationFilter(Criteria):
    transaction = Named(label=_("Blockchain transaction id"))
    wallet = OfWallet("sender", "receiver", label=_("Wallet address"))
    posted_at = Dates(label=_("Date"))
    asset = One(queryset=digital_assets, to_field_name="code", label=_("Asset"))
    type = Choices(choices=OperationType.choices, label=_("Type"))
    quantity = Amounts(label=_("Quantity"))
    sender = OfWallet("sender", label=_("Sender"))
    receiver = OfWallet("receiver", label=_("Receiver"))
    settlement = Settled(choices=ChainOpStatus.choices, label=_("Settlement"))
    is_test = YesNo(label=_("Test mode"))
    period = InPeriod(field_name="posted_at", label=_("Period, to the hour"))
