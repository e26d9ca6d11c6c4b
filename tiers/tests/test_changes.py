"""How a client comes to another tier, and what it pays (TIE-03, TIE-04, TIE-06, TIE-08)."""

from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone

from assets.tests.factories import currency
from audit.models import AuditEvent
from clients.tests.factories import client_of_type
from core.actors import SystemActor
from ledger.enums import OperationType
from ledger.models import Operation, Reservation
from ledger.services.posting import Cause, Move, available, post
from tiers.models import TierChange
from tiers.selectors.terms import terms_of
from tiers.services import fees
from tiers.services.assignment import assign_price_list, set_tier, set_tiers
from tiers.services.changes import SameTier, TierDoesNotFit, change_tier
from tiers.services.selection import choices
from tiers.tests.factories import default_price_list, level_fee, price_list, tier
from wallets.models import Wallet
from wallets.selectors import outside_wallet
from wallets.tests.factories import client_wallet

pytestmark = pytest.mark.django_db
TESTS = SystemActor("tests")


def rich(amount: str = "100", **fields: object) -> Wallet:
    """A client's wallet with euros."""
    wallet = client_wallet(**fields)
    top_up(wallet, amount)
    return wallet


def top_up(wallet: Wallet, amount: str) -> None:
    move = Move(type=OperationType.TOP_UP, asset=currency(), sender=outside_wallet(), receiver=wallet, quantity=Decimal(amount))
    post(moves=[move], actor=TESTS, now=timezone.now())


def euros(wallet: Wallet) -> Decimal:
    return available(wallet, currency(), now=timezone.now())


@pytest.mark.spec("TIE-04", "TIE-06", "TIE-08")
def test_staff_set_a_tier_with_its_fee_and_without():
    wallet, gold = rich(), tier(3)
    client = wallet.client
    level_fee(gold, "12.50")
    set_tier(client=client, tier=gold, actor=TESTS, now=timezone.now(), with_fee=True, reason="Asked by letter")
    change = TierChange.objects.get()
    operation = Operation.objects.get(reference=change.operation_reference)
    assert (change.fee, change.with_fee, change.new_label, change.reason) == (Decimal("12.5"), True, gold.label, "Asked by letter")
    assert (operation.type, operation.receiver.code, operation.quantity) == (OperationType.FEE, "fees", Decimal("12.5"))
    assert euros(wallet) == Decimal("87.5")
    client.verification_level = 3
    client.save()
    set_tier(client=client, tier=None, actor=TESTS, now=timezone.now(), with_fee=False)
    client.refresh_from_db()
    assert client.verification_level == 3, "a downgrade never lowers the verification level"
    assert terms_of(client.pk).tier is None
    last = TierChange.objects.latest("id")
    assert (last.old_label, last.with_fee, last.fee, last.direction) == (gold.label, False, None, "downgrade")
    assert euros(wallet) == Decimal("87.5")
    events = AuditEvent.objects.filter(action="tiers.changed", subject_reference=client.reference).order_by("id")
    assert [event.changes["tier"] for event in events] == [["Tier 0", gold.label], [gold.label, "Tier 0"]]


@pytest.mark.spec("TIE-04")
def test_where_the_fee_cant_be_charged_nothing_changes():
    wallet, gold = rich("5"), tier(3)
    now = timezone.now()
    with pytest.raises(fees.NoChangeFee):
        set_tier(client=wallet.client, tier=gold, actor=TESTS, now=now, with_fee=True)
    level_fee(gold, "5.01")
    with pytest.raises(fees.FeeNotCovered, match=r"5\.01 EUR"):
        set_tier(client=wallet.client, tier=gold, actor=TESTS, now=now, with_fee=True)
    assert not TierChange.objects.exists()
    assert euros(wallet) == 5


@pytest.mark.spec("TIE-04")
def test_a_fee_is_reserved_then_charged_or_released():
    wallet, gold = rich(), tier(3)
    client, now = wallet.client, timezone.now()
    level_fee(gold, "30")
    with transaction.atomic():
        held = fees.reserve_change_fee(client=client, tier=gold, purpose=Cause("tests.case", 1, "KYC-1"), now=now)
        other = fees.reserve_change_fee(client=client, tier=gold, purpose=Cause("tests.case", 2, "KYC-2"), now=now)
    assert euros(wallet) == 40
    with transaction.atomic():
        assert fees.release_fee(reservation_id=other.reservation_id) == 30
        assert fees.release_fee(reservation_id=None) == 0
        charged = fees.charge_reserved(
            client=client, amount=held.amount, currency=held.currency, reservation_id=held.reservation_id,
            purpose=Cause("tests.case", 1, "KYC-1"), actor=TESTS, now=now,
        )  # fmt: skip
        change_tier(client=client, tier=gold, actor=TESTS, now=now, fee=charged, case_reference="KYC-1")
    assert euros(wallet) == 70
    assert not Reservation.objects.filter(is_open=True).exists()
    change = TierChange.objects.get()
    assert (change.fee, change.case_reference) == (30, "KYC-1")
    assert Operation.objects.get(reference=change.operation_reference).cause_reference == "KYC-1"


@pytest.mark.spec("TIE-08")
def test_a_tier_of_the_other_type_or_the_same_one_is_refused():
    client = client_of_type()
    now = timezone.now()
    with pytest.raises(TierDoesNotFit):
        set_tier(client=client, tier=tier(2, "company"), actor=TESTS, now=now, with_fee=False)
    with pytest.raises(SameTier):
        set_tier(client=client, tier=None, actor=TESTS, now=now, with_fee=False)
    with pytest.raises(TierDoesNotFit):
        set_tier(client=client, tier=tier(4, is_active=False), actor=TESTS, now=now, with_fee=False)


@pytest.mark.spec("TIE-08", "CLI-06")
def test_many_are_set_at_once_each_with_its_event_and_its_history():
    silver, wallets = tier(2), [rich(), rich("1")]
    persons = [wallet.client for wallet in wallets]
    company = client_of_type("company")
    now = timezone.now()
    ids = [one.pk for one in (*persons, company)]
    assert set(set_tiers(ids=ids, tier=silver, actor=TESTS, now=now, reason="Spring")) == {company.pk}
    assert TierChange.objects.filter(new_tier=silver, with_fee=False, reason="Spring").count() == 2
    assert AuditEvent.objects.filter(action="tiers.changed").count() == 2
    gold = tier(3)
    level_fee(gold, "10")
    refused = set_tiers(ids=ids, tier=gold, actor=TESTS, now=now, with_fee=True)
    assert {pk: type(why).__name__ for pk, why in refused.items()} == {persons[1].pk: "FeeNotCovered", company.pk: "NoChangeFee"}
    assert [terms_of(one.pk).tier for one in persons] == [gold, silver]


@pytest.mark.spec("TIE-03")
def test_a_tier_says_what_it_lacks_for_a_client():
    client, gold, now = client_of_type(), tier(3), timezone.now()
    tier(2, "company")
    only = choices(client=client, now=now)
    assert [(one.tier, {why.code for why in one.missing}, one.needs_case) for one in only] == [(gold, {"no_limit", "no_price_list"}, True)]
    own = price_list()
    level_fee(gold, "0", price_list=own)
    default_price_list()
    assert "no_fee" in {why.code for why in choices(client=client, now=now)[0].missing}
    assign_price_list(client=client, price_list=own, actor=TESTS, now=now)
    assert {why.code for why in choices(client=client, now=now)[0].missing} == {"no_limit"}
    assert choices(client=client, now=now)[0].fee.amount == 0
