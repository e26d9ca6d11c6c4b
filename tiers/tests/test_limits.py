"""What the limits say of a movement, through real postings (LIM-01 to LIM-08, KYC-30, KYC-31)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DataError, IntegrityError, transaction
from django.utils import timezone

from assets.models import Rate
from assets.tests.factories import currency
from core import instance
from ledger.enums import OperationType
from ledger.tests.factories import buy, make_asset, make_wallet, move
from tiers.models import Threshold
from tiers.services.limits import Decision, LimitExceeded, NoLimit, RateMissing, check, check_many
from tiers.tests.limits import ask, asked, limit, threshold
from wallets.enums import WalletOwner

pytestmark = pytest.mark.django_db
D = Decimal
PAYMENT, P2P, PURCHASE = OperationType.PAYMENT, OperationType.P2P_TRANSFER, OperationType.PURCHASE


@pytest.fixture
def scene():
    """An asset with an issue, a client's wallet with 1,000 of it, a shop, and a limit for everybody without thresholds yet."""
    asset, anna, shop = make_asset(issued=100_000), make_wallet(), make_wallet(WalletOwner.ORGANISATION)
    buy(asset, anna, 1000, now=timezone.now() - timedelta(days=400))
    return asset, anna, shop, limit(name="Everyday")


def rated(asset, rate, *, code="EUR", age=timedelta(0)):
    money = currency(code)
    Rate.objects.create(asset=asset, currency=money, rate=D(rate), set_at=timezone.now() - age, actor_type="system", actor_label="tests")
    return money


@pytest.mark.spec("LIM-08", "KYC-30")
def test_what_was_sent_in_the_period_counts_and_what_is_left_is_named(scene):
    asset, anna, shop, everyday = scene
    threshold(everyday, asset, 100, types=[PAYMENT, P2P], period_days=30)
    move(PAYMENT, asset, anna, shop, 70)
    move(OperationType.MANUAL_TRANSFER, asset, anna, shop, 500)  # of another type
    assert asked(anna, asset, 30).refusal is None
    refused = asked(anna, asset, "30.01")
    assert isinstance(refused.refusal, LimitExceeded)
    assert (
        str(refused.refusal)
        == f"Limit “Everyday” allows 100.00 {asset.code} in 30 days; 30.00 {asset.code} are left, this is 30.01 {asset.code}."
    )
    assert refused.refusal.facts == {"limit": everyday.reference, "left": "30", "unit": asset.code}
    assert asked(anna, asset, 31, type=OperationType.MANUAL_TRANSFER).refusal is None
    assert asked(anna, asset, 31, "receive", type=P2P).refusal is None


@pytest.mark.spec("LIM-08")
def test_the_window_rolls_to_the_second(scene):
    asset, anna, shop, everyday = scene
    threshold(everyday, asset, 100, period_days=1)
    paid = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
    move(PAYMENT, asset, anna, shop, 60, now=paid)
    day = timedelta(hours=24)
    for late, refused in ((day - timedelta(seconds=1), True), (day, False), (day + timedelta(seconds=1), False)):
        assert (asked(anna, asset, 41, now=paid + late).refusal is not None) is refused


@pytest.mark.spec("KYC-30")
def test_all_types_count_where_none_is_named(scene):
    asset, anna, shop, everyday = scene
    threshold(everyday, asset, 100, period_days=30)
    other = make_wallet()
    move(PAYMENT, asset, anna, shop, 20)
    move(P2P, asset, anna, other, 30)
    move(OperationType.MANUAL_TRANSFER, asset, anna, shop, 40)
    (look,) = asked(anna, asset, 10).looks
    assert (look.used, look.left, look.exceeded) == (90, 10, "")
    assert asked(anna, asset, 11).refusal


@pytest.mark.spec("LIM-07", "KYC-30")
def test_a_client_is_counted_over_all_its_wallets(scene):
    asset, anna, shop, everyday = scene
    second = make_wallet(client=anna.client)
    buy(asset, second, 100)
    threshold(everyday, asset, 100, period_days=30)
    move(PAYMENT, asset, anna, shop, 60)
    move(PAYMENT, asset, second, shop, 30)
    assert asked(second, asset, 10).looks[0].used == 90


@pytest.mark.spec("KYC-30")
def test_without_a_period_each_transaction_stands_alone(scene):
    asset, anna, shop, everyday = scene
    threshold(everyday, asset, 100)
    move(PAYMENT, asset, anna, shop, 100)
    assert asked(anna, asset, 100).refusal is None
    assert "in one transaction" in str(asked(anna, asset, "100.01").refusal)


@pytest.mark.spec("KYC-30")
def test_a_balance_is_that_of_all_wallets_after_what_comes_in(scene):
    asset, anna, _shop, everyday = scene
    second = make_wallet(client=anna.client)
    buy(asset, second, 50)
    threshold(everyday, asset, 1100, "balance")
    assert asked(anna, asset, 50, "receive", type=PURCHASE).refusal is None
    assert asked(anna, asset, 51, "receive", type=PURCHASE).refusal
    assert asked(anna, asset, 51, "send").looks == ()
    own = [ask(anna.client, asset, 500, "send", type=P2P), ask(anna.client, asset, 500, "receive", type=P2P)]
    assert check(asks=own, now=timezone.now()).refusal is None  # from one own wallet to the other


@pytest.mark.spec("LIM-02")
def test_a_count_and_a_least_amount(scene):
    asset, anna, shop, everyday = scene
    threshold(everyday, asset, 1000, period_days=7, max_count=2, minimum=D(5))
    move(PAYMENT, asset, anna, shop, 5)
    assert asked(anna, asset, 5).refusal is None
    assert "wants at least 5.00" in str(asked(anna, asset, "4.99").refusal)
    move(PAYMENT, asset, anna, shop, 5)
    assert "allows 2 transactions in 7 days; 0 are left" in str(asked(anna, asset, 5).refusal)


@pytest.mark.spec("KYC-30")
def test_a_threshold_in_a_currency_converts_at_the_present_rate_which_is_kept(scene):
    asset, anna, shop, everyday = scene
    euro = rated(asset, "0.5")
    threshold(everyday, asset, 100, currency=euro, period_days=30)
    move(PAYMENT, asset, anna, shop, 100)
    (look,) = asked(anna, asset, 100).looks
    assert (look.used, look.asked, look.left, look.rate, look.exceeded) == (50, 50, 50, D("0.5"), "")
    assert asked(anna, asset, "100.01").refusal
    Rate.objects.update(rate=D(1))
    assert asked(anna, asset, "0.01").refusal
    kept = Decision.from_json(asked(anna, asset, 1).as_json())
    assert kept == Decision.from_json(kept.as_json())
    assert kept.looks[0].rate == 1


@pytest.mark.spec("KYC-30")
@pytest.mark.parametrize("age", [None, timedelta(hours=25)], ids=["missing", "stale"])
def test_without_a_fresh_rate_it_is_refused_with_an_alert(scene, age):
    asset, anna, _shop, everyday = scene
    instance.assume({"tiers.without_limit": "refuse", "tiers.rate_hours": 24})
    euro = rated(asset, 1, age=age) if age else currency("EUR")
    threshold(everyday, asset, 100, currency=euro, blocking=False, alert=True)
    decision = asked(anna, asset, 1)
    assert isinstance(decision.refusal, RateMissing)
    assert decision.alerts


@pytest.mark.spec("KYC-31")
def test_an_alert_rule_alerts_and_lets_pass_and_an_overridden_one_does_neither(scene):
    asset, anna, _shop, everyday = scene
    softly = threshold(everyday, asset, 10, blocking=False, alert=True)
    decision = asked(anna, asset, 11)
    assert (decision.refusal, len(decision.alerts)) == (None, 1)
    firmly = threshold(everyday, asset, 10)
    assert isinstance(asked(anna, asset, 11).refusal, LimitExceeded)
    lifted = asked(anna, asset, 11, overridden=frozenset({firmly.pk, softly.pk}))
    assert (lifted.refusal, lifted.alerts) == (None, ())
    assert all(look.overridden for look in lifted.looks)


@pytest.mark.spec("LIM-05")
@pytest.mark.parametrize("personal", [50, 200])
def test_a_personal_limit_only_tightens(scene, personal):
    asset, anna, _shop, everyday = scene
    threshold(everyday, asset, 100, period_days=30)
    own = limit(name="Anna's", client=anna.client)
    threshold(own, asset, personal, period_days=30)
    decision = asked(anna, asset, 60)
    assert (decision.refusal is not None) is (personal == 50)
    assert {look.limit_name: look.outdone for look in decision.looks} == {"Everyday": personal == 50, "Anna's": personal == 200}
    assert asked(anna, asset, 150).refusal


@pytest.mark.spec("LIM-04")
def test_nothing_moves_without_a_limit_unless_the_setting_says_so(scene):
    asset, anna, _shop, everyday = scene
    instance.assume({"tiers.without_limit": "refuse"})
    type(everyday).objects.update(is_active=False)
    decision = asked(anna, asset, 1)
    assert isinstance(decision.refusal, NoLimit)
    assert decision.alerts
    instance.assume({"tiers.without_limit": "free"})
    decision = asked(anna, asset, 1)
    assert decision.refusal is None
    assert decision.alerts


@pytest.mark.spec("LIM-07")
def test_what_is_asked_together_adds_up_and_later_groups_see_what_goes_on(scene):
    asset, anna, _shop, everyday = scene
    threshold(everyday, asset, 100, period_days=30)
    both = [ask(anna.client, asset, 60), ask(anna.client, asset, 41, type=OperationType.FEE)]
    assert check(asks=both, now=timezone.now()).refusal
    groups = [[ask(anna.client, asset, quantity)] for quantity in (60, 41, 40, 1)]
    assert [one.refusal is None for one in check_many(groups=groups, now=timezone.now())] == [True, False, True, False]


@pytest.mark.spec("LIM-08")
def test_a_refund_gives_no_room_back_and_what_is_reserved_does_not_count(scene):
    asset, anna, shop, everyday = scene
    threshold(everyday, asset, 100, types=[PAYMENT], period_days=30)
    move(PAYMENT, asset, anna, shop, 100)
    move(OperationType.REFUND, asset, shop, anna, 100)
    assert asked(anna, asset, 1).refusal


@pytest.mark.spec("KYC-30", "LIM-02")
@pytest.mark.parametrize(
    "wrong",
    [
        {"blocking": False},
        {"amount": D(10) ** 20},
        {"amount": D(-1)},
        {"rule": "balance", "period_days": 1},
        {"rule": "spend"},
        {"max_count": 1},
        {"period_days": 0},
        {"minimum": D(101)},
        {"types": ["gift"]},
    ],
    ids=str,
)
def test_the_database_refuses_a_threshold_that_could_not_hold(scene, wrong):
    asset, _anna, _shop, everyday = scene
    with pytest.raises((IntegrityError, DataError)), transaction.atomic():
        Threshold.objects.create(**{"limit": everyday, "asset": asset, "amount": D(100), "rule": "send"} | wrong)


@pytest.mark.spec("LIM-03")
def test_a_personal_limit_names_its_client_and_nothing_else(scene):
    _asset, anna, _shop, _everyday = scene
    with pytest.raises(IntegrityError), transaction.atomic():
        limit(client=anna.client, level=1)
