from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from chain.services import Settlement, settlement_of
from kit import cells
from kit.cells import amount_html, badge_of, when_html
from kit.details import DetailPage, Tab
from kit.lists import ListPage
from kit.timeline import Moment
from ledger.issuer.moments import settlement_moments
from ledger.models import Operation
from orders.enums import Right
from orders.issuer.bulk import CancelOrders, RefuseOrders, ReleaseOrders
from orders.issuer.dialogs import (
    RELATED,
    ApproveOrder,
    CancelOrder,
    CompleteOrder,
    CreateOrder,
    HoldOrder,
    RecordPayment,
    RefuseOrder,
    ReleaseOrder,
    money_html,
)
from orders.issuer.filters import OrderFilter
from orders.issuer.resources import OrderResource
from orders.issuer.tables import ORDER_COLUMNS
from orders.models import Order
from orders.selectors import operation_of
from transactions.issuer.why import why_of
from transactions.selectors import decision_of


class OrderList(ListPage):
    """ORD-01."""

    model = Order
    right = Right.ORDERS_SEE
    title = _("Orders")
    intro = _("Purchases of assets by end-users: paid in money, completed by the transfer from the issuing wallet.")
    columns = ORDER_COLUMNS
    filters = OrderFilter
    row_url = "order-detail"
    related = ("client",)
    primary_action = CreateOrder
    bulk_actions = [ReleaseOrders, CancelOrders, RefuseOrders]
    resource = OrderResource
    empty = _("Orders appear here when a client buys an asset through the app, or when you create one for a client.")

    def export_rows(self) -> QuerySet[Order]:
        return OrderResource.annotate(super().export_rows())


def why_of_order(page: DetailPage) -> dict[str, Any]:
    """What the rules said of the purchase; before it is made, what they said last."""
    kept = decision_of(page.operation) if page.operation else page.object.decision  # type: ignore[attr-defined]  # an order's page
    return {"why": why_of(kept), "reason": page.object.closing_reason}  # type: ignore[attr-defined]


class OrderDetail(DetailPage):
    model = Order
    right = Right.ORDERS_SEE
    kind = _("Order")
    list_url, list_label = "order-list", _("Orders")
    menu = "order-list"
    related = RELATED
    tabs = [Tab("summary", _("Summary"), "orders/summary.html"), Tab("why", _("Why?"), "transactions/why.html", context=why_of_order)]
    actions = [ApproveOrder, CompleteOrder, RecordPayment, ReleaseOrder, HoldOrder, CancelOrder, RefuseOrder]

    def facts(self) -> list[tuple[Any, Any]]:
        one = self.object
        return [
            (_("End-user"), link("client-detail", one.client.reference, str(one.client))),
            (_("Quantity"), amount_html(one.quantity, one.asset)),
            (_("Amount"), amount_html(one.total, one.currency)),
            (_("Created"), when_html(one.created_at)),
        ]

    def summary(self) -> list[tuple[Any, Any]]:
        one = self.object
        facts: list[tuple[Any, Any]] = [
            (_("Payment"), badge_of(one, "payment_state")),
            (_("Payment reference to quote"), mono(one.payment_reference)),
            (_("Payment method"), one.get_payment_method_display()),
            (_("To be paid until"), when_html(one.expires_at)),
            (_("Asset"), link("asset-detail", one.asset.code, f"{one.asset.label} ({one.asset.code})")),
            (_("Rate"), format_html("{} / {}", amount_html(one.rate, one.currency), one.asset.code)),
            (_("Price"), amount_html(one.price, one.currency)),
            (_("Fee"), amount_html(one.fee, one.currency)),
            (_("Amount due"), amount_html(one.total, one.currency)),
            (_("Received"), amount_html(one.received, one.currency)),
            (_("Client"), link("client-detail", one.client.reference, one.client.reference)),
            (
                _("Receiving wallet"),
                format_html("{} {}", link("wallet-detail", one.wallet.reference), cells.address_html(one.wallet.address)),
            ),
            (_("Created by"), mono(one.creator_label)),
        ]
        optional = [
            (_("External reference"), one.external_reference),
            (_("Paid"), when_html(one.paid_at) if one.paid_at else ""),
            (_("Completed"), when_html(one.completed_at) if one.completed_at else ""),
            (_("Refused or cancelled"), when_html(one.closed_at) if one.closed_at else ""),
            (_("On hold"), one.get_hold_kind_display()),
            (_("On hold until"), when_html(one.held_until) if one.held_until else ""),
            (_("Reason of the hold"), one.hold_reason),
            (_("Approved above a limit"), _("Yes") if one.overridden else ""),
            (_("Reason"), one.closing_reason),
            (_("Test mode"), _("Yes") if one.is_test else ""),
        ]
        return facts + [fact for fact in optional if fact[1]]

    @cached_property
    def operation(self) -> Operation | None:
        return operation_of(self.object)

    @cached_property
    def settlement(self) -> Settlement | None:
        return settlement_of(self.operation.pk) if self.operation else None

    def moments(self) -> list[Moment]:
        return [*super().moments(), *settlement_moments(self.settlement)]

    def operation_link(self) -> Any:
        return link("operation-detail", self.operation.reference) if self.operation else ""

    def steps(self) -> list[dict[str, Any]]:
        """Posted → queued → submitted → confirmed (look.md): {"label", "css", "at", "note"}."""
        if self.operation is None:
            return []
        steps = [{"label": _("Posted"), "css": "is-done", "at": self.operation.posted_at, "note": ""}]
        way = self.settlement
        if way is None:
            return [*steps, {"label": _("Not settled on the chain"), "css": "", "at": None, "note": _("test mode")}]
        sent, done = bool(way.submitted_at), way.settled_at is not None
        steps.append({"label": _("Queued"), "css": "is-done", "at": way.queued_at, "note": ""})
        steps.append({"label": _("Submitted"), "css": "is-done" if sent else "is-way", "at": way.submitted_at, "note": ""})
        if way.failure:
            return [*steps, {"label": _("Failed"), "css": "is-failed", "at": None, "note": way.failure}]
        note = _("block %(block)s, %(seen)s of %(required)s confirmations") % {
            "block": way.block,
            "seen": min(way.confirmations, way.required),
            "required": way.required,
        }
        last = {"label": _("Confirmed"), "css": "is-done" if done else "is-way" if sent else "", "at": way.settled_at}
        return [*steps, last | {"note": note if way.block else ""}]

    def payments(self) -> Any:
        return [{"payment": payment, "amount": money_html(payment, self.object)} for payment in self.object.payments.order_by("id")]

    def refunds(self) -> Any:
        """With the address of the dialog that marks one as paid back, for those who may."""
        may_act = self.request.user.has_right(Right.ORDERS_ACT)
        return [
            {
                "refund": refund,
                "amount": money_html(refund, self.object),
                "url": reverse("refund-pay-back", args=[refund.reference]) if may_act and refund.status == "due" else "",
            }
            for refund in self.object.refunds.order_by("id")
        ]


def mono(text: str) -> Any:
    return format_html('<span class="mono">{}</span>', text)


def link(url_name: str, reference: str, label: str = "") -> Any:
    """A link to another thing's page; the reference in the monospace face where there is no better label."""
    return format_html('<a href="{}">{}</a>', reverse(url_name, args=[reference]), label or mono(reference))
