"""Transactions: those on the chain, all of them, details (TXN-01, TXN-02, TXN-04)."""

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from assets.enums import AssetKind
from chain.services import Settlement, settlement_of
from kit import cells
from kit.details import DetailPage, Tab
from kit.lists import ListPage
from kit.subjects import subject_link
from kit.timeline import Moment
from ledger.enums import OperationStatus, Right
from ledger.issuer.filters import OperationFilter, TransactionFilter
from ledger.issuer.moments import settlement_moments, settlement_steps
from ledger.issuer.tables import OPERATION_COLUMNS, TRANSACTION_COLUMNS, owner_name
from ledger.models import Entry, LotMove, Operation
from ledger.resources import OperationResource
from ledger.selectors import on_chain, with_settlement
from ledger.services.refusals import words_of
from wallets.models import Wallet

PARTIES = ("asset", "sender__client", "sender__organisation", "receiver__client", "receiver__organisation")
CHECKED = _("available balance, maximum balance, expiry, transaction count, freezes and closures, test mode")


class OperationList(ListPage):
    model = Operation
    right = Right.OPERATIONS_SEE
    title = _("Blockchain transactions")
    intro = _("Every successful movement of a digital asset, and where its settlement on the chain stands.")
    columns = OPERATION_COLUMNS
    filters = OperationFilter
    order = ("-posted_at", "-id")
    related = PARTIES
    resource = OperationResource
    row_url = "operation-detail"
    empty = _("Transactions appear here with the first asset that is issued.")

    def queryset(self) -> QuerySet[Operation]:
        return with_settlement(on_chain(super().queryset()))


class TransactionList(ListPage):
    """Every operation and attempt of every asset, currencies too (TXN-04). What waits (holds) has lists of its own."""

    model = Operation
    right = Right.OPERATIONS_SEE
    title = _("All transactions")
    intro = _("Every movement of every asset, and every attempt that moved nothing, with the reason.")
    columns = TRANSACTION_COLUMNS
    filters = TransactionFilter
    order = ("-posted_at", "-id")
    related = PARTIES
    resource = OperationResource
    row_url = "operation-detail"
    empty = _("Transactions appear here with the first asset that is issued.")

    def queryset(self) -> QuerySet[Operation]:
        return with_settlement(super().queryset())


class OperationDetail(DetailPage):
    model = Operation
    right = Right.OPERATIONS_SEE
    kind = _("Transaction")
    related = PARTIES
    no_events = _("It was never touched since. What led to it stands on the page of its cause.")
    tabs = [
        Tab("summary", _("Summary"), "ledger/operation.html"),
        Tab("legs", _("Legs and lots"), "ledger/legs.html"),
    ]

    def prepare(self, **kwargs: Any) -> None:
        """It belongs to the list it stands in: what moved on the chain, or all."""
        super().prepare(**kwargs)
        one = self.object
        home = OperationList if one.status == OperationStatus.POSTED and one.asset.kind == AssetKind.DIGITAL else TransactionList
        self.menu = self.list_url = "operation-list" if home is OperationList else "transaction-list"
        self.list_label = self.came_from.title if self.came_from else home.title

    def facts(self) -> list[tuple[Any, Any]]:
        one = self.object
        return [
            (_("Quantity"), cells.amount_html(one.quantity, one.asset)),
            (_("Type"), one.get_type_display()),
            (_("Processed"), cells.when_html(one.posted_at)),
        ]

    def summary(self) -> list[tuple[Any, Any]]:
        one = self.object
        facts: list[tuple[Any, Any]] = [
            (_("Label"), one.asset.label),
            (_("Asset"), linked("asset-detail", one.asset.code, f"{one.asset.name} ({one.asset.code})")),
            (_("Type"), one.get_type_display()),
            (_("Quantity"), cells.amount_html(one.quantity, one.asset)),
            (_("Sender"), self.party(one.sender)),
            (_("Receiver"), self.party(one.receiver)),
            (_("Transaction identifier"), format_html('<span class="mono">{}</span>', one.reference)),
            (_("Processing date"), cells.when_html(one.posted_at)),
            (_("Caused by"), self.cause),
            (_("By"), format_html('<span class="mono">{}</span>', one.actor_label)),
            (_("Comment"), one.comment),
            (_("Moved nothing because"), words_of(one.refused_reason) if one.refused_reason else ""),
            (_("Rules checked"), CHECKED if one.status == OperationStatus.POSTED else ""),
            (_("Together with"), self.others),
            (_("Test mode"), _("Yes") if one.is_test else ""),
        ]
        return [fact for fact in facts if fact[1]]

    @staticmethod
    def party(wallet: Wallet) -> SafeString:
        """Whose wallet it is, and the wallet: each a link to its page."""
        owner, name = wallet.client or wallet.organisation, owner_name(wallet)
        shown = linked("client-detail" if wallet.client else "organisation-detail", owner.reference, name) if owner else name
        return format_html(
            "{} · {} {}", shown, linked("wallet-detail", wallet.reference, wallet.reference), cells.address_html(wallet.address)
        )

    @cached_property
    def cause(self) -> Any:
        one = self.object
        return subject_link(one.cause_type, one.cause_reference) if one.cause_type else ""

    @cached_property
    def others(self) -> Any:
        """The other members of its group."""
        group = Operation.objects.filter(group_id=self.object.group_id).exclude(pk=self.object.pk).order_by("id")[:20]
        links = [linked("operation-detail", one.reference, f"{one.get_type_display()} {one.reference}") for one in group]
        return format_html("{}" + ", {}" * (len(links) - 1), *links) if links else ""

    @cached_property
    def settlement(self) -> Settlement | None:
        return settlement_of(self.object.pk)

    def moments(self) -> list[Moment]:
        return [*super().moments(), *settlement_moments(self.settlement)]

    def steps(self) -> list[dict[str, Any]]:
        """Posted → queued → submitted → confirmed: {"label", "css", "at", "note"}; what has gone wrong instead of the last."""
        if self.object.status != OperationStatus.POSTED:
            return []
        posted = {"label": _("Posted"), "css": "is-done", "at": self.object.posted_at, "note": ""}
        if self.settlement is None:
            return [posted, {"label": _("Not settled on the chain"), "css": "", "at": None, "note": _("a currency, or test mode")}]
        return [posted, *settlement_steps(self.settlement)]

    def legs(self) -> QuerySet[Entry]:
        return self.object.entries.select_related("wallet__client", "wallet__organisation").order_by("is_credit")

    def lots(self) -> QuerySet[LotMove]:
        return self.object.lot_moves.select_related("lot__wallet").order_by("quantity", "lot_id")


def linked(url_name: str, reference: str, label: str) -> Any:
    try:
        return format_html('<a href="{}">{}</a>', reverse(url_name, args=[reference]), label)
    except NoReverseMatch:
        return label
