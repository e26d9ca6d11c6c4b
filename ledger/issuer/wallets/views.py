"""Wallets with what they hold (WAL-01, WAL-03, WAL-06)."""

from collections.abc import Collection
from datetime import datetime
from itertools import chain as joined
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from chain.enums import ChainOpStatus
from chain.services import settlements_of
from core.registries import visible
from kit import cells
from kit.details import DetailPage, Tab
from kit.dialogs import Done
from kit.lists import ListPage
from ledger.enums import OperationStatus
from ledger.enums import Right as LedgerRight
from ledger.holdings import holdings_of, with_held
from ledger.issuer.purposes import with_purposes
from ledger.issuer.wallets.filters import WalletFilter
from ledger.issuer.wallets.forms import CloseWalletForm
from ledger.issuer.wallets.resources import WalletResource
from ledger.issuer.wallets.tables import WALLET_COLUMNS, owner_name
from ledger.models import Lot, Operation, Reservation
from ledger.services import closing
from ledger.services.posting import local_date
from wallets.enums import Right, WalletStatus
from wallets.issuer.views import CreateWallet, RenameWallet, ReopenWallet, WalletAction
from wallets.models import Wallet
from wallets.transitions import WALLET

LATEST = 50
SETTLEMENT = {
    ChainOpStatus.SETTLED: cells.DONE,
    ChainOpStatus.REJECTED: cells.FAILED,
    ChainOpStatus.ASSIGNED: cells.UNDER_WAY,
    ChainOpStatus.PENDING: cells.WAITS,
}


class WalletList(ListPage):
    """Every wallet that the person may see (WAL-01)."""

    model = Wallet
    right = Right.WALLETS_SEE
    title = _("Wallets")
    intro = _("Who holds assets: the issuer, organisations and clients, each wallet with an address on the chain.")
    columns = WALLET_COLUMNS
    filters = WalletFilter
    order = ("-created_at", "-id")
    related = ("client", "organisation")
    resource = WalletResource
    row_url = "wallet-detail"
    primary_action = CreateWallet
    empty = _("Clients get a wallet at sign-up; create one for an organisation.")

    def queryset(self) -> QuerySet[Any]:
        return with_held(super().queryset())


class CloseWallet(WalletAction):
    """Close it, and say what is left in it (WAL-03)."""

    url_name = "wallet-close"
    fresh_proof = True
    title = verb = _("Close wallet")
    icon = "lock"
    danger = True
    form_class = CloseWalletForm

    @classmethod
    def available(cls, obj: Any) -> bool:
        return WalletStatus.CLOSED in WALLET.allowed(obj.status) and obj.code is None

    def sentence(self) -> Any:
        held = [one for one in holdings_of(self.object, now=timezone.now()) if one.quantity]
        if not held:
            return format_html(_("{} is empty. Closed, it takes no more part in operations; it can be reopened."), self.object.reference)
        left = format_html_join(", ", "{}", ((cells.amount_html(one.quantity, one),) for one in held))
        said = format_html(
            _(
                "{} still holds {}. Closed, it takes no more part in operations: what is left stays, only the issuer can move it out, and lots still expire. It can be reopened."
            ),
            self.object.reference,
            left,
        )
        reserved = [one for one in held if one.reserved]
        if not reserved:
            return said
        kept = format_html_join(", ", "{}", ((cells.amount_html(one.reserved, one),) for one in reserved))
        return format_html(_("{} Of it {} are reserved for what waits to be done: closing releases them."), said, kept)

    def form_options(self) -> dict[str, Any]:
        return {"has_reserved": Reservation.objects.filter(wallet=self.object, is_open=True).exists()}

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        closing.close(
            wallet_id=obj.pk,
            release_reserved=form.cleaned_data.get("release_reserved", False),
            reason=form.cleaned_data["reason"],
            actor=actor,
            now=now,
        )
        return Done(_("Wallet %s is closed.") % obj.reference)


def settlement_badge(settlement: Any) -> SafeString:
    """Queued, submitted, confirmed or failed; nothing for what never goes to the chain."""
    if settlement is None:
        return cells.NOTHING
    return cells.badge_html(settlement.label, SETTLEMENT.get(settlement.status, cells.NEUTRAL))


def balances_tab(page: DetailPage) -> dict[str, Any]:
    wallet = page.object
    held = holdings_of(wallet, now=timezone.now())
    return {
        "holdings": held,
        "has_counts": any(one.limits_transactions for one in held) and wallet.client_id is not None,
        "reservations": with_purposes(
            Reservation.objects.filter(wallet=wallet, is_open=True).select_related("asset").order_by("-id")[:LATEST], face=page.face
        ),
    }


def lots_tab(page: DetailPage) -> dict[str, Any]:
    lots = Lot.objects.filter(wallet=page.object, is_open=True).select_related("asset", "operation").order_by("expires_on", "id")
    return {"lots": lots[:LATEST], "today": local_date(timezone.now())}


def operations_tab(page: DetailPage) -> dict[str, Any]:
    """The newest operations of both directions, each found by its own index, and where they stand on the chain."""
    rows = visible(Operation, page.request.user).select_related("asset", "sender", "receiver").order_by("-posted_at", "-id")
    found = joined(rows.filter(sender=page.object)[:LATEST], rows.filter(receiver=page.object)[:LATEST])
    latest = sorted(found, key=lambda row: (row.posted_at, row.pk), reverse=True)[:LATEST]
    settlements = settlements_of(row.pk for row in latest)
    return {"operations": operation_rows(latest, settlements, [page.object.pk])}


def operation_rows(operations: list[Operation], settlements: dict[int, Any], own: Collection[int] = ()) -> list[dict[str, Any]]:
    """What templates show of operations, seen from the wallets of `own` (their ids), if any."""
    return [
        {
            "operation": row,
            "type": row.get_type_display(),
            "signed": -row.quantity if row.sender_id in own and row.receiver_id not in own else row.quantity,
            "other": row.receiver if row.sender_id in own else row.sender,
            "unposted": cells.badge_of(row) if row.status != OperationStatus.POSTED else "",
            "settlement": settlement_badge(settlements.get(row.pk)),
        }
        for row in operations
    ]


class WalletDetail(DetailPage):
    """One wallet (WAL-01)."""

    model = Wallet
    right = Right.WALLETS_SEE
    kind = _("Wallet")
    list_url, list_label = "wallet-list", _("Wallets")
    menu = "wallet-list"
    related = ("client", "organisation")
    tabs = [
        Tab("summary", _("Summary"), "ledger/wallet_summary.html", context=balances_tab),
        Tab("lots", _("Lots"), "ledger/wallet_lots.html", context=lots_tab),
        Tab("operations", _("Operations"), "ledger/wallet_operations.html", LedgerRight.OPERATIONS_SEE, operations_tab),
    ]
    actions = [RenameWallet, ReopenWallet, CloseWallet]

    def facts(self) -> list[tuple[Any, Any]]:
        wallet = self.object
        return [(_("Owner"), owner_name(wallet)), (_("Address"), cells.address_html(wallet.address))] + (
            [(_("Mode"), cells.badge_html(_("Test"), cells.WAITS))] if wallet.is_test else []
        )

    def summary(self) -> list[tuple[Any, Any]]:
        wallet = self.object
        owner = wallet.client or wallet.organisation
        address = self.link("client-detail" if wallet.client else "organisation-detail", owner.reference) if owner else ""
        lines = [
            (_("Name"), wallet.name or cells.NOTHING),
            (_("Type"), wallet.get_owner_type_display()),
            (
                _("Owner"),
                format_html('<a href="{}">{}</a> <span class="mono">{}</span>', address, owner, owner.reference)
                if owner
                else owner_name(wallet),
            ),
            (_("Address"), format_html('<span class="mono full-address">{}</span>', wallet.address)),
            (_("Address scheme"), cells.mono("address_scheme")(wallet)),
            (_("Created"), cells.when_html(wallet.created_at)),
        ]
        if wallet.closed_at:
            lines.append((_("Closed"), cells.when_html(wallet.closed_at)))
        return lines
