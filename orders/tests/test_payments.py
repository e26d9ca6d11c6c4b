"""Under-, over-, double and late payment, other currencies, repeats: each has its state and its refund (ORD-05)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from audit.selectors import timeline
from audit.services import IllegalTransition
from orders import services
from orders.enums import OrderStatus, PaymentState, RefundReason, RefundStatus
from orders.services.payments import PaymentReferenceUsed
from orders.tests.factories import TESTS, order, pay

pytestmark = [pytest.mark.django_db, pytest.mark.spec("ORD-05")]
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def owed(one):
    return [(refund.amount, refund.currency, refund.reason, refund.status) for refund in one.refunds.order_by("id")]


@pytest.fixture
def bought():
    return order(now=NOW)


def state(one):
    one.refresh_from_db()
    return one.status, one.payment_state, one.received


def test_exact(bought):
    pay(bought, "150", at=NOW + timedelta(hours=1))

    assert state(bought) == (OrderStatus.PAID, PaymentState.PAID, 150)
    assert bought.paid_at == bought.next_attempt_at == NOW + timedelta(hours=1)
    assert owed(bought) == []
    assert [event.action for event in timeline(bought)] == ["orders.paid", "orders.payment_received", "orders.created"]


def test_too_little_waits_for_the_rest(bought):
    pay(bought, "149.99", at=NOW)
    assert state(bought) == (OrderStatus.CREATED, PaymentState.UNDERPAID, Decimal("149.99"))

    pay(bought, "0.01", at=NOW)
    assert state(bought) == (OrderStatus.PAID, PaymentState.PAID, 150)
    assert owed(bought) == []


def test_too_much_is_owed_back(bought):
    pay(bought, "150.01", at=NOW)
    assert state(bought) == (OrderStatus.PAID, PaymentState.OVERPAID, Decimal("150.01"))
    assert owed(bought) == [(Decimal("0.01"), "EUR", RefundReason.OVERPAID, RefundStatus.DUE)]


def test_twice_is_owed_back(bought):
    pay(bought, at=NOW)
    pay(bought, at=NOW)
    assert state(bought) == (OrderStatus.PAID, PaymentState.DOUBLE, 300)
    assert owed(bought) == [(150, "EUR", RefundReason.DOUBLE, RefundStatus.DUE)]


def test_after_the_deadline_it_is_late_though_no_sweeper_came(bought):
    pay(bought, "50", at=NOW)
    pay(bought, "100", at=bought.expires_at + timedelta(seconds=1))
    assert state(bought) == (OrderStatus.CANCELLED, PaymentState.LATE, 150)
    assert owed(bought) == [(150, "EUR", RefundReason.LATE, RefundStatus.DUE)]


def test_at_the_deadline_it_is_in_time(bought):
    pay(bought, at=bought.expires_at)
    assert state(bought)[0] == OrderStatus.PAID


def test_after_cancellation_it_is_late(bought):
    services.cancel_order(order_id=bought.pk, actor=TESTS, now=NOW)
    pay(bought, at=NOW)
    assert state(bought) == (OrderStatus.CANCELLED, PaymentState.LATE, 150)
    assert owed(bought) == [(150, "EUR", RefundReason.LATE, RefundStatus.DUE)]


def test_another_currency_pays_nothing(bought):
    pay(bought, "150", currency="CHF", at=NOW)
    assert state(bought) == (OrderStatus.CREATED, PaymentState.OTHER_CURRENCY, 0)
    assert owed(bought) == [(150, "CHF", RefundReason.OTHER_CURRENCY, RefundStatus.DUE)]

    pay(bought, at=NOW)
    assert state(bought) == (OrderStatus.PAID, PaymentState.PAID, 150)


def test_the_same_reference_again_changes_nothing(bought):
    first = pay(bought, reference="X1", at=NOW)
    assert pay(bought, "150", reference="X1", at=NOW).pk == first.pk
    assert bought.payments.count() == 1

    with pytest.raises(PaymentReferenceUsed):
        pay(bought, "151", reference="X1", at=NOW)
    with pytest.raises(PaymentReferenceUsed):
        pay(order(now=NOW), reference="X1", at=NOW)


@pytest.mark.spec("ORD-02", "ORD-05")
def test_on_hold_money_waits_with_the_order(bought):
    services.hold_order(order_id=bought.pk, actor=TESTS, now=NOW, comment="Origin of the money unclear")
    pay(bought, at=bought.expires_at + timedelta(days=9))
    assert state(bought) == (OrderStatus.ON_HOLD, PaymentState.PAID, 150)

    services.release_order(order_id=bought.pk, actor=TESTS, now=NOW)
    assert state(bought)[0] == OrderStatus.PAID
    assert [event.action for event in timeline(bought)][:2] == ["orders.paid", "orders.released"]


@pytest.mark.spec("ORD-02")
def test_a_refusal_owes_what_is_not_owed_yet_and_is_tracked_to_paid_back(bought):
    pay(bought, "160", at=NOW)
    services.refuse_order(order_id=bought.pk, actor=TESTS, now=NOW, comment="Payer isn't the client")
    assert owed(bought) == [
        (10, "EUR", RefundReason.OVERPAID, RefundStatus.DUE),
        (150, "EUR", RefundReason.REFUSED, RefundStatus.DUE),
    ]

    refund = bought.refunds.get(amount=150)
    services.pay_back_refund(refund_id=refund.pk, bank_reference="SEPA-9", actor=TESTS, now=NOW)
    refund.refresh_from_db()
    assert (refund.status, refund.bank_reference, refund.paid_back_at) == (RefundStatus.PAID_BACK, "SEPA-9", NOW)
    assert timeline(bought)[0].action == "orders.refund_paid_back"
    with pytest.raises(IllegalTransition):
        services.pay_back_refund(refund_id=refund.pk, bank_reference="SEPA-9", actor=TESTS, now=NOW)


def test_unpaid_orders_are_cancelled_after_their_time(bought):
    pay(bought, "40", at=NOW)
    held = order(now=NOW)
    services.hold_order(order_id=held.pk, actor=TESTS, now=NOW, comment="Wait")
    young = order(now=NOW + timedelta(hours=1))

    after = bought.expires_at + timedelta(seconds=1)
    assert services.unpaid(now=bought.expires_at) == []
    assert not services.cancel_if_unpaid(order_id=bought.pk, now=bought.expires_at)
    assert services.unpaid(now=after) == [bought.pk]
    assert services.cancel_if_unpaid(order_id=bought.pk, now=after)
    assert not services.cancel_if_unpaid(order_id=bought.pk, now=after)
    assert services.unpaid(now=after) == []

    assert state(bought)[0] == OrderStatus.CANCELLED
    assert owed(bought) == [(40, "EUR", RefundReason.CANCELLED, RefundStatus.DUE)]
    assert state(held)[0] == OrderStatus.ON_HOLD
    assert state(young)[0] == OrderStatus.CREATED
