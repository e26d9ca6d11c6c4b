from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from kit import cells
from kit.lists import Column
from tiers.enums import RuleType
from tiers.issuer.tables import client_type
from tiers.services.limits.rules import listed, type_labels


def active_badge(row: Any) -> str:
    return cells.badge_html(_("Active"), cells.DONE) if row.is_active else cells.badge_html(_("Not active"))


def personal_badge(row: Any) -> str:
    return cells.badge_html(_("Personal"), cells.WAITS) if row.client_id else cells.NOTHING


def types_text(row: Any) -> str:
    """Which types; all of them where none is named."""
    return format_html("{}", listed(type_labels(row.types)) or _("All"))


def amount_text(row: Any) -> str:
    return cells.amount_html(row.amount, row.currency or row.asset)


def period_text(row: Any) -> str:
    if row.rule == RuleType.BALANCE:
        return cells.NOTHING
    return format_html("{}", _("%(days)s days") % {"days": row.period_days} if row.period_days else _("each alone"))


def yes(name: str) -> cells.Cell:
    return lambda row: format_html("{}", _("Yes")) if getattr(row, name) else cells.NOTHING


LIMIT_COLUMNS = [
    Column("reference", _("Reference"), width="w-3"),
    Column("name", _("Name")),
    Column("client_type", _("Client type"), cell=client_type),
    Column("kind__label", _("Person or company type"), hidden=True),
    Column("tier__label", _("Tier")),
    Column("level", _("Verification level"), align="end"),
    Column("client__reference", _("Client"), cell=cells.mono("client__reference")),
    Column("is_active", _("Status"), cell=active_badge),
    Column("created_at", _("Created"), sort="created_at", align="end"),
]
RULE_COLUMNS = [
    Column("limit__level", _("Level"), cell=cells.text("limit__level")),
    Column("limit__name", _("Limit")),
    Column("amount", _("Threshold"), cell=amount_text, align="end"),
    Column("asset__code", _("Asset"), cell=cells.mono("asset__code")),
    Column("currency__code", _("Currency"), cell=cells.mono("currency__code"), hidden=True),
    Column("types", _("Transaction types"), cell=types_text),
    Column("rule", _("Rule")),
    Column("period_days", _("Period"), cell=period_text),
    Column("blocking", _("Blocking"), cell=yes("blocking")),
    Column("alert", _("Alert"), cell=yes("alert")),
    Column("limit__is_active", _("Status"), cell=lambda row: active_badge(row.limit)),
]
