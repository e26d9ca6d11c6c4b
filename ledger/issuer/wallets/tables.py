"""Columns of wallets, and what their statuses mean."""

from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from kit import cells
from kit.lists import Column
from ledger.holdings import held
from wallets.enums import WalletStatus
from wallets.models import Wallet

cells.register_meanings(Wallet, "status", **{WalletStatus.OPEN: cells.DONE, WalletStatus.CLOSED: cells.NEUTRAL})
SHOWN = 2  # balances in a row


def owner_name(wallet: Wallet) -> str:
    """Who owns it, in words."""
    return str(wallet.client or wallet.organisation or wallet.name or wallet.get_owner_type_display())


def owner_and_name(wallet: Wallet) -> str:
    owner = owner_name(wallet)
    return f"{owner} · {wallet.name}" if wallet.name and wallet.name != owner else owner


def with_test_mark(wallet: Wallet) -> str:
    mark = format_html(" {}", cells.badge_html(_("Test"), cells.WAITS)) if wallet.is_test else ""
    return format_html('<span class="mono">{}</span>{}', wallet.reference, mark)


def balances(wallet: Wallet) -> str:
    """The first few balances; the list's statement has brought them along."""
    found = held(wallet)
    if not found:
        return cells.NOTHING
    shown = format_html_join(" · ", "{}", ((cells.amount_html(one.quantity, one),) for one in found[:SHOWN]))
    return format_html("{} +{}", shown, len(found) - SHOWN) if len(found) > SHOWN else shown


WALLET_COLUMNS = [
    Column("reference", _("Reference"), cell=with_test_mark, width="w-3"),
    Column("address", _("Address"), cell=cells.address("address")),
    Column("owner", _("Owner"), cell=owner_and_name),
    Column("owner_type", _("Type"), cell=lambda wallet: wallet.get_owner_type_display()),
    Column("status", _("Status")),
    Column("balances", _("Balances"), cell=balances, align="end"),
    Column("created_at", _("Created"), sort="created_at"),
    Column("name", _("Name"), hidden=True),
    Column("closed_at", _("Closed"), hidden=True),
]
