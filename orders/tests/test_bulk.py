"""Many orders released, cancelled or refused at once, along the same table as one (UIX-08, ORD-02)."""

import re
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from accounts.tests.factories import sign_in, user
from kit.models import BulkRun
from kit.tasks import run_bulk
from orders import services
from orders.enums import OrderStatus, RefundReason
from orders.models import Order, Refund
from orders.tests.factories import TESTS, order, pay

pytestmark = [pytest.mark.django_db, pytest.mark.spec("UIX-08", "ORD-02")]


def done(browser, code: str, rows: list[Order], comment: str = "") -> BulkRun:
    where = "/orders/?" + urlencode({"bulk": code, "row": [row.reference for row in rows]}, doseq=True)
    key = re.search(r'name="operation_key" value="([^"]+)"', browser.get(where).content.decode())[1]
    assert browser.post(where, {"operation_key": key, "comment": comment}).status_code == 302
    run = BulkRun.objects.latest("id")
    run_bulk(run.pk)
    run.refresh_from_db()
    return run


def status(row: Order) -> str:
    return Order.objects.get(pk=row.pk).status


def test_orders_move_where_the_table_lets_them_and_say_why_not_elsewhere():
    browser = sign_in(user(rights=None))
    held, waits, part = order(), order(), order()
    services.hold_order(order_id=held.pk, actor=TESTS, now=timezone.now(), comment="Look at it")
    pay(part, "1")
    run = done(browser, "release", [held, waits])
    assert (run.changed, run.refused) == (1, 1)
    assert "can't become" in run.rows.get(label=waits.reference).message
    assert status(held) == OrderStatus.CREATED
    run = done(browser, "cancel", [held, waits, part], "Campaign ended")
    assert run.changed == 3
    assert {status(held), status(waits), status(part)} == {OrderStatus.CANCELLED}
    assert [(refund.order, refund.reason) for refund in Refund.objects.all()] == [(part, RefundReason.CANCELLED)]
    run = done(browser, "refuse", [waits], "Too late")
    assert (run.changed, run.refused) == (0, 1)
