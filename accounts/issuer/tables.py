from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from kit import cells
from kit.lists import Column


def user_status(user: Any) -> str:
    """Active or not, and whether wrong tries have locked the sign-in (ACC-05)."""
    status = cells.badge_html(_("Active"), cells.DONE) if user.is_active else cells.badge_html(_("Deactivated"))
    return format_html("{} {}", status, cells.badge_html(_("Locked"), cells.WAITS)) if user.locked else status


USER_COLUMNS = [
    Column("reference", _("Reference"), width="w-3"),
    Column("email", _("Login")),
    Column("first_name", _("First name")),
    Column("last_name", _("Last name")),
    Column("face", _("Face"), cell=lambda user: format_html("{}", user.get_face_display())),
    Column("is_active", _("Status"), cell=user_status),
    Column("last_login", _("Last sign-in"), align="end"),
    Column("created_at", _("Created"), sort="created_at", align="end"),
]
