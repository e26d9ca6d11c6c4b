"""What the table of orders refuses, whoever asks (ORD-02, ORD-05)."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from orders.enums import HoldKind, OrderStatus, PaymentState
from orders.models import Order
from orders.tests.factories import order

FINE = {
    "status": "created", "hold_kind": "", "payment_state": "unpaid", "quantity": 1, "rate": 1, "price": 1, "fee": 0, "total": 1, "received": 0,
    "completed_at": None, "held_until": None,
}  # fmt: skip


def holds(**changes):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT orders_order_holds({', '.join(['%s'] * len(FINE))})", list({**FINE, **changes}.values()))
        return cursor.fetchone()[0]


@pytest.mark.spec("ORD-02", "ORD-05")
@pytest.mark.django_db
def test_the_check_knows_every_status_state_and_kind_and_nothing_else():
    for status in OrderStatus:
        kind = HoldKind.HAND if status == OrderStatus.ON_HOLD else ""
        at = timezone.now() if status == OrderStatus.COMPLETED else None
        assert holds(status=status.value, hold_kind=str(kind), completed_at=at), status
    assert all(holds(payment_state=state.value) for state in PaymentState)
    until = {HoldKind.LEVEL: timezone.now()}
    assert all(holds(status="on_hold", hold_kind=kind.value, held_until=until.get(kind)) for kind in HoldKind)
    wrong = [
        {"status": "sold"}, {"payment_state": "maybe"}, {"status": "on_hold"}, {"status": "on_hold", "hold_kind": "whim"},
        {"hold_kind": "hand"}, {"status": "completed"}, {"completed_at": timezone.now()}, {"quantity": 0}, {"quantity": Decimal("NaN")},
        {"rate": 0}, {"rate": Decimal("NaN")}, {"price": 0, "total": 0}, {"fee": -1, "total": 0}, {"total": 2},
        {"held_until": timezone.now()}, {"status": "on_hold", "hold_kind": "level"},
        {"status": "on_hold", "hold_kind": "limit", "held_until": timezone.now()}, {"price": Decimal("NaN"), "total": Decimal("NaN")}, {"received": -1}, {"received": Decimal("NaN")},
    ]  # fmt: skip
    for one in wrong:
        assert not holds(**one), one


@pytest.mark.spec("ORD-02", "ORD-05")
@pytest.mark.django_db
def test_the_table_refuses_what_the_check_does():
    pk = order().pk
    for changes in ({"status": "sold"}, {"quantity": 0}, {"total": 0}, {"status": "completed"}):
        with pytest.raises(IntegrityError, match="order_holds"), transaction.atomic():
            Order.objects.filter(pk=pk).update(**changes)
