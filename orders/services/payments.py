"""Money that comes in for an order, by hand from the bank's statement or by a provider's callback (ORD-05)."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from audit.services import move, record
from core.actors import Actor
from core.amounts import check_quantity
from core.errors import DomainError
from core.locks import lock
from core.tasks import enqueue
from core.text import clean_line
from ledger.enums import AttemptReason
from orders.enums import OrderStatus, PaymentState, RefundReason
from orders.models import Order, OrderPayment
from orders.services.attempts import note_unfulfilled
from orders.services.refunds import owe, owe_rest
from orders.transitions import ORDER

REASONS = {
    PaymentState.DOUBLE: RefundReason.DOUBLE,
    PaymentState.OTHER_CURRENCY: RefundReason.OTHER_CURRENCY,
}


class PaymentReferenceUsed(DomainError):
    """The same provider reference with another order or amount: one of the two is a mistake."""

    code = "payment_reference_used"


@transaction.atomic(durable=True)
def record_payment(
    *,
    order_id: int,
    provider: str,
    provider_reference: str,
    amount: Decimal,
    currency: str,
    received_at: datetime,
    actor: Actor,
    now: datetime,
    comment: str = "",
) -> OrderPayment:
    """Take a payment for an order once per provider reference; a repeat gives the first row and changes nothing.

    In full, the order becomes Paid and completes by itself. Too little waits for the rest; too much, twice, too late or
    in another currency makes a refund due. After the deadline a Created order is cancelled, whether the sweeper has come by
    or not. Raises PaymentReferenceUsed, InvalidQuantity.
    """
    provider_reference = clean_line(provider_reference, maximum=80, field="provider_reference", required=True)
    order = lock(Order.objects.select_related("currency"), pk=order_id)
    known = OrderPayment.objects.filter(provider=provider, provider_reference=provider_reference).first()
    if known:
        if (known.order_id, known.amount, known.currency) != (order.pk, amount, currency):
            raise PaymentReferenceUsed(_("This payment's reference was recorded before, with other content."), field="provider_reference")
        return known
    check_quantity(amount, decimals=order.currency.decimals if currency == order.currency.code else 18)
    state = _state(order, amount, currency, received_at)
    payment = OrderPayment(
        order=order,
        provider=provider,
        provider_reference=provider_reference,
        amount=amount,
        currency=currency,
        state=state,
        received_at=received_at,
        recorded_at=now,
    )
    try:
        payment.save(force_insert=True)
    except IntegrityError as error:
        raise PaymentReferenceUsed(
            _("This payment's reference was recorded before, for another order."), field="provider_reference"
        ) from error
    details = {"provider": provider, "reference": provider_reference, "amount": amount, "currency": currency, "state": str(state)}
    record(action="orders.payment_received", actor=actor, subject=order, details=details, comment=comment, now=now)
    _apply(order, payment, actor=actor, now=now)
    return payment


def _state(order: Order, amount: Decimal, currency: str, received_at: datetime) -> PaymentState:
    if currency != order.currency.code:
        return PaymentState.OTHER_CURRENCY
    if order.status in {OrderStatus.CANCELLED, OrderStatus.REFUSED}:
        return PaymentState.LATE
    if order.status == OrderStatus.CREATED and received_at > order.expires_at:
        return PaymentState.LATE
    if order.received >= order.total:
        return PaymentState.DOUBLE
    received = order.received + amount
    if received < order.total:
        return PaymentState.UNDERPAID
    return PaymentState.PAID if received == order.total else PaymentState.OVERPAID


def _apply(order: Order, payment: OrderPayment, *, actor: Actor, now: datetime) -> None:
    state = PaymentState(payment.state)
    fields: dict[str, Any] = {"payment_state": payment.state}
    before = order.received
    if state != PaymentState.OTHER_CURRENCY:
        fields["received"] = before + payment.amount
    elif order.payment_state != PaymentState.UNPAID:
        del fields["payment_state"]  # what has been paid in the right currency stands
    if order.status == OrderStatus.CREATED and state in {PaymentState.PAID, PaymentState.OVERPAID}:
        mark_paid(order, actor=actor, now=now, **fields)
    elif order.status == OrderStatus.CREATED and state == PaymentState.LATE:
        reason = str(_("Paid after the deadline"))
        move(order, table=ORDER, to=OrderStatus.CANCELLED, actor=actor, now=now, closed_at=now, closing_reason=reason, **fields)
        note_unfulfilled(order, AttemptReason.NOT_PAID, actor=actor, now=now)
    elif fields:
        Order.objects.filter(pk=order.pk).update(**fields)
        order.received = fields.get("received", order.received)
    match state:
        case PaymentState.OVERPAID:
            owe(order, before + payment.amount - order.total, payment.currency, RefundReason.OVERPAID, actor=actor, now=now)
        case PaymentState.LATE:
            owe_rest(order, RefundReason.LATE, actor=actor, now=now)  # with an earlier part, if there was one
        case PaymentState.DOUBLE | PaymentState.OTHER_CURRENCY:
            owe(order, payment.amount, payment.currency, REASONS[state], actor=actor, now=now)


def mark_paid(order: Order, *, actor: Actor, now: datetime, **fields: object) -> None:
    """Created → Paid, due for completion at once: the task is a wake-up call, the sweeper comes by in any case."""
    move(order, table=ORDER, to=OrderStatus.PAID, actor=actor, now=now, paid_at=now, next_attempt_at=now, **fields)
    enqueue("orders.tasks.complete_paid_order", order_id=order.pk)
