"""The criteria of the list of cases (KYC-01, KYC-11)."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.issuer.filters import OfClient
from core.registries import visible
from kit.filters import Choices, Criteria, Dates, One, Prefix, YesNo
from kyc.enums import CaseStatus, DecidedHow, DeclineReason, ProviderResult, Right
from kyc.selectors import STUCK, waits_long
from tiers.enums import DictionaryType, Provider
from tiers.models import DictionaryEntry


class WaitsLong(YesNo):
    """Longer for an administrator than the settings say."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if not value:
            return qs
        late = waits_long(timezone.now())
        return qs.filter(late) if value == "yes" else qs.exclude(late)


class NotStarted(YesNo):
    """Kept from the provider by a failure of ours."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if not value:
            return qs
        return qs.filter(STUCK) if value == "yes" else qs.exclude(STUCK)


class Mine(YesNo):
    """Taken by whoever looks; "no" are all others."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if not value:
            return qs
        mine = {"assigned_to": self.parent.request.user}
        return qs.filter(**mine) if value == "yes" else qs.exclude(**mine)


class Taken(YesNo):
    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return qs.filter(assigned_to__isnull=value == "no") if value else qs


def tiers_of(request: Any) -> QuerySet[DictionaryEntry]:
    return visible(DictionaryEntry, request.user).filter(type=DictionaryType.VERIFICATION_LEVEL).order_by("level", "client_type", "label")


def deciders(request: Any) -> QuerySet[Any]:
    """Those who may decide cases, or could."""
    people = visible(get_user_model(), request.user).filter(face="issuer", profiles__rights__contains=[Right.KYC_DECIDE])
    return people.distinct().order_by("first_name", "last_name", "id")


class CaseFilter(Criteria):
    client = OfClient(label=_("Client"))
    status = Choices(choices=CaseStatus.choices, label=_("Status"))
    opened_at = Dates(label=_("Opened"))
    reference = Prefix(label=_("Reference"))
    tier = One(queryset=tiers_of, to_field_name="reference", label=_("Requested tier"))
    provider = Choices(choices=Provider.choices, label=_("Provider"))
    provider_result = Choices(choices=ProviderResult.choices, label=_("Provider's result"))
    waits_long = WaitsLong(label=_("Waits long"))
    stuck = NotStarted(label=_("Not started at the provider"))
    mine = Mine(label=_("Taken by me"))
    taken = Taken(label=_("Taken"))
    decided_by = One(queryset=deciders, to_field_name="reference", label=_("Decided by"))
    decided_how = Choices(choices=DecidedHow.choices, label=_("How it was decided"))
    reason_code = Choices(choices=DeclineReason.choices, label=_("Reason"))
    decided_at = Dates(label=_("Decided"))
