"""Lists over one and ten million rows (UIX-01): whole requests beside a bare page, their queries beside the raw one.

Everything that a person may switch on is on: columns of one's own, a view that is shown and stands in the navigation.

Both sizes and their limits are measured in turn within each round, so that the growth from one to the other is a ratio too.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import clear_url_caches, set_urlconf
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import sign_in, user
from bench.harness import Run, bench
from bench.order_data import COMMON, RARE, orders
from kit.models import SavedView
from kit.paging import encode_cursor
from kit.saved.choices import choose_columns
from kit.saved.places import place_of
from kit.saved.service import pin_view, save_view
from orders.issuer.views import OrderList
from orders.models import Order

RAW = (
    "SELECT o.*, c.*, a.*, e.*, w.* FROM orders_order o JOIN clients_client c ON c.id = o.client_id JOIN assets_asset a ON a.id = o.asset_id"
    " JOIN assets_asset e ON e.id = o.currency_id JOIN wallets_wallet w ON w.id = o.wallet_id"
    " ORDER BY o.created_at DESC, o.id DESC LIMIT 51"
)
PAGES = {
    "first page": "",
    "deep in the middle": "after={middle}",
    "last page": "last=1",
    "one filter": "status=on_hold",
    "two filters": "status=on_hold&created_at_to=2024-06-05",
    "rare search": f"client={RARE}",
    "common search": f"client={COMMON}",
}
MOST_STATEMENTS = 6


@dataclass
class Site:
    """The back office on one of the filled databases, a person signed in."""

    run: Run
    size: int
    database: str
    browser: Client = field(init=False)
    middle: str = field(init=False)
    view: str = field(init=False)

    def __post_init__(self) -> None:
        self.run.point_django_at(self.database)
        person = User.objects.first() or user()
        self.browser = sign_in(person)
        self.view = everything_on(person)
        order = Order.objects.get(pk=self.size // 2)
        self.middle = encode_cursor([order.created_at, order.pk])

    @property
    def name(self) -> str:
        return f"{self.size // 1_000_000} M" if self.size >= 1_000_000 else f"{self.size // 1000} k"

    def get(self, address: str) -> Any:
        response = self.browser.get(address, headers={"host": "localhost"})
        assert response.status_code == 200, (address, response.status_code)
        return response

    def address(self, query: str) -> str:
        return f"/orders/?{query.format(middle=self.middle)}&view={self.view}"

    def measure(self, query: str) -> tuple[float, ...]:
        """Medians in milliseconds: our page, the bare page, our queries for rows and count, the raw query."""
        self.run.point_django_at(self.database)
        address = self.address(query)
        return tuple(
            self.median(work)
            for work in (
                lambda: clock(self.get, address),
                lambda: clock(self.get, "/bare/"),
                lambda: self.in_database(address),
                lambda: clock(raw_query),
            )
        )

    def median(self, work: Callable[[], float]) -> float:
        """Of what fits into a tenth of the round, at least three, after one that warms up."""
        work()
        deadline, found = time.perf_counter() + self.run.seconds / 10, [work(), work()]
        while len(found) < 3 or time.perf_counter() < deadline:
            found.append(work())
        return statistics.median(found)

    def in_database(self, address: str) -> float:
        """Milliseconds that the list's rows and count take, the person's session and rights aside."""
        took = 0.0

        def timed(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            nonlocal took
            started = time.perf_counter()
            result = execute(sql, params, many, context)
            if "orders_order" in sql:
                took += (time.perf_counter() - started) * 1000
            return result

        with connection.execute_wrapper(timed):
            self.get(address)
        return took

    def statements(self, query: str) -> int:
        self.run.point_django_at(self.database)
        self.get(self.address(query))  # once a minute a session notes that it lives, every few seconds settings are read anew
        with CaptureQueriesContext(connection) as captured:
            self.get(self.address(query))
        return len(captured)


def everything_on(person: User) -> str:
    """The same columns in an order of the person's own, and a view that is pinned. The view's reference."""
    place, now = place_of(OrderList.list_name()), timezone.now()
    assert place is not None
    first, *others = [column.name for column in OrderList.columns if not column.hidden]
    choose_columns(place=place, columns=[first, *reversed(others)], actor=person)
    view = SavedView.objects.filter(owner=person).first()
    if view is None:
        view = save_view(list_name=OrderList.list_name(), name="On hold", query="status=on_hold", actor=person, now=now)
    pin_view(view=view, pinned=True, actor=person, now=now)
    return view.reference


def clock(work: Callable[..., Any], *arguments: Any) -> float:
    started = time.perf_counter()
    work(*arguments)
    return (time.perf_counter() - started) * 1000


def raw_query() -> None:
    with connection.cursor() as cursor:
        cursor.execute(RAW)
        cursor.fetchall()


@bench("lists")
def lists(run: Run) -> None:
    settings.ROOT_URLCONF = "bench.bare"
    clear_url_caches()
    set_urlconf(None)
    sizes = (30_000, 300_000) if run.quick else (1_000_000, 10_000_000)
    small, large = (Site(run, size, run.filled(f"orders_{size}", orders(size), keep=True)) for size in sizes)
    for kind, query in PAGES.items():
        contenders = {site.name: lambda site=site, query=query: site.measure(query) for site in (small, large)}
        rounds = run.alternate(contenders)
        for site in (small, large):
            ours, bare, queries, raw = (list(figures) for figures in zip(*rounds[site.name], strict=True))
            run.note(f"{kind}, {site.name}", ours=ours, limit=bare, limit_name="bare page of 50 rows", unit="ms", at_most=3)
            run.note(f"{kind}, {site.name}: queries", ours=queries, limit=raw, limit_name="raw query of 51 rows", unit="ms", at_most=3)
        growth = [[one[0] for one in rounds[site.name]] for site in (large, small)]
        run.note(
            f"{kind}: {large.name} to {small.name}", ours=growth[0], limit=growth[1], limit_name=small.name, unit="ms", at_most=1.5
        )  # fmt: skip
    most = max(site.statements(query) for site in (small, large) for query in PAGES.values())
    run.note("statements of a list, at most", ours=[most], unit="", at_most=MOST_STATEMENTS)
    run.note("HTML of 50 rows", ours=[len(large.get(large.address("")).content) / 1000], unit="kB", at_most=60)
