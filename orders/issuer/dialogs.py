"""Everything that is done to an order by hand: the same services as the automatic ones, with a comment (ORD-02, ORD-07)."""

from collections.abc import Callable
from datetime import datetime, time
from typing import Any, ClassVar

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from kit.cells import amount_html, badge_of
from kit.dialogs import ActionDialog, Done
from orders import services
from orders.enums import HoldKind, OrderStatus, RefundStatus, Right
from orders.issuer.forms import CommentForm, OrderForm, PaidBackForm, PaymentForm, ReasonForm, RefusalForm
from orders.models import Order, OrderPayment, Refund
from orders.transitions import ORDER

RELATED = ("client", "asset", "currency", "wallet")


def money_html(row: OrderPayment | Refund, order: Order) -> Any:
    """What came in or goes back: with the decimals of the order's currency, or as it was said where it is in another one."""
    if row.currency == order.currency.code:
        return amount_html(row.amount, order.currency)
    return format_html("{} <small>{}</small>", amount_html(row.amount), row.currency)


class OrderAction(ActionDialog):
    """Something done to one order."""

    model = Order
    related = RELATED
    right = Right.ORDERS_ACT
    next_in: ClassVar[OrderStatus]  # the status in which this is what one does next

    @classmethod
    def is_next(cls, obj: Order) -> bool:
        return obj.status == getattr(cls, "next_in", None)

    def back(self) -> str:
        return reverse("order-detail", args=[self.object.reference])


class Move(OrderAction):
    """One move of an order along its table: what it says and the service behind it."""

    form_class = CommentForm
    to: ClassVar[OrderStatus]
    words: ClassVar[Any]  # may name {order}, {ordered}, {price} and {client}
    done: ClassVar[Any]
    service: ClassVar[Callable[..., Any]]

    @classmethod
    def available(cls, obj: Order) -> bool:
        return cls.to in ORDER.allowed(obj.status)

    def sentence(self) -> Any:
        one = self.object
        ordered, price = amount_html(one.quantity, one.asset), amount_html(one.total, one.currency)
        return format_html(self.words, order=one.reference, ordered=ordered, price=price, client=str(one.client))

    def before_after(self) -> list[tuple[Any, Any, Any]]:
        return [(_("Status"), badge_of(self.object), badge_of(Order(status=self.to)))]

    def perform(self, form: Any, actor: Any, obj: Order, now: datetime) -> Done:
        self.service(order_id=obj.pk, comment=form.cleaned_data["comment"], actor=actor, now=now)
        return Done(self.done % obj.reference)


class CreateOrder(ActionDialog):
    """ORD-07: an administrator orders for a client."""

    right = Right.ORDERS_ACT
    url_name = "order-create"
    title = _("Create an order")
    verb = _("Create order")
    icon = "plus"
    form_class = OrderForm
    menu = "order-list"

    def sentence(self) -> Any:
        return _("Rate and price are fixed now. The client pays by quoting the payment reference that the order gets.")

    def form_options(self) -> dict[str, Any]:
        return {"actor": self.request.user}

    def initial(self) -> dict[str, Any]:
        return {"client": self.request.GET.get("client", "")[:254], "payment_method": "bank_transfer"}

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        data = form.cleaned_data
        order = services.create_order(
            client_id=data["client"].pk, asset_id=data["asset"].pk, currency_id=data["currency"].pk, quantity=data["quantity"],
            payment_method=data["payment_method"], comment=data["comment"], actor=actor, now=now,
        )  # fmt: skip
        return Done(_("Order %s is created.") % order.reference, url=reverse("order-detail", args=[order.reference]), link_label=_("Open"))

    def back(self) -> str:
        return reverse("order-list")


class RecordPayment(OrderAction):
    """Created or on hold → money arrives. In full, a created order becomes Paid and completes."""

    url_name = "order-record-payment"
    fresh_proof = True
    title = _("Record a payment")
    verb = _("Record payment")
    icon = "cash"
    form_class = PaymentForm  # in every status: what comes too late is due back
    next_in = OrderStatus.CREATED

    def sentence(self) -> Any:
        due = max(self.object.total - self.object.received, 0)
        return format_html(
            _("{client} owes {due} for {order}. Paid in full, the order completes by itself; too much, too late or twice is due back."),
            client=str(self.object.client),
            due=amount_html(due, self.object.currency),
            order=self.object.reference,
        )

    def initial(self) -> dict[str, Any]:
        due = self.object.total - self.object.received
        return {"amount": f"{due:.{self.object.currency.decimals}f}" if due > 0 else "", "received_date": timezone.localdate()}

    def perform(self, form: Any, actor: Any, obj: Order, now: datetime) -> Done:
        data = form.cleaned_data
        # The statement names a day; on the day of today the moment is now, so that nothing lies in the future.
        received_at = min(datetime.combine(data["received_date"], time(12), timezone.get_current_timezone()), now)
        received_at = max(received_at, obj.created_at) if data["received_date"] == timezone.localdate(obj.created_at) else received_at
        payment = services.record_payment(
            order_id=obj.pk, provider="bank", provider_reference=data["bank_reference"], amount=data["amount"],
            currency=obj.currency.code, received_at=received_at, comment=data["comment"], actor=actor, now=now,
        )  # fmt: skip
        return Done(_("Payment recorded: %s.") % payment.get_state_display().lower())


class CompleteOrder(Move):
    to, next_in = OrderStatus.COMPLETED, OrderStatus.PAID
    url_name = "order-complete"
    fresh_proof = True
    title = _("Complete the order")
    verb = _("Complete order")
    icon = "check"
    words = _("{ordered} move from the issuing wallet to the wallet of {client}, now. This can't be undone.")
    done = _("Order %s is completed.")
    service = staticmethod(services.complete_order)


class HoldOrder(Move):
    to = OrderStatus.ON_HOLD
    url_name = "order-hold"
    title = _("Put the order on hold")
    verb = _("Put on hold")
    icon = "hand-stop"
    form_class = ReasonForm
    words = _(
        "{order} of {client} over {price} waits until somebody releases or refuses it. Its time to pay stops. The client is told by mail"
        " when it goes on or is refused, not now, and doesn't read this reason there."
    )
    done = _("Order %s is on hold.")
    service = staticmethod(services.hold_order)


class ReleaseOrder(Move):
    """Of one that a person has put on hold; what a rule holds isn't released by hand."""

    to, next_in = OrderStatus.CREATED, OrderStatus.ON_HOLD
    url_name = "order-release"
    fresh_proof = True
    title = _("Release the order")
    verb = _("Release order")
    icon = "refresh"
    words = _(
        "{order} of {client} over {price} can be paid again. If the money has come meanwhile, it completes. The client is told by mail,"
        " without your comment."
    )
    done = _("Order %s is released.")
    service = staticmethod(services.release_order)

    @classmethod
    def available(cls, obj: Order) -> bool:
        return super().available(obj) and obj.hold_kind == HoldKind.HAND


class ApproveOrder(OrderAction):
    """KYC-32: an administrator lifts the limit for this order alone."""

    right = Right.ORDERS_OVERRIDE
    url_name = "order-approve"
    fresh_proof = True
    title = _("Approve the order above the limit")
    verb = _("Approve order")
    icon = "check"
    form_class = ReasonForm

    @classmethod
    def available(cls, obj: Order) -> bool:
        return services.may_be_approved(obj)

    @classmethod
    def is_next(cls, obj: Order) -> bool:
        return True

    def sentence(self) -> Any:
        one = self.object
        if one.status == OrderStatus.ON_HOLD:
            words = _(
                "{why} Approving lifts this for {order} over {ordered} alone: {client} is told by mail and can pay it, and every other rule"
                " is asked again when it completes. The reason stays with the order; the mail doesn't have it."
            )
        else:
            words = _(
                "{why} Approving lifts this for {order} over {ordered} alone: {client} has paid it, and it completes as soon as every other"
                " rule allows it. The reason stays with the order."
            )
        why = one.hold_reason or one.blocked_reason
        return format_html(words, why=why, order=one.reference, ordered=amount_html(one.quantity, one.asset), client=str(one.client))

    def perform(self, form: Any, actor: Any, obj: Order, now: datetime) -> Done:
        services.approve_order(order_id=obj.pk, comment=form.cleaned_data["comment"], actor=actor, now=now)
        return Done(_("Order %s is approved.") % obj.reference)


class RefuseOrder(Move):
    to = OrderStatus.REFUSED
    url_name = "order-refuse"
    title = _("Refuse the order")
    verb = _("Refuse order")
    icon = "ban"
    danger = True
    form_class = RefusalForm
    words = _(
        "{client} doesn't get {ordered}, and is told by mail, with the reason. What was paid for {order} is due back. This can't be undone."
    )
    done = _("Order %s is refused.")
    service = staticmethod(services.refuse_order)


class CancelOrder(Move):
    to = OrderStatus.CANCELLED
    url_name = "order-cancel"
    title = _("Cancel the order")
    verb = _("Cancel order")
    icon = "x"
    danger = True
    words = _("{order} of {client} over {price} can't be paid any more; a part that was paid is due back. This can't be undone.")
    done = _("Order %s is cancelled.")
    service = staticmethod(services.cancel_order)


class PayBackRefund(ActionDialog):
    """A refund that the bank has sent."""

    model = Refund
    related = ("order__client", "order__currency")
    right = Right.ORDERS_ACT
    url_name = "refund-pay-back"
    fresh_proof = True
    title = _("Mark the refund as paid back")
    verb = _("Mark as paid back")
    form_class = PaidBackForm

    @classmethod
    def available(cls, obj: Refund) -> bool:
        return obj.status == RefundStatus.DUE

    def sentence(self) -> Any:
        return format_html(
            _("{} of {} to {} is marked as sent by the bank. This system sends no money itself."),
            self.object.reference, money_html(self.object, self.object.order), str(self.object.order.client),
        )  # fmt: skip

    def back(self) -> str:
        return reverse("order-detail", args=[self.object.order.reference])

    def perform(self, form: Any, actor: Any, obj: Refund, now: datetime) -> Done:
        data = form.cleaned_data
        services.pay_back_refund(refund_id=obj.pk, bank_reference=data["bank_reference"], comment=data["comment"], actor=actor, now=now)
        return Done(_("Refund %s is paid back.") % obj.reference)
