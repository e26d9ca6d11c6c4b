"""The table of ORD-02, whole: every pair of statuses is either in it or refused."""

import itertools
from datetime import UTC, datetime

import pytest

from audit.services import IllegalTransition, move
from orders.enums import FINAL, OrderStatus
from orders.models import Order
from orders.tests.factories import TESTS, order
from orders.transitions import ORDER

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LEGAL = {
    ("created", "paid"), ("created", "on_hold"), ("created", "cancelled"), ("on_hold", "created"), ("on_hold", "refused"),
    ("paid", "completed"), ("paid", "refused"),
}  # fmt: skip


def kind_in(status):
    return "hand" if status == "on_hold" else ""


@pytest.mark.spec("ORD-02")
@pytest.mark.django_db
@pytest.mark.parametrize(("old", "new"), list(itertools.product(OrderStatus.values, repeat=2)))
def test_only_these_moves(old, new):
    one = order(now=NOW)
    Order.objects.filter(pk=one.pk).update(status=old, completed_at=NOW if old == "completed" else None, hold_kind=kind_in(old))
    one.refresh_from_db()
    extra = {"completed_at": NOW if new == "completed" else None, "hold_kind": kind_in(new)}

    if (old, new) in LEGAL:
        move(one, table=ORDER, to=new, actor=TESTS, now=NOW, **extra)
        one.refresh_from_db()
        assert one.status == new
    else:
        with pytest.raises(IllegalTransition):
            move(one, table=ORDER, to=new, actor=TESTS, now=NOW, **extra)


@pytest.mark.spec("ORD-02")
def test_final_statuses_allow_nothing():
    assert all(ORDER.allowed(status) == [] for status in FINAL)
