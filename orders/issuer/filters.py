from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from assets.enums import AssetKind
from assets.models import Asset
from clients.issuer.filters import OfClient
from core.registries import visible
from kit.filters import Amounts, Choices, Criteria, Dates, One, Pick, SearchText
from orders.enums import HoldKind, OrderStatus, PaymentMethod, PaymentState, RefundStatus
from orders.models import Refund
from orders.selectors import named, settled_in
from wallets.models import Wallet
from wallets.selectors import matching


class Named(django_filters.Filter):
    """The order's or its payment's reference, from its beginning on."""

    field_class, kind = SearchText, "text"

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return qs.filter(named(value)) if value else qs


class ToWallet(django_filters.Filter):
    """A part of the receiving wallet's address, at least four characters."""

    field_class, kind = SearchText, "text"

    def __init__(self, **options: Any) -> None:
        super().__init__(min_length=4, **options)

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return qs.filter(wallet__in=Wallet.objects.filter(matching(value)).values("pk")) if value else qs


class SettledIn(django_filters.Filter):
    """The hash of a transaction on the chain, or the operation's transaction identifier."""

    field_class, kind = SearchText, "text"

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return qs.filter(pk__in=settled_in(value).values("cause_id")) if value else qs


class WithRefund(Choices):
    """Orders with a refund that stands so."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return qs.filter(pk__in=Refund.objects.filter(status__in=value).values("order_id")) if value else qs


def assets_of(kind: str) -> Any:
    """The assets of one kind that the person may see, for a drop-down."""
    return lambda request: visible(Asset, request.user).filter(kind=kind).order_by("code")


class OrderFilter(Criteria):
    """The criteria of ORD-01."""

    reference = Named(label=_("Order or payment reference"))
    client = OfClient(label=_("End-user"))
    status = Choices(choices=OrderStatus.choices, label=_("Status"))
    created_at = Dates(label=_("Created"))
    asset = One(queryset=assets_of(AssetKind.DIGITAL), to_field_name="code", label=_("Asset"))
    quantity = Amounts(label=_("Quantity"))
    currency = One(queryset=assets_of(AssetKind.CURRENCY), to_field_name="code", label=_("Currency"))
    total = Amounts(label=_("Amount"))
    hold_kind = Pick(choices=HoldKind.choices, label=_("On hold"))
    payment_state = Choices(choices=PaymentState.choices, label=_("Payment"))
    payment_method = Choices(choices=PaymentMethod.choices, label=_("Payment method"))
    refund = WithRefund(choices=RefundStatus.choices, label=_("Refund"))
    wallet = ToWallet(label=_("End-user wallet address"))
    transaction = SettledIn(label=_("Blockchain transaction id"))
