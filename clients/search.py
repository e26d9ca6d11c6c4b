"""Clients in the global search (UIX-04)."""

from django.db.models import F, Value
from django.db.models.functions import Coalesce, Concat, NullIf, Trim
from django.utils.translation import gettext_lazy as _

from clients.enums import Right
from clients.models import Client
from core.finding import SearchSource, by_contact, register_search

NAME = Coalesce(NullIf(F("company_name"), Value("")), Trim(Concat(F("first_name"), Value(" "), F("last_name"))))


def register() -> None:
    register_search(
        SearchSource(
            label=_("Clients"),
            model=Client,
            right=Right.CLIENTS_SEE,
            page="client-detail",
            icon="users",
            shown=(NAME, "reference", "email", "phone"),
            status="status",
            prefixes={"CLT": "reference"},
            exact=by_contact,
            text="search_text",
            all_of_them=("client-list", "q"),
        )
    )
