"""What one posting does: balances, lots, counts, reservations, groups, test mode."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from chain.models import ChainOp
from clients.enums import ClientStatus
from ledger.enums import OperationType
from ledger.models import Balance, Entry, Lot, Operation
from ledger.services.posting import Cause, Move, available, local_date, post, release, reserve
from ledger.services.refusals import (
    AssetDeactivated,
    AssetNotExchangeable,
    AssetNotP2P,
    AssetNotPayable,
    AssetNotRedeemable,
    ClientBlocked,
    ClientFrozen,
    CountExhausted,
    IdempotencyConflict,
    InsufficientBalance,
    MaximumBalanceExceeded,
    TestAndLiveMixed,
    WalletClosed,
    WalletsDoNotFitType,
)
from ledger.tests.factories import ACTOR, buy, issuer_of, make_asset, make_wallet, move
from wallets.enums import WalletOwner
from wallets.selectors import outside_wallet
from wallets.services import close_wallet

pytestmark = pytest.mark.django_db(transaction=True)  # a refusal ends its transaction
D = Decimal


def held(wallet, asset):
    return Balance.objects.get(wallet=wallet, asset=asset).quantity


@pytest.mark.spec("LED-01", "LED-02", "CHN-02")
def test_a_purchase_moves_the_asset_and_asks_the_chain():
    asset, anna = make_asset(issued=1000), make_wallet()
    posted = buy(asset, anna, "12.34")
    operation = Operation.objects.get(pk=posted.operations[0].id)
    assert operation.reference == posted.operations[0].reference
    assert operation.type == OperationType.PURCHASE
    legs = {leg.wallet_id: leg for leg in operation.entries.all()}
    assert legs[anna.pk].quantity == D("12.34") == legs[anna.pk].running_quantity
    assert legs[issuer_of(asset).pk].quantity == D("-12.34")
    assert held(anna, asset) == D("12.34")
    assert held(issuer_of(asset), asset) == D("987.66")
    op = ChainOp.objects.get(operation_id=operation.pk)
    assert (op.kind, op.amount, op.source, op.destination) == (1, 1234, issuer_of(asset).address, anna.address)
    assert len(op.ref) == 32


@pytest.mark.spec("LED-02")
def test_more_than_is_there_is_refused():
    asset, anna = make_asset(issued=10), make_wallet()
    with pytest.raises(InsufficientBalance) as refused:
        buy(asset, anna, 11)
    assert refused.value.details["receiver"] == anna.pk


@pytest.mark.spec("TXL-01", "TXL-02")
def test_counts_add_up_and_the_last_transaction_returns_the_rest():
    asset = make_asset(issued=10_000, limits_transactions=True, transaction_count=2)
    anna, shop = make_wallet(), make_wallet(WalletOwner.ORGANISATION)
    buy(asset, anna, 1000)
    move(OperationType.MANUAL_TRANSFER, asset, issuer_of(asset), anna, 2000, count=3)
    assert (held(anna, asset), Balance.objects.get(wallet=anna, asset=asset).remaining_count) == (3000, 5)
    move(OperationType.PAYMENT, asset, anna, shop, 1200)
    assert (held(anna, asset), Balance.objects.get(wallet=anna, asset=asset).remaining_count) == (1800, 4)
    for _ in range(3):
        move(OperationType.PAYMENT, asset, anna, shop, 100)
    last = move(OperationType.PAYMENT, asset, anna, shop, 100)
    back = Operation.objects.get(pk=last.operations[1].id)
    assert (back.type, back.quantity, back.receiver) == (OperationType.LIMIT_RETURN, 1400, issuer_of(asset))
    assert (held(anna, asset), Balance.objects.get(wallet=anna, asset=asset).remaining_count) == (0, 0)
    assert list(
        ChainOp.objects.filter(operation_id__in=[o.id for o in last.operations]).order_by("id").values_list("kind", "count_debit")
    ) == [(1, 1), (5, 0)]


@pytest.mark.spec("EXP-01", "EXP-02", "EXP-04")
def test_lots_go_nearest_expiry_first_and_a_p2p_transfer_carries_the_dates():
    asset = make_asset(issued=1000, expires=True, expiration_days=30)
    anna, bert, shop = make_wallet(), make_wallet(), make_wallet(WalletOwner.ORGANISATION)
    today = local_date(timezone.now())
    near, far = today + timedelta(days=5), today + timedelta(days=50)
    for quantity, day in ((10, far), (20, near), (5, today)):
        buy(asset, anna, quantity, expires_on=day)
    buy(asset, anna, 1)
    move(OperationType.P2P_TRANSFER, asset, anna, bert, 12)
    assert list(bert.lots.order_by("expires_on").values_list("expires_on", "quantity")) == [(today, 5), (near, 7)]
    move(OperationType.PAYMENT, asset, anna, shop, 15)
    assert list(anna.lots.filter(is_open=True).order_by("expires_on").values_list("expires_on", "quantity")) == [(far, 9)]
    later = timezone.now() + timedelta(days=1)
    assert available(bert, asset, now=later) == 7
    with pytest.raises(InsufficientBalance):
        move(OperationType.PAYMENT, asset, bert, shop, 8, now=later)
    move(OperationType.EXPIRY_RETURN, asset, bert, issuer_of(asset), 5, now=later)
    assert held(bert, asset) == 7


def test_a_reservation_holds_the_quantity_and_its_lots():
    asset = make_asset(issued=1000, expires=True, expiration_days=30)
    anna, issuer = make_wallet(), issuer_of(asset)
    today = local_date(timezone.now())
    buy(asset, anna, 10, expires_on=today)
    buy(asset, anna, 10)
    hold = reserve(wallet=anna, asset=asset, quantity=D(15), purpose=Cause("redemption", 1, "RED-1"), now=timezone.now())
    assert available(anna, asset, now=timezone.now()) == 5
    later = timezone.now() + timedelta(days=1)
    with pytest.raises(InsufficientBalance):
        move(OperationType.EXPIRY_RETURN, asset, anna, issuer, 1, now=later)
    move(OperationType.RESELL, asset, anna, issuer, 12, now=later, reservation_id=hold)
    assert release(reservation_id=hold) == 3
    assert release(reservation_id=hold) == 0
    assert available(anna, asset, now=later) == 8 == held(anna, asset)
    assert sum(Lot.objects.filter(wallet=anna).values_list("quantity", flat=True)) == 8


@pytest.mark.spec("AST-10")
def test_no_credit_lifts_a_client_above_the_maximum():
    asset, anna, shop = make_asset(issued=1000, max_client_balance=100), make_wallet(), make_wallet(WalletOwner.ORGANISATION)
    buy(asset, anna, 100)
    with pytest.raises(MaximumBalanceExceeded):
        buy(asset, anna, "0.01")
    move(OperationType.PAYMENT, asset, anna, shop, 1)
    buy(asset, anna, 1)


def test_an_optional_member_is_refused_alone_with_its_reason():
    asset, reward = make_asset(issued=1000), make_asset(issued=1)
    anna, shop = make_wallet(), make_wallet(WalletOwner.ORGANISATION)
    buy(asset, anna, 100)
    payment = Move(OperationType.PAYMENT, asset, anna, shop, D(50))
    bonus = Move(OperationType.LOYALTY_REWARD, reward, issuer_of(reward), anna, D(2), optional=True)
    posted = post(moves=[payment, bonus], actor=ACTOR, now=timezone.now(), cause=Cause("payment", 7, "PAY-7"))
    assert [o.refused_reason for o in posted.operations] == [None, "insufficient_balance"]
    refused = Operation.objects.get(pk=posted.operations[1].id)
    assert (refused.status, refused.cause_reference, refused.entries.count()) == ("refused", "PAY-7", 0)
    assert held(anna, asset) == 50
    assert held(issuer_of(reward), reward) == 1


@pytest.mark.spec("LED-03")
def test_a_key_posts_once_and_refuses_other_content():
    asset, anna = make_asset(issued=1000), make_wallet()
    first = move(OperationType.PURCHASE, asset, issuer_of(asset), anna, 5, key="order 1")
    again = move(OperationType.PURCHASE, asset, issuer_of(asset), anna, "5.0", key="order 1")
    assert again.repeated
    assert again.operations == first.operations
    with pytest.raises(IdempotencyConflict):
        move(OperationType.PURCHASE, asset, issuer_of(asset), anna, 6, key="order 1")


@pytest.mark.spec("WAL-03", "AST-06", "CLI-04")
def test_closed_deactivated_frozen_and_blocked():
    asset, anna, bert = make_asset(issued=1000), make_wallet(), make_wallet()
    issuer = issuer_of(asset)
    buy(asset, anna, 100)
    anna.client.status = ClientStatus.FROZEN
    anna.client.save()
    buy(asset, anna, 1)
    with pytest.raises(ClientFrozen):
        move(OperationType.P2P_TRANSFER, asset, anna, bert, 1)
    anna.client.status = ClientStatus.BLOCKED
    anna.client.save()
    with pytest.raises(ClientBlocked):
        buy(asset, anna, 1)
    anna.client.status = ClientStatus.ACTIVE
    anna.client.save()
    close_wallet(wallet_id=anna.pk, actor=ACTOR, now=timezone.now())
    with pytest.raises(WalletClosed):
        buy(asset, anna, 1)
    with pytest.raises(WalletClosed):
        move(OperationType.MANUAL_TRANSFER, asset, anna, bert, 1)
    move(OperationType.MANUAL_TRANSFER, asset, anna, issuer, 1)
    buy(asset, bert, 10)
    asset.status = "deactivated"
    asset.save()
    with pytest.raises(AssetDeactivated):
        buy(asset, bert, 1)
    move(OperationType.RESELL, asset, bert, issuer, 1)


@pytest.mark.spec("API-05")
def test_test_mode_never_meets_live():
    live, trial = make_asset(issued=10), make_asset(issued=10, is_test=True)
    anna, dummy = make_wallet(), make_wallet(is_test=True)
    for asset, sender, receiver in ((live, issuer_of(live), dummy), (trial, issuer_of(trial), anna), (trial, issuer_of(live), dummy)):
        with pytest.raises(TestAndLiveMixed):
            move(OperationType.PURCHASE, asset, sender, receiver, 1)
    posted = buy(trial, dummy, 1)
    assert not ChainOp.objects.filter(operation_id=posted.operations[0].id).exists()


@pytest.mark.spec("LED-02")
def test_the_outside_world_only_gives_and_takes_by_issuing_and_burning():
    asset, anna = make_asset(issued=10), make_wallet()
    for kind, sender, receiver in (
        (OperationType.PURCHASE, outside_wallet(), anna),
        (OperationType.ADDITIONAL_ISSUING, issuer_of(asset), anna),
        (OperationType.BURNING, issuer_of(asset), anna),
    ):
        with pytest.raises(WalletsDoNotFitType):
            move(kind, asset, sender, receiver, 1)
    move(OperationType.BURNING, asset, issuer_of(asset), outside_wallet(), 4)
    assert held(issuer_of(asset), asset) == 6
    assert Entry.objects.filter(wallet=outside_wallet(), asset=asset).count() == 2
    assert not Balance.objects.filter(wallet=outside_wallet()).exists()


@pytest.mark.spec("TXL-05", "TXL-06")
def test_a_p2p_transfer_moves_one_transaction_and_an_empty_wallet_has_none():
    asset = make_asset(issued=100, limits_transactions=True, transaction_count=3)
    anna, bert, shop = make_wallet(), make_wallet(), make_wallet(WalletOwner.ORGANISATION)
    buy(asset, anna, 10)
    move(OperationType.P2P_TRANSFER, asset, anna, bert, 10)
    assert list(Balance.objects.filter(wallet__in=[anna, bert]).order_by("wallet").values_list("quantity", "remaining_count")) == [
        (0, 0),
        (10, 1),
    ]
    move(OperationType.MANUAL_TRANSFER, asset, bert, anna, 5)
    with pytest.raises(CountExhausted):
        move(OperationType.PAYMENT, asset, anna, shop, 1)


@pytest.mark.spec("AST-07")
@pytest.mark.parametrize(
    ("barred", "kind", "refusal"),
    [
        ("payable", OperationType.PAYMENT, AssetNotPayable),
        ("p2p", OperationType.P2P_TRANSFER, AssetNotP2P),
        ("redeemable", OperationType.RESELL, AssetNotRedeemable),
        ("exchangeable", OperationType.EXCHANGE, AssetNotExchangeable),
    ],
)
def test_a_property_that_an_asset_lacks_bars_that_operation_alone(barred, kind, refusal):
    asset, anna = make_asset(issued=100, **{barred: False}), make_wallet()
    buy(asset, anna, 50)
    targets = {
        OperationType.PAYMENT: make_wallet(WalletOwner.ORGANISATION),
        OperationType.P2P_TRANSFER: make_wallet(),
        OperationType.RESELL: issuer_of(asset),
        OperationType.EXCHANGE: issuer_of(asset),
    }
    with pytest.raises(refusal):
        move(kind, asset, anna, targets.pop(kind), 1)
    for other, receiver in targets.items():
        move(other, asset, anna, receiver, 1)
    assert held(anna, asset) == 47
