"""Recurring fees as the job charges them (TIE-05)."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from audit.models import AuditEvent
from clients.models import Client
from core import instance
from core.actors import SystemActor
from ledger.models import Operation
from messaging.models import Alert
from tiers.models import RecurringCharge
from tiers.selectors.terms import terms_of
from tiers.services.assignment import set_tier
from tiers.services.recurring import ChargeSettled, charge_by_hand, charges_to_try, try_charge, write_due
from tiers.tests.factories import recurring_fee, tier
from tiers.tests.test_changes import euros, rich, top_up

pytestmark = pytest.mark.spec("TIE-05")
TESTS = SystemActor("tests")
POINTS = 40  # more than a charge asks of the database
START = datetime(2026, 1, 31, 12, tzinfo=UTC)


def at_gold(amount: str = "100"):
    wallet, gold = rich(amount), tier(3)
    set_tier(client=wallet.client, tier=gold, actor=TESTS, now=START, with_fee=False)
    return wallet, gold


def run(now: datetime) -> int:
    """What the job does at that time; how many are paid."""
    write_due(now=now)
    return sum(try_charge(charge_id=pk, now=now) for pk in charges_to_try(now=now))


@pytest.mark.django_db
def test_each_period_is_charged_once_with_its_operation():
    wallet, gold = at_gold()
    recurring_fee(gold, "5")
    assert run(START + timedelta(days=27)) == 0
    march = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)  # the 1st of April in Riga
    assert run(march) == 2
    assert run(march) == 0
    charges = RecurringCharge.objects.order_by("months")
    assert [(one.due_on, one.ends_on, one.status) for one in charges] == [
        (date(2026, 2, 28), date(2026, 3, 31), "paid"),
        (date(2026, 3, 31), date(2026, 4, 30), "paid"),
    ]
    operation = Operation.objects.get(reference=charges[0].operation_reference)
    assert (operation.quantity, operation.cause_reference, operation.receiver.code) == (5, charges[0].reference, "fees")
    assert euros(wallet) == 90
    assert AuditEvent.objects.filter(action="tiers.recurring_paid", subject_reference=wallet.client.reference).count() == 2


@pytest.mark.django_db
def test_unpaid_it_is_tried_again_then_given_up_with_an_alert_and_paid_by_hand():
    wallet, gold = at_gold("4")
    recurring_fee(gold, "5")
    now = datetime(2026, 3, 1, tzinfo=UTC)
    for hours in (0, 24, 48):
        assert run(now + timedelta(hours=hours)) == 0
        assert run(now + timedelta(hours=hours, minutes=1)) == 0, "nothing between the tries"
    charge = RecurringCharge.objects.get()
    assert (charge.status, charge.tries, charge.next_try_at) == ("unpaid", 3, None)
    assert "5.00 EUR" in charge.failure
    alert = Alert.objects.get(kind="tiers.recurring_unpaid")
    assert alert.subject_reference == wallet.client.reference
    assert terms_of(wallet.client_id).tier == gold, "the setting is off"
    top_up(wallet, "10")
    charge_by_hand(charge_id=charge.pk, actor=TESTS, now=now + timedelta(days=5))
    charge.refresh_from_db()
    assert charge.status == "paid"
    alert.refresh_from_db()
    assert alert.settled_at is not None
    with pytest.raises(ChargeSettled):
        charge_by_hand(charge_id=charge.pk, actor=TESTS, now=now)


@pytest.mark.django_db
def test_by_a_setting_the_client_comes_to_tier_0():
    wallet, gold = at_gold("4")
    recurring_fee(gold, "5")
    instance.assume({"tiers.recurring_tries": 1, "tiers.unpaid_to_tier_zero": True})
    run(datetime(2026, 3, 1, tzinfo=UTC))
    assert terms_of(wallet.client_id).tier is None
    assert "tier 0 now" in Alert.objects.get().message
    assert run(datetime(2027, 3, 1, tzinfo=UTC)) == 0, "a client without a tier owes nothing more"


@pytest.mark.django_db
def test_who_has_deleted_the_account_owes_nothing_more():
    wallet, gold = at_gold()
    recurring_fee(gold, "5")
    Client.objects.filter(pk=wallet.client_id).update(status="deactivated", deleted_at=START)
    assert write_due(now=datetime(2026, 5, 1, tzinfo=UTC)) == 0


@pytest.mark.django_db
def test_a_new_change_is_a_new_anchor_and_what_was_due_before_stays_due():
    wallet, gold = at_gold("4")
    recurring_fee(gold, "5")
    silver = tier(2)
    recurring_fee(silver, "1")
    run(datetime(2026, 3, 1, tzinfo=UTC))
    set_tier(client=wallet.client, tier=silver, actor=TESTS, now=datetime(2026, 3, 10, tzinfo=UTC), with_fee=False)
    assert run(datetime(2026, 4, 9, tzinfo=UTC)) == 0
    assert run(datetime(2026, 4, 10, tzinfo=UTC)) == 1
    assert [(one.tier, one.due_on.isoformat()) for one in RecurringCharge.objects.order_by("due_on")] == [
        (gold, "2026-02-28"),
        (silver, "2026-04-10"),
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.spec("C1", "A3")
def test_jobs_beside_each_other_and_killed_between_the_halves_charge_once():
    wallet, gold = at_gold()
    recurring_fee(gold, "5")
    now = datetime(2026, 5, 1, tzinfo=UTC)
    assert write_due(now=now) == 3
    ids = charges_to_try(now=now)

    def work(_number: int) -> int:
        try:
            write_due(now=now)
            return sum(try_charge(charge_id=pk, now=now) for pk in ids)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        paid = list(pool.map(work, range(4)))
    assert sum(paid) == 3
    assert RecurringCharge.objects.filter(status="paid").count() == 3
    assert Operation.objects.filter(type="fee").count() == 3
    assert euros(wallet) == Decimal(85)


@pytest.mark.django_db(transaction=True)
@pytest.mark.spec("A3")
def test_killed_at_every_point_each_period_is_paid_once():
    gold, now = tier(3), timezone.now()
    wallets = [rich() for _ in range(POINTS)]
    recurring_fee(gold, "5")
    for wallet in wallets:
        set_tier(client=wallet.client, tier=gold, actor=TESTS, now=now - timedelta(days=40), with_fee=False)
    write_due(now=now)
    ids = list(RecurringCharge.objects.order_by("id").values_list("pk", flat=True))
    command = [sys.executable, "-m", "tiers.tests.doomed", *map(str, ids)]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout.split()
    assert "-9" in ended
    assert ended[-1] == "0", "the last one came to its end: every point before was one to die at"
    run(timezone.now())
    assert set(RecurringCharge.objects.values_list("status", flat=True)) == {"paid"}
    assert Operation.objects.filter(type="fee").count() == len(ids)
    assert {euros(wallet) for wallet in wallets} == {Decimal(95)}
