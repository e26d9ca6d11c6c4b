from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from kit import cells
from kit.lists import Column


def active_badge(row: Any) -> str:
    return cells.badge_html(_("Active"), cells.DONE) if row.is_active else cells.badge_html(_("Deactivated"))


def key_badge(key: Any) -> str:
    """Revoked or working, and the mark of a test key."""
    status = cells.badge_html(_("Revoked"), cells.FAILED) if key.revoked_at else cells.badge_html(_("Working"), cells.DONE)
    return format_html("{} {}", status, cells.badge_html(_("Test"), cells.WAITS)) if key.is_test else status


def key_owner(key: Any) -> str:
    return format_html("{}", key.organisation.name if key.organisation else _("Issuer's channel"))


def key_scopes(key: Any) -> str:
    return format_html_join(" ", '<span class="mono">{}</span>', ((scope,) for scope in key.scopes))


ORGANISATION_COLUMNS = [
    Column("reference", _("Reference"), width="w-3"),
    Column("name", _("Name")),
    Column("external_reference", _("External reference"), cell=cells.mono("external_reference")),
    Column("is_active", _("Status"), cell=active_badge),
    Column("created_at", _("Created"), sort="created_at", align="end"),
]

KEY_COLUMNS = [
    Column("reference", _("Reference"), width="w-3"),
    Column("name", _("Name")),
    Column("organisation__name", _("Acts for"), cell=key_owner),
    Column("prefix", _("Begins with"), cell=cells.mono("prefix")),
    Column("scopes", _("Scopes"), cell=key_scopes),
    Column("revoked_at", _("Status"), cell=key_badge),
    Column("last_used_at", _("Last used"), align="end"),
    Column("created_at", _("Created"), sort="created_at", align="end"),
]
