"""What a check reads doesn't grow with a client's history (DESIGN 4.1): counted in pages of the database, not in time."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from ledger.tests.factories import make_asset, make_wallet
from ledger.tests.owner import owner
from tiers.tests.limits import ask, limit, threshold

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 11, 1, tzinfo=UTC)
HISTORY = """
INSERT INTO ledger_entry (operation_id, is_credit, wallet_id, asset_id, client_id, type, quantity, at, running_quantity, running_count)
SELECT %(first)s + n, false, %(wallet)s, %(asset)s, %(client)s, (ARRAY['payment', 'p2p_transfer', 'resell'])[1 + n %% 3], -1,
       %(now)s - (%(number)s - n) * interval '1 hour', 1 + n / 3, 1 + n / 3
FROM generate_series(0, %(number)s - 1) AS n
"""
SIZES = (100, 10_000)


@pytest.fixture
def histories():
    """Two clients with so many operations each, written as the owner: posting ten thousand would take minutes."""
    asset = make_asset()
    everyday = limit(name="Everyday")
    for amount, days, types in ((10, 365, []), (20, 365, ["payment"]), (30, 30, ["p2p_transfer", "payment"]), (40, 1, [])):
        threshold(everyday, asset, Decimal(1_000_000 + amount), period_days=days, types=types)
    threshold(everyday, asset, 1_000_000)
    wallets = [make_wallet() for _size in SIZES]
    with owner() as admin:
        admin.execute("ALTER TABLE ledger_entry DISABLE TRIGGER USER")
        for number, wallet in zip(SIZES, wallets, strict=True):
            values = {"first": 10_000_000 + number * 10, "wallet": wallet.pk, "client": wallet.client_id, "asset": asset.pk}
            admin.execute(HISTORY, values | {"number": number, "now": NOW})
        admin.execute("ALTER TABLE ledger_entry ENABLE TRIGGER USER")
        admin.execute("ANALYZE ledger_entry")
    return asset, wallets


def read_pages(wallet, asset):
    """Pages touched by the statement, its plan being made already."""
    one = ask(wallet.client, asset, 1)
    measure = "SELECT * FROM tiers_measure(ARRAY[%s]::bigint[], ARRAY[%s]::bigint[], ARRAY[false], ARRAY[%s], %s, %s, false)"
    with connection.cursor() as cursor:
        for _time in range(2):
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {measure}", [one.client_id, one.asset_id, "payment", NOW, 24])
            (plan,) = cursor.fetchone()
    (found,) = json.loads(plan) if isinstance(plan, str) else plan
    top = found["Plan"]
    assert top["Actual Rows"] == 5
    return top["Shared Hit Blocks"] + top["Shared Read Blocks"]


@pytest.mark.spec("LIM-08")
def test_a_hundred_times_the_history_costs_no_more_pages(histories):
    asset, (small, large) = histories
    few, many = read_pages(small, asset), read_pages(large, asset)
    # An index of ten thousand is a level higher than one of a hundred, each probe reads one page more.
    assert many <= few * 1.5
    assert many < 120


@pytest.mark.spec("LIM-08")
def test_windows_over_a_long_history_are_exact(histories):
    from tiers.services.limits import check  # noqa: PLC0415 - after the fixture's entries

    asset, (_small, large) = histories
    looks = check(asks=[ask(large.client, asset, 1)], now=NOW + timedelta(seconds=1)).looks
    used = {(look.days, look.types): look.used for look in looks if look.days}
    assert used[1, ()] == 24 - 1  # the oldest of those of the last 24 hours is a second too old
    assert used[365, ()] == 365 * 24 - 1
    assert used[365, ("payment",)] == pytest.approx(365 * 24 / 3, abs=1)
