"""Holds and transfers with real commits, many at once, and processes that die (LIM-07, LIM-09, LED-09; C1, C2, C3, C10)."""

import random
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum
from django.utils import timezone

from audit.services import IllegalTransition
from core import instance
from ledger.enums import OperationStatus, OperationType
from ledger.models import Balance, Operation
from ledger.tests.factories import make_asset
from ledger.tests.test_concurrency import assert_sound, at_once
from messaging.models import OutgoingMail
from tiers.tests.limits import limit
from transactions.enums import HoldStatus
from transactions.models import Hold
from transactions.services import holds, p2p
from transactions.tests.factories import HELD, TESTS, balance, held, member, quoted, reach

pytestmark = pytest.mark.django_db(transaction=True)


def transfers() -> list[Operation]:
    return list(Operation.objects.filter(type=OperationType.P2P_TRANSFER, status=OperationStatus.POSTED).order_by("id"))


@pytest.mark.spec("LIM-09")
def test_checked_again_twenty_times_at_once_each_goes_on_once_in_order():
    asset = make_asset(issued=1000)
    anna, ben = member(asset, "100"), member()
    arrived = [held(asset, anna, ben, str(quantity)) for quantity in (5, 4, 3, 2, 1)]
    reach(anna, 2)
    results = at_once([lambda: holds.recheck(client_id=anna.client_id, now=timezone.now())] * 20)
    assert not [result for result in results if isinstance(result, Exception)]
    assert [one.cause_reference for one in transfers()] == [hold.reference for hold in arrived]
    assert (balance(anna, asset), balance(ben, asset)) == ((85, 0), (15, 0))
    assert OutgoingMail.objects.filter(template="transactions.transfer_received").count() == 5
    assert_sound()


@pytest.mark.spec("LIM-09")
def test_killed_anywhere_nothing_is_posted_without_being_marked_and_the_next_run_ends_it():
    """Posting and mark are one transaction: whatever point a process dies at, both are there or neither."""
    asset = make_asset(issued=1000)
    ben = member()
    waiting = {held(asset, sender, ben, "10").pk: sender for sender in (member(asset, "10") for _ in range(40))}
    for sender in waiting.values():
        reach(sender, 2)
    ids = [str(sender.client_id) for sender in waiting.values()]
    ran = subprocess.run([sys.executable, "-m", "transactions.tests.doomed", *ids], capture_output=True, text=True, timeout=300, check=True)
    ends = ran.stdout.split()
    assert "-9" in ends
    assert ends[-1] == "0", "the work has more points than there were processes to die at each"
    posted = Counter(one.cause_id for one in transfers())
    for hold in Hold.objects.all():
        assert (hold.status == HoldStatus.POSTED) == (posted[hold.pk] == 1), hold.reference
    assert 0 < len(posted) < len(ids)
    for client_id in holds.clients_to_recheck():
        holds.recheck(client_id=client_id, now=timezone.now())
    assert Counter(one.cause_id for one in transfers()) == dict.fromkeys(waiting, 1)
    assert balance(ben, asset) == (400, 0)
    assert_sound()


@pytest.mark.spec("LIM-09")
def test_gone_on_cancelled_and_expired_at_once_one_of_them_happens():
    asset = make_asset(issued=1000)
    anna, ben = member(asset, "100"), member()
    rows = [held(asset, anna, ben, "10") for _ in range(6)]
    reach(anna, 2)
    late = timezone.now() + timedelta(days=31)
    work = [lambda: holds.expire_holds(now=late), lambda: holds.expire_holds(now=late)]
    work += [lambda: holds.recheck(client_id=anna.client_id, now=timezone.now())] * 2
    work += [lambda row=row: holds.cancel_hold(hold_id=row.pk, reason="Raced", actor=TESTS, now=timezone.now()) for row in rows]
    results = at_once(work)
    assert all(isinstance(result, (int, Hold, IllegalTransition)) for result in results), results
    statuses = Counter(Hold.objects.values_list("status", flat=True))
    assert statuses[HoldStatus.HELD] == 0
    gone = statuses[HoldStatus.POSTED] * 10
    assert (balance(anna, asset), balance(ben, asset)) == ((100 - gone, 0), (gone, 0))
    closed = OutgoingMail.objects.filter(template__in=["transactions.hold_cancelled", "transactions.hold_expired"])
    assert closed.count() == 6 - statuses[HoldStatus.POSTED]
    assert_sound()


@pytest.mark.spec("LIM-09")
def test_what_arrives_while_the_level_is_reached_is_not_forgotten():
    instance.assume(HELD)
    asset = make_asset(issued=1000)
    anna, ben = member(asset, "100"), member()
    quotes = [quoted(asset, anna, ben, "1") for _ in range(12)]

    def verified() -> None:
        reach(anna, 2)
        holds.recheck(client_id=anna.client_id, now=timezone.now())

    send = [lambda quote=quote: p2p.confirm_transfer(quote_id=quote.pk, actor=TESTS, now=timezone.now()) for quote in quotes]
    results = at_once([*send[:6], verified, *send[6:]])
    assert not [result for result in results if isinstance(result, Exception)]
    # Who looked at the level before it changed has held before it changed: the check that followed has seen it.
    assert not Hold.objects.filter(status=HoldStatus.HELD).exists()
    assert len(transfers()) == 12
    assert balance(ben, asset) == (12, 0)
    assert_sound()


@pytest.mark.spec("LED-09", "LIM-07", "LED-02")
def test_a_storm_among_five_clients_keeps_balances_and_limits():
    asset = make_asset(issued=1000)
    people = [member(asset, "40", level=2) for _ in range(5)]
    limit({"asset": asset, "amount": "60", "period_days": 30}, level=2, name="Sends")

    def send(seed: int) -> Counter[str]:
        chance, ends = random.Random(seed), Counter[str]()
        for _ in range(12):
            sender, receiver = chance.sample(people, 2)
            try:
                quote = quoted(asset, sender, receiver, str(chance.randint(5, 20)))
                p2p.confirm_transfer(quote_id=quote.pk, actor=TESTS, now=timezone.now())
                ends["posted"] += 1
            except Exception as error:
                ends[type(error).__name__] += 1
        return ends

    ends = sum(at_once([lambda seed=seed: send(seed) for seed in range(8)]), Counter())
    assert set(ends) <= {"posted", "InsufficientBalance", "LimitExceeded"}, ends
    assert ends["posted"] > 5
    sent = dict(
        Operation.objects.filter(type=OperationType.P2P_TRANSFER, status=OperationStatus.POSTED)
        .values_list("sender")
        .annotate(Sum("quantity"))
    )
    assert max(sent.values()) <= Decimal(60)
    assert sum(Balance.objects.filter(wallet__in=people).values_list("quantity", flat=True)) == 200
    assert ends["posted"] == len(transfers())
    assert_sound()
