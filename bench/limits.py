"""The limit check beside a bare round trip (LIM-07, LIM-08): five rules in one query, two of them over 365 days, for a client with a
hundred operations and one with ten thousand, among millions.

Each time in a transaction of its own that holds the client's lock already: opening one, and the lock, are what every posting pays.
The bounds are on the query; what Python makes of its rows is reported beside it. The entries are made by SQL: they carry the
running totals that posting would have written.
"""

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import psycopg
from django.db import transaction

from assets.enums import AssetKind
from bench._assets import add_asset
from bench.harness import Run, bench
from bench.order_data import bare, load
from core.prepared import prepared
from ledger.enums import OperationType
from tiers.services.limits import Ask, check, check_many
from tiers.services.limits.check import MEASURE

SMALL, LARGE, BATCH = 100, 10_000, 500
FEW, MANY = 300_000, 10_000_000
NOW = datetime(2026, 11, 1, tzinfo=UTC)
CLIENT_OF = {LARGE: 1, SMALL: 2}  # all others have SMALL too
LOCK = "SELECT FROM clients_client WHERE id IN (1, 2) ORDER BY id FOR NO KEY UPDATE"
CLIENT_ROWS = """
SELECT n::bigint AS id, 'CLI-' || lpad(upper(to_hex(n)), 8, '0') AS reference, 'person' AS type, 'active' AS status,
    'client' || n || '@example.com' AS email, '' AS phone, 'Name' AS first_name, 'Surname' AS last_name, '' AS company_name,
    '' AS registration_number, 'en' AS language, 2::smallint AS verification_level, false AS is_test, TIMESTAMPTZ '2024-01-01' AS created_at
FROM generate_series(1, {clients}) n
"""
WALLET_ROWS = """
SELECT (n + 1000)::bigint AS id, 'WAL-' || lpad(upper(to_hex(n)), 8, '0') AS reference, gen_random_uuid() AS uuid, '' AS name,
    'client' AS owner_type, n::bigint AS client_id, '0x' || substr(encode(sha256(n::text::bytea), 'hex'), 1, 40) AS address,
    'create2-v1' AS address_scheme, 'open' AS status, false AS is_hot, false AS is_test, TIMESTAMPTZ '2024-01-01' AS created_at
FROM generate_series(1, {clients}) n
"""
# The k-th of a client's `number` entries, spread over 500 days: every fourth of a type, a purchase is a credit.
ENTRY_ROWS = """
SELECT {first} + n AS operation_id, k % 4 = 2 AS is_credit, 1000 + client AS wallet_id, 1::bigint AS asset_id, client AS client_id,
    (ARRAY['p2p_transfer', 'payment', 'purchase', 'resell'])[1 + k % 4] AS type, CASE WHEN k % 4 = 2 THEN 1 ELSE -1 END::numeric AS quantity,
    TIMESTAMPTZ '{now}' - ({number} - k) * (INTERVAL '500 days' / {number}) AS at, (k / 4 + 1)::numeric AS running_quantity,
    (k / 4 + 1)::bigint AS running_count
FROM (SELECT n, (n % {clients} + {first_client})::bigint AS client, n / {clients} AS k FROM generate_series(0::bigint, {number} * {clients} - 1) n) rows
"""
RULES = (
    ("send", 365, "{}", None),
    ("send", 365, "{payment,p2p_transfer}", None),
    ("send", 30, "{payment}", 5000),
    ("send", 1, "{}", None),
    ("send", None, "{}", None),
)


def filler(entries: int) -> Callable[[psycopg.Connection], None]:
    def fill(owner: psycopg.Connection) -> None:
        owner.execute("SET maintenance_work_mem = '1GB'; SET synchronous_commit = off")
        add_asset(owner, 1, "BENCH")
        add_asset(owner, 2, "EUR", kind=AssetKind.CURRENCY)
        owner.execute(
            "INSERT INTO assets_rate (asset_id, currency_id, rate, set_at, actor_type, actor_id, actor_label)"
            " VALUES (1, 2, 0.5, %s, 'system', 'bench', 'system:bench')",
            [NOW],
        )
        clients = entries // SMALL + 2
        owner.commit()
        load(owner, "clients_client", CLIENT_ROWS.format(clients=clients))
        load(owner, "wallets_wallet", WALLET_ROWS.format(clients=clients))
        owner.execute(
            "INSERT INTO tiers_limit (id, reference, name, description, is_active, client_type, level, edition, created_at)"
            " VALUES (1, 'LIM-00000000', 'Level 2', '', true, '', 2, gen_random_uuid(), %s)",
            [NOW],
        )
        for number, (rule, days, types, count) in enumerate(RULES):
            owner.execute(
                "INSERT INTO tiers_threshold (reference, limit_id, asset_id, currency_id, amount, types, rule, period_days, max_count, blocking, alert)"
                " VALUES (%s, 1, 1, %s, 1000000, %s, %s, %s, %s, true, true)",
                [f"THR-{number}", 2 if number % 2 else None, types, rule, days, count],
            )
        owner.commit()
        with bare(owner, "ledger_entry"):
            for first, number, first_client, own in ((10**9, LARGE, 1, 1), (1, SMALL, 2, clients - 1)):
                rows = ENTRY_ROWS.format(first=first, number=number, first_client=first_client, clients=own, now=NOW.isoformat())
                load(owner, "ledger_entry", rows)

    return fill


@bench("limits")
def limits(run: Run) -> None:
    entries = FEW if run.quick else MANY
    times = 100 if run.quick else 400
    with run.database(f"limits_{entries}", filler(entries), keep=True):
        asked = {size: lambda size=size: median_of(times, lambda: query(CLIENT_OF[size])) for size in CLIENT_OF}
        assert len(check(asks=[payment(1)], now=NOW).looks) == len(RULES)
        bare_trip: dict[str, Any] = {"limit": lambda: median_of(times, round_trip), "limit_name": "bare round trip", "unit": "ms"}
        for size, ours in asked.items():
            run.race(f"five rules in one query, {size:,} operations", ours=ours, **bare_trip, at_most=4)
        run.race(f"{LARGE:,} operations", ours=asked[LARGE], limit=asked[SMALL], limit_name=f"{SMALL} operations", unit="ms", at_most=1.5)
        run.race("the decision, in Python", ours=lambda: median_of(times, lambda: check(asks=[payment(1)], now=NOW)), **bare_trip)
        groups = [[payment(3 + number)] for number in range(BATCH)]
        batch = [median_of(3, lambda: check_many(groups=groups, now=NOW)) for _round in range(run.rounds)]
        run.note(f"decisions for a batch of {BATCH}", ours=batch, unit="ms")


def query(client: int) -> None:
    """One ask, as `measure` sends it."""
    with prepared() as cursor:
        cursor.execute(MEASURE, [f"{{{client}}}", "{1}", "{f}", "{payment}", NOW, 168, True])
        cursor.fetchall()


def payment(client: int) -> Ask:
    return Ask(client, 1000 + client, "send", OperationType.PAYMENT, 1, Decimal(1))


def round_trip() -> None:
    with prepared() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchall()


def median_of(times: int, step: Callable[[], object]) -> float:
    """Milliseconds of the step, each time in a transaction of its own, which isn't timed."""
    took = []
    for _time in range(times):
        with transaction.atomic(), prepared() as cursor:
            cursor.execute(LOCK)
            started = time.perf_counter()
            step()
            took.append(time.perf_counter() - started)
    return statistics.median(took) * 1000
