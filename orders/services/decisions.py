"""Hold, release, refuse, cancel: by hand with a comment, or by the sweeper (ORD-02, ORD-05)."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.services import IllegalTransition, move
from core import instance
from core.actors import Actor, SystemActor
from core.errors import DomainError
from core.locks import lock
from core.text import clean_line
from ledger.enums import AttemptReason
from messaging.services import settle_alert
from orders.enums import HoldKind, OrderStatus, RefundReason
from orders.models import Order
from orders.services.attempts import note_unfulfilled
from orders.services.mails import tell_of_going_on, tell_of_refusal
from orders.services.payments import mark_paid
from orders.services.refunds import owe_rest
from orders.transitions import ORDER
from transactions.services.holds import no_longer_stuck

SWEEPER = SystemActor("orders")
BLOCKED = "orders.completion_blocked"  # the alert's kind


HELD_BY_RULE = {
    HoldKind.LEVEL: _("This order goes on by itself when the client is verified. Refuse it, if it is not to."),
    HoldKind.LIMIT: _("This order is above a limit: approve it with a reason, or refuse it."),
}


class HeldByRule(DomainError):
    """A rule holds the order: releasing it alone would only bring it back."""

    code = "held_by_rule"


class ReasonNeeded(DomainError):
    code = "reason_needed"
    status = 422


def locked(order_id: int) -> Order:
    return lock(Order.objects.select_related("currency", "asset"), pk=order_id)


def reason_of(comment: str) -> str:
    reason = clean_line(comment, maximum=300, field="comment")
    if not reason:
        raise ReasonNeeded(_("Say why: the reason stays with the order."), field="comment")
    return reason


@transaction.atomic(durable=True)
def hold_order(*, order_id: int, actor: Actor, now: datetime, comment: str) -> Order:
    """Created → On hold: it isn't completed nor cancelled until somebody decides. Raises IllegalTransition, ReasonNeeded."""
    order = locked(order_id)
    held = {"hold_kind": HoldKind.HAND, "hold_reason": reason_of(comment)}
    return move(order, table=ORDER, to=OrderStatus.ON_HOLD, actor=actor, now=now, comment=comment, **held)


@transaction.atomic(durable=True)
def release_order(*, order_id: int, actor: Actor, now: datetime, comment: str = "") -> Order:
    """On hold → Created, with the full time to pay again; on to Paid where the money came meanwhile. One that a rule holds is let
    go by the rule alone, or approved (`services.holding`). Raises IllegalTransition, HeldByRule."""
    order = locked(order_id)
    if order.hold_kind in {HoldKind.LEVEL, HoldKind.LIMIT}:
        raise HeldByRule(HELD_BY_RULE[HoldKind(order.hold_kind)])
    return let_go(order, actor=actor, now=now, comment=comment)


def let_go(order: Order, *, actor: Actor, now: datetime, comment: str = "", **fields: object) -> Order:
    """Inside the transaction that has the order locked: it can be paid again, or is completed, and its client is told."""
    if order.hold_kind == HoldKind.LEVEL:
        no_longer_stuck(order, now=now)
    deadline = max(order.expires_at, now + timedelta(hours=instance.value("orders.payment_hours")))
    cleared = {"hold_kind": "", "hold_reason": "", "held_until": None, "expires_at": deadline}
    move(order, table=ORDER, to=OrderStatus.CREATED, actor=actor, now=now, comment=comment, **cleared, **fields)
    if order.received >= order.total:
        mark_paid(order, actor=actor, now=now)
    tell_of_going_on(order, now=now)
    return order


@transaction.atomic(durable=True)
def refuse_order(*, order_id: int, actor: Actor, now: datetime, comment: str) -> Order:
    """On hold or Paid → Refused; what was paid is due back (ORD-02), and the client is told by mail, with the reason. Raises
    IllegalTransition, ReasonNeeded."""
    reason, why = reason_of(comment), AttemptReason.REFUSED_BY_HAND
    order = close(locked(order_id), OrderStatus.REFUSED, why, reason, actor=actor, now=now, comment=comment)
    tell_of_refusal(order, now=now)
    return order


@transaction.atomic(durable=True)
def cancel_order(*, order_id: int, actor: Actor, now: datetime, comment: str = "") -> Order:
    """Created → Cancelled; a part that was paid is due back. Raises IllegalTransition."""
    return close(
        locked(order_id),
        OrderStatus.CANCELLED,
        AttemptReason.CANCELLED_BY_HAND,
        clean_line(comment, maximum=300, field="comment"),
        actor=actor,
        now=now,
        comment=comment,
    )


def close(order: Order, to: OrderStatus, why: AttemptReason, reason: str, *, actor: Actor, now: datetime, comment: str) -> Order:
    """Inside the transaction that has the order locked: what came in is due back, and why it came to nothing stands among all transactions."""
    cleared = {"blocked_code": "", "blocked_reason": "", "next_attempt_at": None, "hold_kind": "", "held_until": None}
    if order.hold_kind == HoldKind.LEVEL:
        no_longer_stuck(order, now=now)
    if order.blocked_code:
        settle_alert(kind=BLOCKED, subject=order, note=_("The order is closed."), now=now)
    move(order, table=ORDER, to=to, actor=actor, now=now, comment=comment, closing_reason=reason, closed_at=now, **cleared)
    owe_rest(order, RefundReason.REFUSED if to == OrderStatus.REFUSED else RefundReason.CANCELLED, actor=actor, now=now)
    note_unfulfilled(order, why, actor=actor, now=now)
    return order


def unpaid(*, now: datetime, limit: int = 500) -> list[int]:
    """Ids of the orders whose time to pay is over, the longest first."""
    overdue = Order.objects.filter(status=OrderStatus.CREATED, expires_at__lt=now).order_by("expires_at")
    return list(overdue.values_list("pk", flat=True)[:limit])


def cancel_if_unpaid(*, order_id: int, now: datetime) -> bool:
    """Cancel an order whose time to pay is over (ORD-05). False where it was paid, held, released or cancelled meanwhile: then nothing
    happens."""
    try:
        with transaction.atomic(durable=True):
            order = locked(order_id)
            if order.expires_at >= now:
                return False
            close(order, OrderStatus.CANCELLED, AttemptReason.NOT_PAID, str(_("Not paid in time")), actor=SWEEPER, now=now, comment="")
    except IllegalTransition:
        return False
    return True
