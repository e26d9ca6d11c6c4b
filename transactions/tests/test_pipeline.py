"""One way for an asset to move: who, tier, limits, fees, ledger, decision, alerts, in this order and in one transaction."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from itertools import product

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clients.enums import ClientStatus
from clients.models import Client
from core import instance
from ledger.enums import OperationStatus, OperationType
from ledger.models import Balance, Operation
from ledger.services.posting import Batch, Move
from ledger.services.proof import prove
from ledger.services.refusals import ClientFrozen, IdempotencyConflict, InsufficientBalance
from ledger.tests.factories import ACTOR, buy, make_asset, make_wallet
from messaging.models import Alert
from tiers.models import ClientTerms, DictionaryEntry, TierChange
from tiers.services.limits import LimitExceeded, NoLimit
from tiers.services.opening import NotOpened
from tiers.tests.factories import operation_fee, tier
from tiers.tests.limits import limit, threshold
from transactions.models import Decision
from transactions.selectors import decision_of
from transactions.services import pipeline
from transactions.services.decisions import keeping_refusals
from wallets.enums import WalletOwner

D = Decimal
P2P, PAYMENT = OperationType.P2P_TRANSFER, OperationType.PAYMENT


class Scene:
    """Two clients with 1,000 of an asset each, a shop, and a limit for everybody."""

    def __init__(self) -> None:
        self.asset = make_asset(issued=100_000)
        self.anna, self.ben, self.shop = make_wallet(), make_wallet(), make_wallet(WalletOwner.ORGANISATION)
        for wallet in (self.anna, self.ben):
            buy(self.asset, wallet, 1000)
        self.everyday = limit(name="Everyday")

    def move(self, quantity, *, kind=P2P, sender=None, receiver=None):
        return Move(kind, self.asset, sender or self.anna, receiver or self.ben, D(quantity))

    def send(self, quantity, *, key=None, overridden=frozenset(), **parties):
        now = timezone.now()
        with keeping_refusals(actor=ACTOR, now=now), transaction.atomic():
            return pipeline.move(moves=[self.move(quantity, **parties)], actor=ACTOR, now=now, idempotency_key=key, overridden=overridden)

    def held(self, wallet):
        return Balance.objects.get(wallet=wallet, asset=self.asset).quantity


@pytest.fixture
def scene(transactional_db):
    return Scene()


def in_tier(wallet, entry):
    client = Client.objects.get(pk=wallet.client_id)
    change = TierChange.objects.create(
        client=client, new_tier=entry, direction="upgrade", with_fee=True, at=timezone.now(), actor_type="system", actor_label="t"
    )
    ClientTerms.objects.create(client=client, tier=entry, tier_since=timezone.now(), change=change)


@pytest.mark.spec("UIX-09", "KYC-31", "TXN-04")
def test_what_was_decided_stands_with_the_operation_and_with_the_refused_attempt(scene):
    rule = threshold(scene.everyday, scene.asset, 100, types=[P2P], period_days=30)
    posted = scene.send(70).posted.operations[0]
    kept = decision_of(Operation.objects.get(pk=posted.id))
    assert (kept.verdict, kept.code) == ("allowed", "")
    assert kept.content["limits"]["looks"][0]["threshold"] == rule.pk

    with pytest.raises(LimitExceeded) as refused:
        scene.send("30.01")
    assert refused.value.facts == {"limit": scene.everyday.reference, "left": "30", "unit": scene.asset.code}
    assert scene.held(scene.anna) == 930
    attempt = Operation.objects.get(status=OperationStatus.REFUSED)
    assert (attempt.refused_reason, attempt.quantity, attempt.sender) == ("limit_exceeded", D("30.01"), scene.anna)
    kept = decision_of(attempt)
    assert (kept.verdict, kept.code) == ("refused", "limit_exceeded")
    assert kept.content["refusal"]["left"] == "30"
    assert scene.send(30).judgement.verdict == "allowed"  # the attempt used nothing
    assert prove().holds


@pytest.mark.spec("LIM-04", "LIM-01")
def test_without_any_limit_the_instance_says_whether_things_move(scene):
    scene.everyday.delete()
    assert scene.send(1).judgement.limits is None
    assert not Decision.objects.exists()
    assert not Alert.objects.exists()
    instance.assume({"tiers.without_limit": "refuse"})
    with pytest.raises(NoLimit):
        scene.send(1)
    assert Alert.objects.filter(kind="limits.none").count() == 2  # one for each client


@pytest.mark.spec("KYC-31", "NOT-03")
def test_an_alert_rule_tells_once_and_lets_it_through_a_blocking_one_with_alert_does_both(scene):
    threshold(scene.everyday, scene.asset, 10, types=[P2P], blocking=False, alert=True)
    threshold(scene.everyday, scene.asset, 50, types=[P2P], blocking=True, alert=True)
    for _ in range(2):
        assert scene.send(11).judgement.verdict == "alert_only"
    assert Alert.objects.get().subject_reference == scene.anna.client.reference
    Alert.objects.update(settled_at=timezone.now())
    with pytest.raises(LimitExceeded):
        scene.send(51)
    assert Alert.objects.filter(settled_at=None).count() == 1


@pytest.mark.spec("KYC-30", "LED-06")
def test_the_limits_of_the_receiving_side_hold_too(scene):
    threshold(scene.everyday, scene.asset, 1005, rule="balance")
    assert scene.send(5).posted.operations
    with pytest.raises(LimitExceeded):
        scene.send(1)


@pytest.mark.spec("TIE-07")
def test_a_tier_opens_what_it_names_and_the_refusal_names_the_tier_that_would(scene):
    basic = tier(1, label="Basic", operations=[PAYMENT])
    tier(2, label="Full")
    in_tier(scene.anna, basic)
    scene.send(1, kind=PAYMENT, receiver=scene.shop)
    with pytest.raises(NotOpened) as refused:
        scene.send(1)
    assert refused.value.facts["tier_label"] == "Full"
    assert Operation.objects.get(status=OperationStatus.REFUSED).refused_reason == "tier_does_not_open"
    instance.assume({"tiers.zero_operations": [PAYMENT]})
    with pytest.raises(NotOpened):
        scene.send(1, sender=scene.ben, receiver=scene.anna)
    scene.send(1, kind=OperationType.MANUAL_TRANSFER)  # not the client's own doing
    basic.assets.add(make_asset())
    with pytest.raises(NotOpened):
        scene.send(1, kind=PAYMENT, receiver=scene.shop)


@pytest.mark.spec("TIE-07")
def test_the_statement_that_reads_the_parties_opens_no_more_than_the_tier_does(scene):
    basic, other = tier(1, label="Basic"), make_asset()
    in_tier(scene.anna, basic)
    for operations, assets in product(([], [PAYMENT], [P2P, PAYMENT]), ([], [other], [other, scene.asset])):
        DictionaryEntry.objects.filter(pk=basic.pk).update(operations=operations)
        basic.refresh_from_db()
        basic.assets.set(assets)
        is_open = basic.opens(operation=P2P, asset_id=scene.asset.pk, asset_ids=[one.pk for one in assets])
        refusal = pipeline.check(moves=[scene.move(1)], now=timezone.now()).refusal
        assert isinstance(refusal, NotOpened) is not is_open, (operations, assets)


@pytest.mark.spec("LED-04", "AST-06")
def test_who_is_frozen_is_told_so_and_not_of_a_limit(scene):
    threshold(scene.everyday, scene.asset, 10, types=[P2P])
    Client.objects.filter(pk=scene.anna.client_id).update(status=ClientStatus.FROZEN)
    with pytest.raises(ClientFrozen):
        scene.send(11)
    assert Operation.objects.get(status=OperationStatus.REFUSED).refused_reason == "client_frozen"


@pytest.mark.spec("FEE-04", "FEE-05")
@pytest.mark.parametrize(("payer", "pays"), [("sender", (D("889.98"), 1110)), ("receiver", (890, D("1109.98")))])
def test_the_fee_is_a_move_of_the_same_group_and_stands_in_the_decision(scene, payer, pays):
    scene.send(10)  # nothing costs anything yet
    rule = operation_fee(scene.asset, P2P, percentage=D("0.025"), payer=payer)
    assert pipeline.check(moves=[scene.move(90)], now=timezone.now()).fee(payer) == D("0.02")  # 0.0225, half-even
    moved = scene.send("100")  # 0.025: half-even to the even cent
    main, fee = Operation.objects.filter(group_id=moved.posted.group_id).order_by("id")
    assert (main.quantity, fee.type, fee.quantity) == (100, "fee", D("0.02"))
    kept = decision_of(fee)
    assert kept == decision_of(main)
    assert kept.content["fees"] == [
        {"move": 0, "payer": payer, "quantity": "0.02", "asset": scene.asset.code, "source": "asset", "rule": rule.reference}
    ]
    assert (scene.held(scene.anna), scene.held(scene.ben)) == pays


@pytest.mark.spec("LED-03", "FEE-04")
def test_a_key_used_again_gives_what_was_posted_whatever_the_rules_are_now(scene):
    fee = operation_fee(scene.asset, P2P, fixed=D(1))
    first = scene.send(50, key="one")
    threshold(scene.everyday, scene.asset, 10, types=[P2P])
    fee.delete()
    again = scene.send(50, key="one")
    assert again.posted.repeated
    assert again.posted.operations == first.posted.operations
    assert (scene.held(scene.anna), Decision.objects.count()) == (949, 1)
    with pytest.raises(IdempotencyConflict):
        scene.send(51, key="one")
    with pytest.raises(LimitExceeded):
        scene.send(50, key="two")


@pytest.mark.spec("KYC-32")
def test_a_rule_that_is_lifted_counts_no_more_for_this_once(scene):
    first = threshold(scene.everyday, scene.asset, 10, types=[P2P], period_days=1)
    threshold(scene.everyday, scene.asset, 40, types=[P2P], period_days=30)
    moved = scene.send(30, overridden=frozenset([first.pk]))
    kept = decision_of(Operation.objects.get(pk=moved.posted.operations[0].id))
    assert {look["threshold"] for look in kept.content["limits"]["looks"] if look.get("overridden")} == {first.pk}
    with pytest.raises(LimitExceeded):
        scene.send(30, overridden=frozenset([first.pk]))


@pytest.mark.spec("LED-01")
def test_six_statements_with_begin_and_commit(scene):
    threshold(scene.everyday, scene.asset, 100_000, types=[P2P], period_days=365)
    for _ in range(3):
        scene.send(1)
    with CaptureQueriesContext(connection) as captured:
        scene.send(1)
    statements = [query["sql"] for query in captured]
    assert len(statements) <= 6, statements
    assert "ledger_post" in statements[-2]


@pytest.mark.spec("LED-03")
def test_what_the_ledger_refuses_after_the_rules_leaves_nothing(scene):
    threshold(scene.everyday, scene.asset, 100_000, types=[P2P])
    with pytest.raises(InsufficientBalance):
        scene.send(1001)
    assert not Decision.objects.exists()


@pytest.mark.spec("LIM-07", "C1")
def test_twenty_at_once_from_two_wallets_of_one_client_pass_a_threshold_by_nothing(scene):
    other = make_wallet(client=scene.anna.client)
    buy(scene.asset, other, 1000)
    threshold(scene.everyday, scene.asset, 100, types=[P2P], period_days=365)

    def one(number):
        try:
            scene.send(9, sender=scene.anna if number % 2 else other)
        except LimitExceeded:
            return 0
        finally:
            connections.close_all()
        return 9

    with ThreadPoolExecutor(8) as pool:
        sent = sum(pool.map(one, range(20)))
    assert sent == 99
    assert prove().holds
    assert Operation.objects.filter(refused_reason="limit_exceeded").count() == 9


@pytest.mark.spec("LIM-07", "UIX-09")
def test_a_batch_counts_its_own_earlier_groups_and_goes_whole_or_not_at_all(scene):
    threshold(scene.everyday, scene.asset, 100, types=[P2P], period_days=365)
    operation_fee(scene.asset, P2P, fixed=D("0.5"))
    now = timezone.now()
    groups = [Batch([scene.move(40)], idempotency_key=f"b{number}") for number in range(2)]
    with transaction.atomic():
        moved = pipeline.move_many(groups=groups, actor=ACTOR, now=now)
    assert [len(one.posted.operations) for one in moved] == [2, 2]
    assert Decision.objects.filter(group_id__in=[one.posted.group_id for one in moved]).count() == 2
    with pytest.raises(LimitExceeded), transaction.atomic():
        pipeline.move_many(groups=[Batch([scene.move(10)]), Batch([scene.move(11)])], actor=ACTOR, now=now)
    assert scene.held(scene.anna) == 919
    with transaction.atomic():
        again = pipeline.move_many(groups=[*groups, Batch([scene.move(20)])], actor=ACTOR, now=now + timedelta(seconds=1))
    assert [one.posted.repeated for one in again] == [True, True, False]
    assert prove().holds


@pytest.mark.spec("LIM-10")
def test_a_question_changes_nothing_and_says_what_would_be(scene):
    threshold(scene.everyday, scene.asset, 100, types=[P2P])
    operation_fee(scene.asset, P2P, fixed=D(2))
    before = Operation.objects.count()
    asked = pipeline.check(moves=[scene.move(101)], now=timezone.now())
    assert (asked.verdict, asked.code, asked.fee("sender")) == ("refused", "limit_exceeded", 2)
    assert pipeline.check(moves=[scene.move(100)], now=timezone.now()).refusal is None
    assert (Operation.objects.count(), Decision.objects.count(), Alert.objects.count()) == (before, 0, 0)
