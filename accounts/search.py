"""Users in the global search (UIX-04)."""

from django.db.models import F, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext_lazy as _

from accounts.enums import Right
from accounts.models import User
from core.finding import SearchSource, by_contact, register_search


def register() -> None:
    register_search(
        SearchSource(
            label=_("Users"),
            model=User,
            right=Right.USERS_SEE,
            page="user-detail",
            icon="user",
            shown=(Concat(F("first_name"), Value(" "), F("last_name")), "reference", "email"),
            prefixes={"USR": "reference"},
            exact=by_contact,
            text="search_text",
            all_of_them=("user-list", "q"),
        )
    )
