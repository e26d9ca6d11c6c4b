"""The payment provider's door: who is let in, what a repeat does, what bad content does (ORD-05; C8)."""

import random
import threading

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from audit.models import AuditEvent
from orders.enums import CallbackStatus, OrderStatus, PaymentState
from orders.models import OrderPayment, ProviderCallback
from orders.tasks import sweep_callbacks
from orders.tests.factories import order
from simulators.payment_provider import Sending, message, sendings, signature

SECRET, NEXT_SECRET = "s3cret-of-the-provider", "next-secret"
pytestmark = pytest.mark.spec("ORD-05")


@pytest.fixture(autouse=True)
def _secrets(settings):
    settings.PAYMENT_HOOK_SECRETS = [SECRET]


def deliver(sending: Sending):
    headers = {"payment-signature": sending.signature} if sending.signature else {}
    return Client().post("/hooks/payments/", sending.body, content_type="application/json", headers=headers)


def simulate(one, misbehave="", secret=SECRET):
    answers = [
        deliver(sending) for sending in sendings(one.payment_reference, f"{one.total:.2f}", "EUR", secret=secret, misbehave=misbehave)
    ]
    sweep_callbacks()
    one.refresh_from_db()
    return [answer.status_code for answer in answers]


@pytest.mark.django_db
def test_a_payment_marks_the_order_paid():
    one = order()
    assert simulate(one) == [200]
    assert (one.status, one.payment_state) == (OrderStatus.PAID, PaymentState.PAID)
    assert ProviderCallback.objects.get().status == CallbackStatus.DONE
    assert OrderPayment.objects.get().provider == settings.PAYMENT_PROVIDER


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("misbehave", "answers", "status", "payment_state"),
    [
        ("twice", [200, 200], "paid", "paid"),
        ("pays-twice", [200, 200], "paid", "double"),
        ("late", [401], "created", "unpaid"),
        ("wrong-signature", [401], "created", "unpaid"),
        ("no-signature", [401], "created", "unpaid"),
        ("tampered", [401], "created", "unpaid"),
        ("too-little", [200], "created", "underpaid"),
        ("too-much", [200], "paid", "overpaid"),
        ("other-currency", [200], "created", "other_currency"),
        ("unknown-order", [200], "created", "unpaid"),
        ("not-json", [200], "created", "unpaid"),
    ],
)
def test_a_provider_that_misbehaves(misbehave, answers, status, payment_state):
    one = order()
    assert simulate(one, misbehave) == answers
    assert (one.status, one.payment_state) == (status, payment_state)
    assert not ProviderCallback.objects.filter(status=CallbackStatus.RECEIVED).exists()


@pytest.mark.django_db
def test_without_a_secret_everything_is_refused(settings):
    one = order()
    settings.PAYMENT_HOOK_SECRETS = []
    assert simulate(one) == [401]
    settings.PAYMENT_HOOK_SECRETS = [""]
    assert simulate(one, secret="") == [401]
    assert not ProviderCallback.objects.exists()


@pytest.mark.django_db
def test_two_secrets_hold_while_rotating(settings):
    settings.PAYMENT_HOOK_SECRETS = [SECRET, NEXT_SECRET]
    one, two = order(), order()
    assert simulate(one, secret=SECRET) == [200]
    assert simulate(two, secret=NEXT_SECRET) == [200]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=1",
        "v1=00",
        "t=١,v1=" + "0" * 64,
        "t=99999999999999999999,v1=" + "0" * 64,
        *("t=" + "9" * n + ",v1=" + "0" * 64 for n in (11, 12)),
        "x" * 10_000,
    ],
)
def test_headers_that_make_no_sense(header):
    assert deliver(Sending(b"{}", header)).status_code == 401


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body",
    [
        b"", b"null", b"[]", b"{}", b'{"type": "payment.succeeded"}', b'{"type": "payment.succeeded", "payment": []}', b"\xff\xfe", b"[" * 9000,
        b'{"type": "payment.succeeded", "payment": {"id": 1, "reference": 2, "amount": 3, "currency": 4, "paid_at": 5}}',
        message("PAY-1", "1e3", "EUR"), message("PAY-1", "-5", "EUR"), message("PAY-1", "NaN", "EUR"), message("PAY-1", "5", "eur"),
        message("PAY-\x00", "5", "EUR"), message("PAY-\ud800", "5", "EUR"), b'{"type": "payment.created"}',
    ],
)  # fmt: skip
def test_signed_nonsense_is_kept_and_does_nothing(body):
    assert deliver(Sending(body, signature(body, SECRET))).status_code == 200
    sweep_callbacks()
    assert ProviderCallback.objects.get().status in {CallbackStatus.IGNORED, CallbackStatus.UNMATCHED}
    assert not OrderPayment.objects.exists()


@pytest.mark.django_db
def test_get_and_giants_are_refused():
    assert Client().get("/hooks/payments/").status_code == 405
    body = b" " * (64 * 1024 + 1)
    assert deliver(Sending(body, signature(body, SECRET))).status_code == 413


@pytest.mark.django_db
def test_a_thousand_replays_have_one_effect():
    """C8: shuffled with the callback of another order, before and after the work was done."""
    one, other = order(), order()
    bodies = [message(thing.payment_reference, f"{thing.total:.2f}", "EUR") for thing in (one, other)]
    deliveries = bodies * 500
    random.Random(8).shuffle(deliveries)
    for number, body in enumerate(deliveries):
        assert deliver(Sending(body, signature(body, SECRET))).status_code == 200
        if number in (3, 500):
            sweep_callbacks()
    sweep_callbacks()

    for thing in (one, other):
        thing.refresh_from_db()
        assert (thing.status, thing.payments.count(), thing.refunds.count()) == (OrderStatus.PAID, 1, 0)
        actions = AuditEvent.objects.filter(subject_reference=thing.reference).values_list("action", flat=True)
        assert sorted(actions) == ["orders.created", "orders.paid", "orders.payment_received"]


@pytest.mark.django_db(transaction=True)
def test_the_same_callback_in_parallel_has_one_effect():
    """C8: ten copies at the same moment, before the first one's commit."""
    one = order()
    body = message(one.payment_reference, f"{one.total:.2f}", "EUR")
    start, statuses = threading.Barrier(10), []

    def send():
        start.wait()
        statuses.append(deliver(Sending(body, signature(body, SECRET))).status_code)
        sweep_callbacks()
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sweep_callbacks()

    one.refresh_from_db()
    assert statuses == [200] * 10
    assert (one.status, one.payments.count(), one.refunds.count()) == (OrderStatus.PAID, 1, 0)
    assert AuditEvent.objects.filter(subject_reference=one.reference, action="orders.paid").count() == 1
