"""Real commits, real connections, real faults: what holds when many post at once (LED-03, LED-08; C1, C3, C5, C10)."""

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, Error, connection, transaction
from django.utils import timezone

from core.errors import DomainError
from ledger.enums import OperationType
from ledger.models import Balance, Entry, Group, Operation, PendingCredit
from ledger.services.posting import Batch, Cause, Move, available, post, post_many, release, reserve
from ledger.services.proof import prove
from ledger.services.refusals import InsufficientBalance
from ledger.services.settling import settle
from ledger.tests.factories import ACTOR, buy, issuer_of, make_asset, make_wallet, move
from ledger.tests.owner import owner
from wallets.enums import WalletOwner
from wallets.models import Wallet

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal


def at_once(work: Sequence[Callable[[], Any]]) -> list[Any]:
    """Every piece of work in a thread with its own connection, all let go at one moment; results or the errors raised."""
    gate = threading.Barrier(len(work))

    def run(piece: Callable[[], Any]) -> Any:
        try:
            gate.wait(timeout=30)
            return piece()
        except (DomainError, DatabaseError) as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(run, work))


def assert_sound() -> None:
    settle()
    proof = prove()
    assert proof.holds, [str(fault) for fault in proof.faults]


@pytest.mark.spec("LED-03")
def test_the_same_key_twenty_times_at_once_posts_once():
    asset, anna = make_asset(issued=1000), make_wallet()
    results = at_once([lambda: move(OperationType.PURCHASE, asset, issuer_of(asset), anna, 7, key="order 9")] * 20)
    assert len({posted.operations for posted in results}) == 1
    assert sum(not posted.repeated for posted in results) == 1
    assert Balance.objects.get(wallet=anna).quantity == 7
    assert_sound()


@pytest.mark.spec("LED-02", "LED-08")
def test_parallel_payments_never_overdraw():
    asset, anna, shop = make_asset(issued=1000), make_wallet(), make_wallet(WalletOwner.ORGANISATION)
    buy(asset, anna, 100)
    results = at_once([lambda: move(OperationType.PAYMENT, asset, anna, shop, 9)] * 16)
    assert Counter(type(result).__name__ for result in results) == {"Posted": 11, "InsufficientBalance": 5}
    assert Balance.objects.get(wallet=anna).quantity == 1
    assert_sound()


@pytest.mark.spec("AST-10")
def test_parallel_credits_never_pass_the_maximum():
    asset, anna = make_asset(issued=1000, max_client_balance=100), make_wallet()
    results = at_once([lambda: buy(asset, anna, 30)] * 12)
    assert Counter(type(result).__name__ for result in results) == {"Posted": 3, "MaximumBalanceExceeded": 9}
    assert_sound()


@pytest.mark.spec("LED-02", "LED-08")
def test_a_hot_wallet_spends_only_what_has_come_in_while_credits_arrive_and_are_settled():
    asset, shop = make_asset(issued=10_000), make_wallet(WalletOwner.ORGANISATION)
    people = [make_wallet() for _ in range(4)]
    for person in people:
        buy(asset, person, 100)
    fees = make_wallet(WalletOwner.SYSTEM)
    pay = [lambda person=person: [move(OperationType.PAYMENT, asset, person, shop, 1) for _ in range(25)] for person in people]

    def spend() -> int:
        spent = 0
        for _ in range(60):
            try:
                move(OperationType.FEE, asset, shop, fees, 2)
                spent += 2
            except InsufficientBalance:
                continue
        return spent

    results = at_once([*pay, spend, spend, lambda: [settle() for _ in range(15)], lambda: [settle() for _ in range(15)]])
    assert not [result for result in results if isinstance(result, Exception)]
    settle()
    assert not PendingCredit.objects.exists()
    assert Balance.objects.get(wallet=shop, asset=asset).quantity == 100 - results[4] - results[5]
    assert_sound()


@pytest.mark.chaos
@pytest.mark.spec("LED-08")
def test_a_storm_among_five_wallets_deadlocks_nobody():
    """Groups of several moves in both directions, batches, reservations, on 16 connections: C10. `make chaos` takes the
    catalogue's 60 seconds; among all tests the first six are enough, since each has a hundred collisions."""
    asset = make_asset(issued=100_000, expiration_days=30)
    people, shops = [make_wallet() for _ in range(3)], [make_wallet(WalletOwner.ORGANISATION) for _ in range(2)]
    for person in people:
        for _ in range(3):
            buy(asset, person, 200)
    everybody = [*people, *shops]
    until = time.monotonic() + float(os.environ.get("STORM_SECONDS", "6"))
    refused = Counter()

    def one(chance: random.Random) -> Move:
        sender, receiver = chance.sample(everybody, 2)
        return Move(OperationType.MANUAL_TRANSFER, asset, sender, receiver, D(chance.randint(1, 9)))

    def storm(seed: int) -> int:
        chance, done = random.Random(seed), 0
        while time.monotonic() < until:
            now = timezone.now()
            try:
                match chance.randint(0, 3):
                    case 0:
                        post_many(groups=[Batch([one(chance)]) for _ in range(chance.randint(2, 6))], actor=ACTOR, now=now)
                    case 1:
                        purpose = Cause("storm", seed * 100_000 + done, "storm")
                        release(
                            reservation_id=reserve(wallet=chance.choice(everybody), asset=asset, quantity=D(3), purpose=purpose, now=now)
                        )
                    case _:
                        post(moves=[one(chance) for _ in range(chance.randint(1, 4))], actor=ACTOR, now=now)
                done += 1
            except InsufficientBalance:
                refused["insufficient"] += 1
        return done

    results = at_once([lambda seed=seed: storm(seed) for seed in range(16)])
    assert not [result for result in results if isinstance(result, Exception)], results
    assert min(results) > 0
    assert_sound()
    held = sum(Balance.objects.filter(wallet__in=everybody, asset=asset).values_list("quantity", flat=True))
    assert held == 1800


@pytest.mark.spec("LED-08")
def test_entries_of_a_wallet_are_in_the_order_of_their_commits():
    asset, anna, shop = make_asset(issued=10_000), make_wallet(), make_wallet(WalletOwner.ORGANISATION)
    buy(asset, anna, 1000)
    skewed = [timezone.now() - timedelta(seconds=number % 3) for number in range(12)]  # three hosts' clocks
    at_once([lambda now=now: [move(OperationType.PAYMENT, asset, anna, shop, 1, now=now) for _ in range(5)] for now in skewed])
    runs = Entry.objects.filter(wallet=anna, type="payment").order_by("at", "operation_id").values_list("running_quantity", flat=True)
    assert list(runs) == list(range(1, 61))
    assert Entry.objects.filter(at__gt=timezone.now()).count() == 0
    assert_sound()


@pytest.mark.spec("LED-08")
def test_a_hot_receiver_is_not_waited_for_and_a_client_is():
    """While one transaction holds the merchant's balance, another payment to it commits; one from the same client waits."""
    asset, shop = make_asset(issued=1000), make_wallet(WalletOwner.ORGANISATION)
    anna, bert = make_wallet(), make_wallet()
    for person in (anna, bert):
        buy(asset, person, 10)
    move(OperationType.PAYMENT, asset, anna, shop, 5)
    with transaction.atomic():
        move(OperationType.FEE, asset, shop, make_wallet(WalletOwner.SYSTEM), 1)  # holds the merchant's balance until commit
        (paid,) = at_once([lambda: move(OperationType.PAYMENT, asset, bert, shop, 5)])
        assert paid.operations[0].refused_reason is None

    def impatient() -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '300ms'")
        return move(OperationType.PAYMENT, asset, anna, shop, 1)

    with transaction.atomic():
        move(OperationType.PAYMENT, asset, anna, shop, 1)
        (waited,) = at_once([impatient])
    assert isinstance(waited, DatabaseError)
    assert_sound()


@pytest.mark.spec("LED-01")
def test_a_connection_killed_while_it_posts_leaves_nothing_half_done():
    """C5: backends are terminated at random moments while eight threads post groups of three."""
    asset, anna, shop = make_asset(issued=100_000, expiration_days=5), make_wallet(), make_wallet(WalletOwner.ORGANISATION)
    buy(asset, anna, 90_000)  # more than fast threads spend meanwhile
    before, stop = Group.objects.count(), threading.Event()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (own,) = cursor.fetchone()

    def work() -> int:
        done = 0
        while not stop.is_set():
            pay = Move(OperationType.PAYMENT, asset, anna, shop, D(3))
            fee = Move(OperationType.FEE, asset, shop, issuer, D(1))
            try:
                post(moves=[pay, fee, pay], actor=ACTOR, now=timezone.now())
                done += 1
            except Error:  # the connection is gone, at whatever step it was
                connection.close()
        return done

    issuer: Wallet = issuer_of(asset)

    def kill() -> int:
        killed, ends = 0, time.monotonic() + 4
        with owner() as admin:
            admin.execute("SELECT 1")
            while time.monotonic() < ends:
                time.sleep(0.05)
                row = admin.execute(
                    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND usename <> current_user AND pid <> %s"
                    " ORDER BY random() LIMIT 1",
                    [own],
                ).fetchone()
                if row:
                    try:
                        killed += admin.execute("SELECT pg_terminate_backend(%s)", row).fetchone()[0]
                    except psycopg.Error:
                        continue
        stop.set()
        return killed

    *done, killed = at_once([*[work] * 6, kill])
    assert killed > 5
    made = Group.objects.count() - before
    assert sum(done) <= made <= sum(done) + killed  # a commit may have gone through though its answer was lost
    assert Operation.objects.filter(group_id__gt=before).count() >= 3 * sum(done)
    assert Operation.objects.filter(type="payment").count() == 2 * Operation.objects.filter(type="fee").count()
    assert available(anna, asset, now=timezone.now()) == 90_000 - 6 * made
    assert_sound()
