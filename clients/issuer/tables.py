from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from clients.enums import ClientType
from clients.models import Client
from kit import cells
from kit.lists import Column

cells.register_meanings(
    Client, "status", created=cells.UNDER_WAY, active=cells.DONE, deactivated=cells.NEUTRAL, blocked=cells.FAILED, frozen=cells.WAITS
)


def client_name(client: Any) -> str:
    """The name, and the mark of a test client (API-05)."""
    if client.is_test:
        return format_html("{} {}", client, cells.badge_html(_("Test"), cells.WAITS))
    return format_html("{}", client)


def identity_rows(client: Client) -> list[tuple[Any, Any]]:
    """Who a person or a company is, as documents and registers show it."""
    if client.type == ClientType.PERSON:
        return [
            (_("First name"), client.first_name),
            (_("Last name"), client.last_name),
            (_("Date of birth"), cells.when_html(client.birth_date)),
        ]
    return [(_("Company name"), client.company_name), (_("Registration number"), client.registration_number)]


CLIENT_COLUMNS = [
    Column("reference", _("Reference"), width="w-3"),
    Column("last_name", _("Name"), cell=client_name),
    Column("type", _("Type"), cell=lambda client: format_html("{}", client.get_type_display())),
    Column("email", _("Login")),
    Column("phone", _("Phone number"), cell=cells.mono("phone")),
    Column("verification_level", _("Level"), align="end"),
    Column("status", _("Status")),
    Column("created_at", _("Created"), sort="created_at", align="end"),
    Column("first_name", _("First name"), hidden=True),
    Column("registration_number", _("Registration number"), cell=cells.mono("registration_number"), hidden=True),
    Column("language", _("Language"), hidden=True),
]
