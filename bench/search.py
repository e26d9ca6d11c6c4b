"""The global search over ten million references (UIX-04): whole requests of the palette, the sign-in's own statements included."""

import statistics
import time

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import clear_url_caches, set_urlconf

from accounts.models import User
from accounts.tests.factories import sign_in, user
from bench.harness import Run, bench
from bench.order_data import COMMON, RARE, orders
from clients.models import Client as EndUser
from orders.models import Order
from wallets.models import Wallet

PALETTE = {"host": "localhost", "HX-Request": "true", "HX-Target": "palette-found"}
AT_MOST_MS = 50
MOST_STATEMENTS = 6


def questions(size: int) -> dict[str, str]:
    """What is typed: each finds something, but the last three."""
    order = Order.objects.get(pk=size // 2)
    client = EndUser.objects.get(pk=size // 50)
    wallet = Wallet.objects.filter(client=client)[0]
    return {
        "an order's reference": order.reference,
        "a payment's reference": order.payment_reference,
        "the beginning of a reference": order.reference[:8],
        "a client's reference": client.reference,
        "an address": wallet.address,
        "a fragment of an address": wallet.address[12:22],
        "four characters of an address": f"0x{wallet.address[20:22]}",
        "an e-mail address": client.email,
        "a phone number": client.phone,
        "a rare name": RARE,
        "a common name": COMMON,
        "a common name and a rare one": f"{RARE} {COMMON[:3]}",
        "a part that every client has": "example.com",
        "a transaction's hash": "0x" + "3f" * 32,
        "a reference that is nobody's": "ORD-ZZZZZZZZ",
        "a name that nobody has": "Xqzywvu",
    }


def ask(browser: Client, text: str) -> float:
    started = time.perf_counter()
    response = browser.get("/search/", {"q": text}, headers=PALETTE)
    assert response.status_code == 200, (text, response.status_code)
    return (time.perf_counter() - started) * 1000


@bench("search")
def search(run: Run) -> None:
    settings.ROOT_URLCONF = "backoffice.urls"
    clear_url_caches()
    set_urlconf(None)
    size = 300_000 if run.quick else 10_000_000
    run.point_django_at(run.filled(f"orders_{size}", orders(size), keep=True))
    browser = sign_in(User.objects.first() or user())
    most = 0
    for kind, text in questions(size).items():
        ask(browser, text)
        rounds = []
        for _round in range(run.rounds):
            deadline, took = time.perf_counter() + run.seconds / 10, [ask(browser, text)]
            while time.perf_counter() < deadline:
                took.append(ask(browser, text))
            rounds.append(statistics.median(took))
        run.note(kind, ours=rounds, unit="ms", at_most=AT_MOST_MS)
        with CaptureQueriesContext(connection) as captured:
            ask(browser, text)
        most = max(most, len(captured))
    run.note("statements of a search, at most", ours=[most], unit="", at_most=MOST_STATEMENTS)
