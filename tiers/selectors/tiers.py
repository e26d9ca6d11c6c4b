"""Shared reads of dictionaries and tiers (TIE-01, TIE-02)."""

from django.db.models import QuerySet
from django.utils.translation import gettext

from tiers.enums import DictionaryType
from tiers.models import DictionaryEntry


def tiers(client_type: str = "") -> QuerySet[DictionaryEntry]:
    """The active tiers, of persons or companies where one is named, in their order."""
    found = DictionaryEntry.objects.filter(type=DictionaryType.VERIFICATION_LEVEL, is_active=True)
    return (found.filter(client_type=client_type) if client_type else found).order_by("client_type", "order", "level", "id")


def kinds(client_type: str) -> QuerySet[DictionaryEntry]:
    """The active person or company types, in their order."""
    types = (DictionaryType.PERSON_TYPE, DictionaryType.COMPANY_TYPE)
    return DictionaryEntry.objects.filter(type__in=types, client_type=client_type, is_active=True).order_by("order", "label", "id")


def default_level_name(level: int) -> str:
    """What a level is called that nobody has labelled (TIE-01)."""
    return gettext("Level %(level)s") % {"level": level}


def tier_label(tier: DictionaryEntry | None) -> str:
    """The tier's label; tier 0 exists always and has none of its own."""
    return tier.label if tier is not None else gettext("Tier 0")
