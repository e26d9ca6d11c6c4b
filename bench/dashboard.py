"""The issuer's first page over ten million operations: the first request after a restart, then warm ones (DSH-05).

PostgreSQL and gunicorn are restarted for every round, so that nothing is in their memory; the operating system keeps what it has read.
"""

import contextlib
import http.client
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import psycopg
from django.conf import settings
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.tests.factories import sign_in, user
from backoffice.stack import anvil
from backoffice.stack.environment import BASE_DIR
from bench._assets import add_asset
from bench.harness import Run, bench
from bench.order_data import bare, load, orders

FIRST, WARM = 300, 80  # milliseconds
ASSETS, FIRST_ASSET = 12, 100
TYPES = ("purchase", "payment", "p2p_transfer", "fee", "refund", "manual_transfer")
PERIODS = ("24h", "7d", "30d", "12m")
WORKERS = 2
WARM_REQUESTS = 20

# Two and a half years of operations up to now.
OPERATION_ROWS = """
SELECT n AS id, 'TXN-' || lpad(n::text, 12, '0') AS reference, n AS group_id, (ARRAY{types})[1 + n * 31 % {number_of_types}] AS type, 'posted' AS status,
    '' AS refused_reason, {first_asset} + n * 7919 % {assets} AS asset_id, 1 + n % 9000 + 0.25 AS quantity, 1 + n % 1000 AS sender_id,
    2001 + n % 1000 AS receiver_id, 0::bigint AS count_debit, 0::bigint AS count_credit, 'system' AS actor_type, 'bench' AS actor_id,
    'system:bench' AS actor_label, '' AS comment, '' AS cause_type, '' AS cause_reference, false AS is_test,
    now() - INTERVAL '912 days' * (({operations} - n)::float8 / {operations}) AS posted_at, '\\x00'::bytea AS salt
FROM generate_series(1::bigint, {operations}) n
"""
FIGURES = """
INSERT INTO ledger_{unit}figure (asset_id, type, {moment}, quantity, count)
SELECT asset_id, type, date_trunc('{moment}', posted_at, 'UTC'), sum(quantity), count(*) FROM ledger_operation GROUP BY 1, 2, 3
"""
LIFECYCLE = """
INSERT INTO clients_lifecyclefigure (type, hour, count)
SELECT happened, date_trunc('hour', created_at, 'UTC'), count(*) FROM clients_client CROSS JOIN (VALUES ('signed_up'), ('activated')) AS t (happened)
GROUP BY 1, 2
"""


def operations(number: int) -> Callable[[psycopg.Connection], None]:
    """So many operations of twelve assets, with their figures, beside a tenth as many orders and their clients."""

    def fill(owner: psycopg.Connection) -> None:
        orders(number // 10)(owner)
        for place in range(ASSETS):
            add_asset(owner, FIRST_ASSET + place, f"A{place:03}", name=f"Asset number {place}")
        owner.commit()
        names = {"operations": number, "types": list(TYPES), "number_of_types": len(TYPES), "first_asset": FIRST_ASSET, "assets": ASSETS}
        with bare(owner, "ledger_operation"):
            load(owner, "ledger_operation", OPERATION_ROWS.format(**names))
        for unit, moment in (("hourly", "hour"), ("daily", "day")):
            owner.execute(FIGURES.format(unit=unit, moment=moment))
        owner.execute(LIFECYCLE)

    return fill


@contextlib.contextmanager
def gunicorn(run: Run, database: str, application: str = "backoffice.wsgi") -> Iterator[int]:
    """The web server as `make run` starts it, for the time of the block: its port."""
    port = anvil.free_port()
    environment = os.environ | run.stack.environment(database=database) | {"WEB_PROCESSES": str(WORKERS), "STATEMENT_TIMEOUT": "10s"}
    command = [sys.executable, "-m", "gunicorn", application, "--config", "python:backoffice.gunicorn", "--bind", f"127.0.0.1:{port}"]
    process = subprocess.Popen(command, cwd=BASE_DIR, env=environment)
    try:
        deadline = time.monotonic() + 60
        while not alive(port) and time.monotonic() < deadline:
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait()


def alive(port: int) -> bool:
    try:
        return ask(port, "/healthz/live", "")[1] == 200
    except OSError:
        return False


def ask(port: int, address: str, cookie: str) -> tuple[float, int]:
    """(milliseconds, status) of one request over a connection of its own."""
    started = time.perf_counter()
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    line.request("GET", address, headers={"Host": "localhost", "Cookie": cookie, "Accept": "text/html"})
    answer = line.getresponse()
    answer.read()
    line.close()
    return (time.perf_counter() - started) * 1000, answer.status


def page(port: int, address: str, cookie: str) -> float:
    took, status = ask(port, address, cookie)
    if status != 200:
        raise RuntimeError(f"{address} answered {status}")
    return took


def restart(run: Run) -> None:
    connections.close_all()
    run.stack.postgres.stop()
    run.stack.postgres.start()


@bench("dashboard")
def dashboard(run: Run) -> None:
    number = 300_000 if run.quick else 10_000_000
    database = run.filled(f"operations_{number}", operations(number), keep=True)
    run.point_django_at(database)
    browser = sign_in(User.objects.first() or user())
    cookie = f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}"
    first: list[float] = []
    warm: dict[str, list[float]] = {period: [] for period in PERIODS}
    for _round in range(3 if run.quick else 5):
        restart(run)
        with gunicorn(run, database) as port:
            first.append(page(port, "/", cookie))
            for period in PERIODS:
                address = f"/?period={period}"
                for _each in range(2 * WORKERS):
                    page(port, address, cookie)
                warm[period].append(statistics.median(page(port, address, cookie) for _each in range(WARM_REQUESTS)))
    millions = f"{number:,} operations"
    run.note(f"first after a restart, {millions}", ours=first, unit="ms", at_most=FIRST)
    for period in PERIODS:
        run.note(f"then, {period}", ours=warm[period], unit="ms", at_most=WARM)
    run.note("statements", ours=[statements(run, database, browser)], unit="")


def statements(run: Run, database: str, browser: Client) -> float:
    run.point_django_at(database)
    with CaptureQueriesContext(connection) as captured:
        browser.get("/", headers={"host": "localhost"})
    return len(captured)
