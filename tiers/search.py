"""Limits in the global search (UIX-04)."""

from django.utils.translation import gettext_lazy as _

from core.finding import SearchSource, register_search
from tiers.enums import Right
from tiers.models import Limit


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
