"""Lists over one and ten million rows (UIX-01): whole requests beside a bare page, their queries beside the raw one."""

import statistics
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import clear_url_caches, set_urlconf

from accounts.models import User
from accounts.tests.factories import sign_in, user
from bench.harness import Run, bench
from bench.order_data import COMMON, RARE, orders

REQUESTS = 12  # in a round, after one to warm up
RAW = (
    "SELECT o.*, c.*, a.*, e.*, w.* FROM orders_order o JOIN clients_client c ON c.id = o.client_id JOIN assets_asset a ON a.id = o.asset_id"
    " JOIN assets_asset e ON e.id = o.currency_id JOIN wallets_wallet w ON w.id = o.wallet_id"
    " ORDER BY o.created_at DESC, o.id DESC LIMIT 51"
)
PAGES = {
    "first page": "",
    "last page": "last=1",
    "one filter": "status=on_hold",
    "two filters": "status=on_hold&created_at_to=2024-06-05",
    "rare search": f"client={RARE}",
    "common search": f"client={COMMON}",
}


def milliseconds(work: Callable[[], Any], times: int) -> float:
    """The median of so many runs, after one that warms up."""
    work()
    took = []
    for _time in range(times):
        started = time.perf_counter()
        work()
        took.append((time.perf_counter() - started) * 1000)
    return statistics.median(took)


def page(browser: Client, address: str) -> Any:
    response = browser.get(address, headers={"host": "localhost"})
    assert response.status_code == 200, (address, response.status_code)
    return response


def query_time(browser: Client, address: str, times: int) -> float:
    """Milliseconds in the database for the list's rows and count, the person's session and rights aside."""
    page(browser, address)
    totals = []
    for _time in range(times):
        took: list[float] = []

        def timed(execute: Any, sql: str, params: Any, many: bool, context: Any, took: list[float] = took) -> Any:
            started = time.perf_counter()
            result = execute(sql, params, many, context)
            if "orders_order" in sql:
                took.append((time.perf_counter() - started) * 1000)
            return result

        with connection.execute_wrapper(timed):
            page(browser, address)
        totals.append(sum(took))
    return statistics.median(totals)


def raw_query() -> None:
    with connection.cursor() as cursor:
        cursor.execute(RAW)
        cursor.fetchall()


def middle(browser: Client, rows: int) -> str:
    """The address of a page deep in the middle: the one after the row that a reference names."""
    from kit.paging import encode_cursor  # noqa: PLC0415 - Django is set up by now
    from orders.models import Order  # noqa: PLC0415

    order = Order.objects.get(pk=rows // 2)
    return f"after={encode_cursor([order.created_at, order.pk])}"


@bench("lists")
def lists(run: Run) -> None:
    sizes = (100_000, 1_000_000) if run.quick else (1_000_000, 10_000_000)
    rounds, times = (3, 5) if run.quick else (5, REQUESTS)
    medians: dict[str, list[float]] = {}
    for size in sizes:
        with run.database(f"orders_{size}", orders(size), keep=True):
            settings.ROOT_URLCONF = "bench.bare"
            clear_url_caches()
            set_urlconf(None)
            measure(run, sign_in(User.objects.first() or user()), size, rounds=rounds, times=times, medians=medians)
    for kind, (small, large) in medians.items():
        run.note(f"{kind}: ten times the rows", ours=[large], limit=[small], limit_name="the smaller table", unit="ms", at_most=1.5)


def measure(run: Run, browser: Client, size: int, *, rounds: int, times: int, medians: dict[str, list[float]]) -> None:
    name = f"{size // 1_000_000} M" if size >= 1_000_000 else f"{size // 1000} k"

    def both(kind: str, address: str) -> None:
        whole = run.race(
            f"{kind}, {name}",
            ours=lambda: milliseconds(lambda: page(browser, address), times),
            limit=lambda: milliseconds(lambda: page(browser, "/bare/"), times),
            limit_name="bare page of the same rows", unit="ms", at_most=3, rounds=rounds,
        )  # fmt: skip
        run.race(
            f"{kind}, {name}: queries",
            ours=lambda: query_time(browser, address, times),
            limit=lambda: milliseconds(raw_query, times),
            limit_name="the raw query of 51 rows", unit="ms", at_most=3, rounds=rounds,
        )  # fmt: skip
        medians.setdefault(kind, []).append(statistics.median(whole.ours))

    for kind, query in (PAGES | {"deep in the middle": middle(browser, size)}).items():
        both(kind, f"/orders/?{query}")
    run.note(f"HTML of 50 rows, {name}", ours=[len(page(browser, "/orders/").content) / 1000], unit="kB")
