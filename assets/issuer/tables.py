"""Columns of assets and rates, and what their statuses mean."""

from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from assets.enums import AssetStatus
from assets.models import Asset, Rate
from kit import cells
from kit.lists import Column

cells.register_meanings(Asset, "status", **{AssetStatus.ACTIVE: cells.DONE, AssetStatus.DEACTIVATED: cells.NEUTRAL})


def with_test_mark(row: Asset) -> str:
    """The code, marked where it is of test mode (API-05)."""
    mark = format_html(" {}", cells.badge_html(_("Test"), cells.WAITS)) if row.is_test else ""
    return format_html('<span class="mono">{}</span>{}', row.code, mark)


def rate_html(rate: Rate | Any, value: Any = None) -> str:
    """`1.50 EUR`: what one unit of the asset costs."""
    return cells.amount_html(rate.rate if value is None else value, rate.currency)


ASSET_COLUMNS = [
    Column("code", _("Code"), sort="code", cell=with_test_mark, width="w-2"),
    Column("name", _("Name"), sort="name"),
    Column("label", _("Label")),
    Column("kind", _("Kind"), cell=lambda row: row.get_kind_display()),
    Column("status", _("Status")),
    Column("decimals", _("Decimals")),
    Column("max_client_balance", _("Maximum balance"), cell=lambda row: cells.amount_html(row.max_client_balance, row), align="end"),
    Column("created_at", _("Created"), sort="created_at"),
]

RATE_COLUMNS = [
    Column("asset__code", _("Asset"), width="w-2"),
    Column("currency__code", _("Currency"), width="w-2"),
    Column("rate", _("Rate"), asset="currency", sort="rate"),
    Column("actor_label", _("Set by"), cell=cells.mono("actor_label")),
    Column("set_at", _("Set"), sort="set_at"),
]

RATE_CHANGE_COLUMNS = [
    Column("asset__code", _("Asset"), width="w-2"),
    Column("currency__code", _("Currency"), width="w-2"),
    Column("event", _("Event"), cell=lambda row: row.get_event_display()),
    Column("old_rate", _("Before"), asset="currency"),
    Column("rate", _("After"), asset="currency"),
    Column("actor_label", _("Set by"), cell=cells.mono("actor_label")),
    Column("set_at", _("Set"), sort="id"),
]
