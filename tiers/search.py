"""Limits, tiers and price lists in the global search (UIX-04)."""

from django.utils.translation import gettext_lazy as _

from core.finding import SearchSource, register_search
from tiers.enums import Right
from tiers.models import DictionaryEntry, Limit, PriceList


def register() -> None:
    register_search(
        SearchSource(
            label=_("Limits"),
            model=Limit,
            right=Right.TIERS_SEE,
            page="limit-detail",
            icon="gauge",
            shown=("reference", "name", "client__reference", "created_at"),
            prefixes={"LIM": "reference", "THR": "thresholds__reference"},
            text="search_text",
        )
    )
    register_search(
        SearchSource(
            label=_("Dictionaries"),
            model=DictionaryEntry,
            right=Right.TIERS_SEE,
            page="dictionary-detail",
            icon="stairs-up",
            shown=("reference", "label", "client_type", "created_at"),
            prefixes={"TIE": "reference"},
        )
    )
    register_search(
        SearchSource(
            label=_("Price lists"),
            model=PriceList,
            right=Right.PRICES_SEE,
            page="price-list-detail",
            icon="receipt-2",
            shown=("reference", "name", "client_type", "created_at"),
            prefixes={"PRL": "reference"},
        )
    )
