from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from kit import cells
from kit.lists import Column
from tiers.models import RecurringCharge

cells.register_meanings(RecurringCharge, "status", due=cells.WAITS, paid=cells.DONE, unpaid=cells.FAILED)


def active_badge(row: Any) -> str:
    return cells.badge_html(_("Active"), cells.DONE) if row.is_active else cells.badge_html(_("Deactivated"))


def client_type(row: Any) -> str:
    return format_html("{}", row.get_client_type_display()) if row.client_type else cells.NOTHING


def of_terms(name: str) -> cells.Cell:
    """For the list of clients, of which not each has terms yet."""
    return lambda client: format_html("{}", value) if (value := getattr(getattr(client, "terms", None), name, None)) else cells.NOTHING


DICTIONARY_COLUMNS = [
    Column("reference", _("Reference"), width="w-3"),
    Column("label", _("Label"), sort="label"),
    Column("type", _("Type"), cell=lambda row: format_html("{}", row.get_type_display())),
    Column("client_type", _("Client type"), cell=client_type),
    Column("level", _("Level"), align="end"),
    Column("is_active", _("Status"), cell=active_badge),
    Column("created_at", _("Created"), sort="created_at", align="end"),
]

TIER_COLUMNS = [
    Column("reference", _("Reference"), width="w-3"),
    Column("label", _("Label"), sort="label"),
    Column("client_type", _("Client type"), cell=client_type),
    Column("level", _("Level"), sort="level", align="end"),
    Column("provider", _("KYC provider"), cell=lambda row: format_html("{}", row.get_provider_display())),
    Column("order", _("Order"), align="end"),
    Column("is_active", _("Status"), cell=active_badge),
    Column("created_at", _("Created"), sort="created_at", align="end"),
]

PRICE_LIST_COLUMNS = [
    Column("reference", _("Reference"), width="w-3"),
    Column("name", _("Name"), sort="name"),
    Column("client_type", _("Client type"), cell=client_type),
    Column("currency__code", _("Currency")),
    Column("is_default", _("Default")),
    Column("is_active", _("Status"), cell=active_badge),
    Column("created_at", _("Created"), sort="created_at", align="end"),
]

CHARGE_COLUMNS = [
    Column("reference", _("Reference"), width="w-3"),
    Column("client__reference", _("Client")),
    Column("tier__label", _("Tier")),
    Column("due_on", _("Due on")),
    Column("ends_on", _("Paid until"), hidden=True),
    Column("amount", _("Amount"), asset="currency"),
    Column("status", _("Status")),
    Column("tries", _("Tries"), align="end"),
    Column("failure", _("Why it isn't paid")),
    Column("created_at", _("Created"), sort="created_at", align="end"),
]
