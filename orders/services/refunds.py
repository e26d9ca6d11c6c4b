"""Money owed back to a client, from due to paid back (ORD-02, ORD-05)."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum

from audit.services import move, record
from core.actors import Actor
from core.locks import lock
from core.text import clean_line
from orders.enums import RefundReason, RefundStatus
from orders.models import Order, Refund
from orders.transitions import REFUND


def owe(order: Order, amount: Decimal, currency: str, reason: RefundReason, *, actor: Actor, now: datetime) -> Refund:
    """A refund is due. Inside the transaction that holds the order's lock."""
    refund = Refund.objects.create(order=order, amount=amount, currency=currency, reason=reason, due_at=now)
    details = {"refund": refund.reference, "amount": amount, "currency": currency, "reason": str(reason)}
    record(action="orders.refund_due", actor=actor, subject=order, details=details, now=now)
    return refund


def owe_rest(order: Order, reason: RefundReason, *, actor: Actor, now: datetime) -> Refund | None:
    """What came in for an order that won't be completed, less what is owed or paid back already."""
    owed = order.refunds.filter(currency=order.currency.code).aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    rest = order.received - owed
    return owe(order, rest, order.currency.code, reason, actor=actor, now=now) if rest > 0 else None


@transaction.atomic(durable=True)
def pay_back_refund(*, refund_id: int, bank_reference: str, actor: Actor, now: datetime, comment: str = "") -> Refund:
    """The bank has sent the money: due → paid back, with the bank's reference. Raises IllegalTransition, UnfitText."""
    refund = lock(Refund.objects.select_related("order"), pk=refund_id)
    bank_reference = clean_line(bank_reference, maximum=80, field="bank_reference", required=True)
    move(
        refund,
        table=REFUND,
        to=RefundStatus.PAID_BACK,
        actor=actor,
        now=now,
        comment=comment,
        bank_reference=bank_reference,
        paid_back_at=now,
    )
    details = {"refund": refund.reference, "amount": refund.amount, "currency": refund.currency}
    record(action="orders.refund_paid_back", actor=actor, subject=refund.order, details=details, now=now)
    return refund
