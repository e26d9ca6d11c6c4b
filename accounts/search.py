"""Users in the global search (UIX-04)."""

from django.db.models import F, Q, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext_lazy as _

from accounts.enums import Right
from accounts.models import Profile, User
from core.finding import SearchSource, by_contact, register_search
from core.question import Question


def profile_named(question: Question) -> Q | None:
    """There are dozens of them: their names are read as they stand."""
    return Q(name__icontains=question.text) if question.words else None


def register() -> None:
    register_search(
        SearchSource(
            label=_("Profiles"),
            model=Profile,
            right=Right.USERS_SEE,
            page="profile-detail",
            icon="id-badge-2",
            shown=("name", "reference"),
            prefixes={"PRF": "reference"},
            near=profile_named,
        )
    )
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
