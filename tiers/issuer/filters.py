from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from clients.enums import ClientType
from clients.issuer.filters import OfClient
from kit.filters import Choices, Criteria, Dates, Like, One, YesNo
from tiers.enums import ChargeStatus, DictionaryType, Provider
from tiers.selectors.tiers import tiers

NO_TIER = "0"


class DictionaryFilter(Criteria):
    """Those that are out of use are asked for."""

    label = Like(field_name="label", label=_("Label"), min_length=2)
    type = Choices(choices=DictionaryType.choices, label=_("Type"))
    is_active = YesNo(label=_("Active"))
    client_type = Choices(choices=ClientType.choices, label=_("Client type"))
    created_at = Dates(label=_("Created"))


class TierFilter(Criteria):
    label = Like(field_name="label", label=_("Label"), min_length=2)
    client_type = Choices(choices=ClientType.choices, label=_("Client type"))
    is_active = YesNo(label=_("Active"))
    provider = Choices(choices=Provider.choices, label=_("KYC provider"))
    created_at = Dates(label=_("Created"))


class PriceListFilter(Criteria):
    name = Like(field_name="name", label=_("Name"), min_length=2)
    client_type = Choices(choices=ClientType.choices, label=_("Client type"))
    is_active = YesNo(label=_("Active"))
    is_default = YesNo(label=_("Default"))
    created_at = Dates(label=_("Created"))


class RecurringChargeFilter(Criteria):
    client = OfClient(label=_("Client"))
    status = Choices(choices=ChargeStatus.choices, label=_("Status"))
    created_at = Dates(label=_("Created"))


class AtTier(One):
    """CLI-01: one of the tiers, or none."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            queryset=lambda request: tiers(), to_field_name="reference", null_label=_("Tier 0"), null_value=NO_TIER, **options
        )  # fmt: skip

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if not value:
            return qs
        return qs.filter(terms__tier__isnull=True) if value == NO_TIER else qs.filter(terms__tier=value)


class WithPriceList(Like):
    """A part of the name of the price list that the client was given."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return qs.filter(terms__price_list__name__icontains=value) if value else qs
