"""The search form of what is on hold (LIM-09)."""

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from assets.models import Asset
from clients.issuer.filters import OfClient
from core.registries import visible
from kit.filters import Amounts, Choices, Criteria, Dates, One, Prefix
from ledger.enums import OperationType
from transactions.enums import HoldStatus

# What LIM-09 holds, but purchases: an order waits among the orders.
TYPES = [OperationType.PAYMENT, OperationType.P2P_TRANSFER, OperationType.EXCHANGE, OperationType.RESELL, OperationType.CASH_OUT]


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
