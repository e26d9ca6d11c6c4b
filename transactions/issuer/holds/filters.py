"""The search form of what is on hold (LIM-09)."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from assets.models import Asset
from clients.models import Client
from core.registries import visible
from kit.filters import Amounts, Choices, Criteria, Dates, One, Prefix, SearchText
from ledger.enums import OperationType
from transactions.enums import HoldStatus

# What LIM-09 holds, but purchases: an order waits among the orders.
TYPES = [OperationType.PAYMENT, OperationType.P2P_TRANSFER, OperationType.EXCHANGE, OperationType.RESELL, OperationType.CASH_OUT]


class OfClient(django_filters.Filter):
    """A part of the client's name, e-mail address or reference."""

    field_class, kind = SearchText, "text"

    def __init__(self, **options: Any) -> None:
        super().__init__(min_length=3, **options)

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return qs.filter(client__in=Client.objects.filter(search_text__icontains=value).values("pk")) if value else qs


def every_asset(request: HttpRequest | None) -> QuerySet[Asset]:
    return visible(Asset, request.user).order_by("code") if request else Asset.objects.none()


class HoldFilter(Criteria):
    client = OfClient(label=_("Client"))
    status = Choices(choices=HoldStatus.choices, label=_("Status"))
    arrived_at = Dates(label=_("Waiting since"))
    type = Choices(choices=[(one.value, one.label) for one in TYPES], label=_("Type"))
    asset = One(queryset=every_asset, to_field_name="code", label=_("Asset"))
    quantity = Amounts(label=_("Quantity"))
    closed_at = Dates(label=_("Closed"))
    reference = Prefix(label=_("Reference"))
