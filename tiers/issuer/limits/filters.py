from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from assets.models import Asset
from clients.enums import ClientType
from clients.issuer.filters import OfClient
from core.registries import visible
from kit.filters import Choices, Criteria, Like, One, Pick, YesNo
from tiers.enums import LEVELS, DictionaryType, RuleType
from tiers.models import DictionaryEntry

LEVEL_CHOICES = [(str(level), str(level)) for level in (0, *LEVELS)]


def assets(request: Any) -> QuerySet[Asset]:
    return visible(Asset, request.user).order_by("code")


def tiers(request: Any) -> QuerySet[DictionaryEntry]:
    return visible(DictionaryEntry, request.user).filter(type=DictionaryType.VERIFICATION_LEVEL).order_by("label")


class LimitFilter(Criteria):
    q = Like(field_name="search_text", label=_("Name or reference"))
    is_active = YesNo(label=_("Active"))
    level = Pick(choices=LEVEL_CHOICES, label=_("Verification level"))
    client_type = Choices(choices=ClientType.choices, label=_("Client type"))
    tier = One(queryset=tiers, to_field_name="reference", label=_("Tier"))
    client = OfClient(label=_("Client"))


class RuleFilter(Criteria):
    level = Pick(field_name="limit__level", choices=LEVEL_CHOICES, label=_("Level"))
    asset = One(queryset=assets, to_field_name="code", label=_("Asset"))
    rule = Choices(choices=RuleType.choices, label=_("Rule"))
    blocking = YesNo(label=_("Blocking"))
    alert = YesNo(label=_("Alert"))
    active = YesNo(field_name="limit__is_active", label=_("Active"))
