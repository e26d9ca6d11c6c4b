"""Organisations and keys of the API in the global search (UIX-04)."""

from django.utils.translation import gettext_lazy as _

from core.finding import SearchSource, register_search
from organisations.enums import Right
from organisations.models import ApiKey, Organisation


def register() -> None:
    register_search(
        SearchSource(
            label=_("API keys"),
            model=ApiKey,
            right=Right.KEYS_SEE,
            page="key-detail",
            icon="key",
            shown=("name", "reference", "prefix"),
            prefixes={"KEY": "reference"},
            text="search_text",
            all_of_them=("key-list", "q"),
        )
    )
    register_search(
        SearchSource(
            label=_("Organisations"),
            model=Organisation,
            right=Right.ORGANISATIONS_SEE,
            page="organisation-detail",
            icon="building-store",
            shown=("name", "reference", "external_reference"),
            prefixes={"ORG": "reference"},
            text="search_text",
            all_of_them=("organisation-list", "q"),
        )
    )
