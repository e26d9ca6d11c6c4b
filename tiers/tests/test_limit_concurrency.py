"""Two at once can't pass a threshold together (LIM-07): real connections, real commits, through check and posting in one transaction."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.utils import timezone

from ledger.enums import OperationType
from ledger.models import Entry
from ledger.services.posting import Move, post
from ledger.tests.factories import ACTOR, buy, make_asset, make_wallet
from tiers.services.limits import Ask, LimitExceeded, check
from tiers.tests.limits import limit, threshold
from wallets.enums import WalletOwner

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal
AT_ONCE = 20
ROUNDS = int(os.environ.get("LIMIT_ROUNDS", "12"))  # 100 with LIMIT_ROUNDS=100: the suite does fewer


def limited(kind, asset, sender, receiver, quantity):
    """What every movement does: ask the limits of both sides, then post."""
    now = timezone.now()
    sides = ((sender, "send"), (receiver, "receive"))
    asks = [Ask(wallet.client_id, wallet.pk, direction, kind, asset.pk, quantity) for wallet, direction in sides if wallet.client_id]
    with transaction.atomic(durable=True):
        decision = check(asks=asks, now=now)
        if decision.refusal:
            raise decision.refusal
        post(moves=[Move(kind, asset, sender, receiver, quantity)], actor=ACTOR, now=now)


def rounds(number, workers, work):
    """`work(round, worker)` by so many threads, each with a connection of its own, let go together in every round."""
    gate = threading.Barrier(workers)

    def life(worker):
        results = []
        try:
            for one in range(number):
                gate.wait(timeout=60)
                try:
                    work(one, worker)
                    results.append(True)
                except LimitExceeded:
                    results.append(False)
        except BaseException:
            gate.abort()
            raise
        finally:
            connection.close()
        return results

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(life, range(workers)))


@pytest.mark.spec("LIM-07")
def test_twenty_at_once_from_two_wallets_of_one_client_never_pass_a_threshold_together():
    asset, shop = make_asset(issued=1_000_000), make_wallet(WalletOwner.ORGANISATION)
    everyday = limit(name="Everyday")
    threshold(everyday, asset, 100, period_days=30)
    threshold(everyday, asset, 100, period_days=365, types=["payment"], max_count=9)
    pairs = []
    for _round in range(ROUNDS):
        first = make_wallet()
        pairs.append((first, make_wallet(client=first.client)))
        for wallet in pairs[-1]:
            buy(asset, wallet, 500)

    results = rounds(
        ROUNDS, AT_ONCE, lambda one, worker: limited(OperationType.PAYMENT, asset, pairs[one][worker % 2], shop, D(11 if worker % 5 else 7))
    )
    for one, (first, _second) in enumerate(pairs):
        spent = list(Entry.objects.filter(client=first.client, is_credit=False).values_list("quantity", flat=True))
        assert -sum(spent) <= 100
        assert len(spent) == sum(result[one] for result in results) <= 9
        assert -sum(spent) > 100 - 11 or len(spent) == 9  # what would have fitted was let through


@pytest.mark.spec("LIM-07")
def test_clients_who_send_to_each_other_at_once_deadlock_nobody_and_keep_both_limits():
    asset = make_asset(issued=1_000_000)
    everyday = limit(name="Everyday")
    threshold(everyday, asset, 60, period_days=1)
    threshold(everyday, asset, 1020, "balance")
    anna, bert = make_wallet(), make_wallet()
    for wallet in (anna, bert):
        buy(asset, wallet, 1000)
    ways = ((anna, bert), (bert, anna))
    rounds(6, 8, lambda one, worker: limited(OperationType.P2P_TRANSFER, asset, *ways[worker % 2], D(5)))
    for wallet in (anna, bert):
        entries = Entry.objects.filter(client=wallet.client, type=OperationType.P2P_TRANSFER).order_by("at", "operation_id")
        sent = -sum(entry.quantity for entry in entries if not entry.is_credit)
        assert 0 < sent <= 60
        held = D(1000)
        for entry in entries:
            held += entry.quantity
            assert held <= 1020
