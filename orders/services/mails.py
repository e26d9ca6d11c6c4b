"""What a client is told of a purchase that was on hold, or that is refused, in the client's language (LIM-09, KYC-32, ORD-02)."""

from collections.abc import Callable
from datetime import datetime

from django.db.models import Sum
from django.utils import translation

from core.moments import day, day_and_time
from messaging.services import queue_mail
from orders.enums import HoldKind, OrderStatus, PaymentMethod, RefundStatus
from orders.models import Order
from transactions.amounts import shown
from transactions.services.judgement import Judgement


def tell_of_hold(order: Order, judgement: Judgement, *, now: datetime) -> None:
    """A rule holds it: until the client's level is above the held ones, or until a person decides, and then with the limit's words."""
    if (until := order.held_until) is not None:
        _tell(order, "orders.held", lambda: {"until": day(until)}, now=now)
        return
    limits = judgement.limits if order.hold_kind == HoldKind.LIMIT else None
    _tell(order, "orders.held_for_decision", lambda: {"reason": str(limits.refusal or "") if limits else ""}, now=now)


def tell_of_going_on(order: Order, *, now: datetime) -> None:
    """It is to be paid until when and how, or its money has come and it is being completed."""

    def more() -> dict[str, str]:
        if order.status == OrderStatus.PAID:
            return {"due": "", "until": "", "payment_reference": ""}
        return {
            "due": shown(order.total - order.received, order.currency),
            "until": day_and_time(order.expires_at),
            "payment_reference": order.payment_reference if order.payment_method == PaymentMethod.BANK_TRANSFER else "",
        }

    _tell(order, "orders.goes_on", more, now=now)


def tell_of_refusal(order: Order, *, now: datetime) -> None:
    _tell(order, "orders.refused", lambda: {"reason": order.closing_reason, "refund": _due_back(order)}, now=now)


def tell_of_expiry(order: Order, until: datetime, *, now: datetime) -> None:
    """`until` is what the order was held until."""
    _tell(order, "orders.hold_expired", lambda: {"until": day(until), "refund": _due_back(order)}, now=now)


def _tell(order: Order, template: str, more: Callable[[], dict[str, str]], *, now: datetime) -> None:
    """Test clients are told nothing: their address may be a live client's."""
    client = order.client
    if client.is_test:
        return
    with translation.override(client.language):
        context = {
            "name": str(client),
            "amount": shown(order.quantity, order.asset),
            "price": shown(order.total, order.currency),
            "reference": order.reference,
            "date": day(order.created_at),
            **more(),
        }
    queue_mail(template=template, to=client.email, language=client.language, context=context, subject=order, now=now)


def _due_back(order: Order) -> str:
    """The money that is to be paid back, in the order's currency; empty where there is none."""
    due = order.refunds.filter(status=RefundStatus.DUE, currency=order.currency.code).aggregate(sum=Sum("amount"))["sum"]
    return shown(due, order.currency) if due else ""
