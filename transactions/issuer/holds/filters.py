"""The search form of what is on hold (LIM-09)."""

from django.utils.translation import gettext_lazy as _

from clients.issuer.filters import OfClient
from kit.filters import Amounts, Choices, Criteria, Dates, One, Prefix
from ledger.enums import OperationType
from ledger.issuer.filters import every_asset
from transactions.enums import HoldStatus
from transactions.services.holds import HELD_TYPES

TYPES = [one for one in HELD_TYPES if one != OperationType.PURCHASE]  # an order waits among the orders


class HoldFilter(Criteria):
    client = OfClient(label=_("Client"))
    status = Choices(choices=HoldStatus.choices, label=_("Status"))
    arrived_at = Dates(label=_("Waiting since"))
    type = Choices(choices=[(one.value, one.label) for one in TYPES], label=_("Type"))
    asset = One(queryset=every_asset, to_field_name="code", label=_("Asset"))
    quantity = Amounts(label=_("Quantity"))
    closed_at = Dates(label=_("Closed"))
    reference = Prefix(label=_("Reference"))
