"""Killed anywhere, cut off anywhere, without a broker, told twice: in the end it is as if nothing had happened (C4 to C7)."""

import os
import socket
import subprocess
import sys
import threading
from datetime import timedelta

import psycopg
import pytest
from django.conf import settings
from django.db import DatabaseError, connection, connections
from django.utils import timezone

from audit.models import AuditEvent
from core import valkey
from ledger.models import Operation
from orders import services
from orders.enums import CallbackStatus, OrderStatus
from orders.models import Order, ProviderCallback
from orders.services import receive_callback
from orders.tasks import complete_paid_order, sweep_callbacks, sweep_paid_orders, sweep_unpaid_orders
from orders.tests.factories import asset_for_sale, buyer, held, order, paid_order, pay, stock
from simulators.payment_provider import message, signature

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.spec("ORD-05", "ORD-04")]
SECRET = "hook-secret"


def sweep():
    sweep_callbacks()
    sweep_paid_orders()
    sweep_unpaid_orders()


def settled(orders):
    """Each is completed once: one operation, one event, its quantity in the wallet."""
    for one in orders:
        one.refresh_from_db()
        assert one.status == OrderStatus.COMPLETED
        assert Operation.objects.filter(cause_id=one.pk, type="purchase").count() == 1
        assert AuditEvent.objects.filter(subject_reference=one.reference, action="orders.completed").count() == 1
        assert held(one.wallet, one.asset) == one.quantity
    return True


def environment(**more):
    return os.environ | {"DJANGO_SETTINGS_MODULE": "backoffice.settings", "PAYMENT_HOOK_SECRETS": SECRET} | more


def doomed(job, ids):
    """The exit statuses of the processes that died at the first, second … point; the last ones came to the end."""
    command = [sys.executable, "-m", "orders.tests.doomed", job, *map(str, ids)]
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment(), capture_output=True, text=True, check=True, timeout=120)
    statuses = [int(line) for line in done.stdout.split()]
    died = statuses.count(-9)
    assert statuses == [-9] * died + [0] * (len(ids) - died), done.stderr
    assert died >= 5
    assert 0 in statuses, "more points than rows: the last ones were not tried"
    return died


def test_killed_at_every_point_of_a_completion():
    """C4."""
    asset = stock(asset_for_sale())
    orders = [paid_order(asset=asset) for _ in range(12)]
    doomed("complete", [one.pk for one in orders])
    sweep()
    assert settled(orders)


def test_killed_at_every_point_of_a_callback(settings):
    """C4."""
    asset = stock(asset_for_sale())
    orders = [order(asset=asset) for _ in range(24)]
    settings.PAYMENT_HOOK_SECRETS = [SECRET]
    for one in orders:
        body = message(one.payment_reference, f"{one.total:.2f}", "EUR")
        receive_callback(body=body, signature=signature(body, SECRET), now=timezone.now())
    doomed("callback", ProviderCallback.objects.order_by("id").values_list("id", flat=True))
    sweep()
    assert settled(orders)
    assert all(one.payments.count() == 1 and not one.refunds.exists() for one in orders)
    assert set(ProviderCallback.objects.values_list("status", flat=True)) == {CallbackStatus.DONE}


def test_killed_at_every_point_of_a_cancellation():
    """C4: the time to pay is over, a part was paid; in the end each is cancelled and that part is due back once."""
    asset = asset_for_sale()
    orders = [order(asset=asset, now=timezone.now() - timedelta(days=30, seconds=100 - number)) for number in range(16)]
    for one in orders:
        pay(one, "1", at=one.created_at)
    doomed("cancel", [one.pk for one in orders])
    sweep()
    for one in orders:
        one.refresh_from_db()
        assert (one.status, [refund.amount for refund in one.refunds.all()]) == (OrderStatus.CANCELLED, [1])
        assert AuditEvent.objects.filter(subject_reference=one.reference, action="orders.cancelled").count() == 1


def test_the_backend_is_terminated_at_each_statement():
    """C5: nothing half done, and the same call works again."""
    asset = stock(asset_for_sale())
    orders = [paid_order(asset=asset) for _ in range(8)]
    broken = 0
    for point, one in enumerate(orders, start=1):
        connections.close_all()
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            backend = cursor.fetchone()[0]
        left = [point]

        def cut(execute, sql, params, many, context, backend=backend, left=left):
            left[0] -= 1
            if left[0] == 0:
                with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as other:
                    other.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
            return execute(sql, params, many, context)

        with connection.execute_wrapper(cut):
            try:
                services.try_completion(order_id=one.pk, now=timezone.now())
            except DatabaseError:
                broken += 1
        connections.close_all()
        one.refresh_from_db()
        assert one.status == (OrderStatus.PAID if left[0] <= 0 else OrderStatus.COMPLETED)
        assert Operation.objects.filter(cause_id=one.pk).exists() == (one.status == OrderStatus.COMPLETED)
    assert broken >= 3
    sweep()
    assert settled(orders)


def test_messages_are_lost_with_the_broker():
    """C6: FLUSHALL between the commit and the worker."""
    asset = stock(asset_for_sale())
    orders = [paid_order(asset=asset) for _ in range(3)]
    valkey.client().flushall()
    sweep()
    assert settled(orders)


@pytest.mark.parametrize("broker", ["down", "hangs"])
def test_without_a_broker_the_provider_is_answered_and_nothing_is_lost(broker):
    """C6: the callback is answered in time, the payment is taken, and the sweeper does the rest."""
    one = order(asset=stock(asset_for_sale()))
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections into its backlog and never answers
        port = silent.getsockname()[1]
        url = f"redis://127.0.0.1:{port}/0" if broker == "hangs" else "redis+socket:///nowhere/valkey.sock"
        command = [sys.executable, "-m", "orders.tests.pay_once", one.payment_reference, f"{one.total:.2f}"]
        done = subprocess.run(
            command, cwd=settings.BASE_DIR, env=environment(REDIS_URL=url), capture_output=True, text=True, check=False, timeout=120
        )
    assert done.returncode == 0, done.stderr
    status, seconds = done.stdout.split("ANSWER ")[1].split()[:2]  # among the log's lines
    assert (status, float(seconds) < 10) == ("200", True), done.stdout
    one.refresh_from_db()
    assert one.status == OrderStatus.PAID
    sweep()
    assert settled([one])


def test_the_same_message_many_times_at_once():
    """C7: delivered twenty times in parallel with the sweeper and a person's click."""
    asset = stock(asset_for_sale())
    one = paid_order(asset=asset, client=buyer())
    start, refused = threading.Barrier(20), []

    def work(number):
        start.wait()
        if number % 4 == 0:
            sweep_paid_orders()
        else:
            complete_paid_order(order_id=one.pk)
        refused.append(number)
        connection.close()

    threads = [threading.Thread(target=work, args=[number]) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 20
    assert settled([one])
    assert Order.objects.get().attempts == 0


def test_an_order_that_cant_be_cancelled_keeps_no_other_waiting():
    """Somebody has the first one's row locked for longer than a sweep waits."""
    ago = timezone.now() - timedelta(days=30)
    first, second = (order(now=ago + timedelta(hours=hour)) for hour in (1, 2))
    with psycopg.connect(os.environ["DATABASE_URL"]) as other:
        other.execute("SELECT FROM orders_order WHERE id = %s FOR UPDATE", [first.pk])
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '50ms'")
            try:
                sweep_unpaid_orders()
            finally:
                cursor.execute("RESET lock_timeout")
    status = dict(Order.objects.values_list("pk", "status"))
    assert (status[first.pk], status[second.pk]) == (OrderStatus.CREATED, OrderStatus.CANCELLED)
    sweep_unpaid_orders()
    first.refresh_from_db()
    assert first.status == OrderStatus.CANCELLED
