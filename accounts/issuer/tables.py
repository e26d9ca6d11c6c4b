from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.enums import UserStatus
from accounts.models import Profile, User
from kit import cells
from kit.lists import Column

cells.register_meanings(
    User,
    "status",
    **{
        UserStatus.INVITED: cells.WAITS,
        UserStatus.ACTIVE: cells.DONE,
        UserStatus.DEACTIVATED: cells.NEUTRAL,
        UserStatus.DELETED: cells.NEUTRAL,
    },
)


def user_status(user: Any) -> str:
    """Where the account stands, and whether wrong tries have locked the sign-in (ACC-05)."""
    status = cells.badge_of(user)
    return format_html("{} {}", status, cells.badge_html(_("Locked"), cells.WAITS)) if user.locked else status


def names(annotation: str) -> Any:
    """A few names out of an array that the list's statement brings along."""

    def cell(row: Any) -> str:
        found = getattr(row, annotation)
        return format_html("{}", ", ".join(found[:2]) + (f" +{len(found) - 2}" if len(found) > 2 else "")) if found else cells.NOTHING

    return cell


USER_COLUMNS = [
    Column("reference", _("Reference"), width="w-3"),
    Column("email", _("Login"), cell=lambda user: cells.NOTHING if user.erased_at else format_html("{}", user.email)),
    Column("first_name", _("First name")),
    Column("last_name", _("Last name")),
    Column("face", _("Face"), cell=lambda user: format_html("{}", user.get_face_display()), hidden=True),
    Column("organisation_names", _("Organisation"), cell=names("organisation_names")),
    Column("profile_names", _("Profile"), cell=names("profile_names")),
    Column("status", _("Status"), cell=user_status),
    Column("last_login", _("Last sign-in"), sort="last_login", align="end"),
    Column("phone", _("Phone number"), hidden=True),
    Column("created_at", _("Created"), sort="created_at", align="end"),
]
OWN_USER_COLUMNS = [column for column in USER_COLUMNS if column.name not in ("face", "organisation_names")]


def profile_origin(profile: Profile) -> str:
    return format_html("{}", _("Comes with the instance") if profile.is_default else _("Made here"))


PROFILE_COLUMNS = [
    Column("name", _("Name"), sort="name"),
    Column("face", _("Face"), cell=lambda profile: format_html("{}", profile.get_face_display())),
    Column("is_default", _("Origin"), cell=profile_origin),
    Column("rights", _("Rights"), cell=lambda profile: str(len(profile.rights)), align="end"),
    Column("user_count", _("Users"), cell=lambda profile: str(profile.user_count), align="end"),
    Column("reference", _("Reference"), cell=cells.mono("reference")),
]
