"""The proof: it holds after everything the ledger can do, and finds whatever was changed behind its back (LED-07)."""

from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from core.actors import SystemActor
from ledger.enums import OperationType, ProofStatus
from ledger.models import DailyFigure, HourlyFigure, PendingCredit, PendingFigure, WalletTotal
from ledger.services.posting import Cause, Move, post, reserve
from ledger.services.proof import prove, request_proof, run_due_proof
from ledger.services.settling import settle
from ledger.tests.factories import ACTOR, buy, issuer_of, make_asset, make_wallet, move
from ledger.tests.owner import owner
from messaging.models import Alert
from wallets.enums import WalletOwner
from wallets.selectors import outside_wallet

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.spec("LED-07")]
D = Decimal


def busy_ledger():
    """Something of everything: lots, counts, reservations, hot credits, rewards refused alone, burning, test mode."""
    asset = make_asset(issued=10_000, expiration_days=30, transaction_count=2)
    anna, bert, shop = make_wallet(), make_wallet(), make_wallet(WalletOwner.ORGANISATION)
    for wallet in (anna, bert):
        buy(asset, wallet, 500)
        buy(asset, wallet, 300)
    for _ in range(3):
        move(OperationType.PAYMENT, asset, anna, shop, 10)
    settle()
    post(
        moves=[
            Move(OperationType.PAYMENT, asset, bert, shop, D(20)),
            Move(OperationType.FEE, asset, shop, make_wallet(WalletOwner.SYSTEM), D(2)),
            Move(OperationType.LOYALTY_REWARD, asset, shop, bert, D(10_000), optional=True),
        ],
        actor=ACTOR,
        now=timezone.now(),
    )
    reserve(wallet=bert, asset=asset, quantity=D(100), purpose=Cause("redemption", 1, "RED-1"), now=timezone.now())
    reserve(wallet=shop, asset=asset, quantity=D(5), purpose=Cause("cash-out", 1, "CSH-1"), now=timezone.now())
    move(OperationType.BURNING, asset, issuer_of(asset), outside_wallet(), 1000)
    trial = make_asset(issued=50, is_test=True)
    buy(trial, make_wallet(is_test=True), 5)
    return asset, anna, shop


def test_it_holds_with_figures_before_and_after_the_settle_step():
    asset, _, shop = busy_ledger()
    assert PendingCredit.objects.exists()
    before = prove()
    settle()
    assert not PendingFigure.objects.exists()
    assert not PendingCredit.objects.exists()
    after = prove()
    for proof in (before, after):
        assert proof.holds, proof.faults
        (supply,) = proof.supplies
        assert (supply.asset, supply.issued, supply.burnt, supply.held) == (asset.code, 10_000, 1000, 9000)
    assert WalletTotal.objects.get(wallet=shop, type="payment", is_credit=True).quantity == 50
    for figures in (HourlyFigure, DailyFigure):
        assert sum(figures.objects.filter(type="payment").values_list("count", flat=True)) == 4
    call_command("prove")


TAMPERED = [
    ("balance", "UPDATE ledger_balance SET quantity = quantity + 1 WHERE wallet_id = {shop}"),
    ("lots", "UPDATE ledger_lot SET quantity = quantity + 1 WHERE is_open AND id = (SELECT min(id) FROM ledger_lot WHERE is_open)"),
    ("counts", "UPDATE ledger_balance SET remaining_count = remaining_count + 1 WHERE wallet_id = {anna}"),
    ("reserved", "UPDATE ledger_balance SET reserved = reserved - 1 WHERE reserved > 1 AND wallet_id <> {shop}"),
    ("wallet totals", "UPDATE ledger_wallettotal SET quantity = quantity + 1 WHERE wallet_id = {shop} AND is_credit"),
    ("days", "UPDATE ledger_dailyfigure SET count = count + 1 WHERE type = 'payment'"),
    ("hours", "UPDATE ledger_hourlyfigure SET quantity = quantity + 1 WHERE type = 'payment'"),
    ("balance", "UPDATE ledger_entry SET quantity = quantity + 1 WHERE wallet_id = {anna} AND is_credit"),
    ("running totals", "UPDATE ledger_entry SET running_quantity = running_quantity + 1 WHERE wallet_id = {anna}"),
    ("commitment", "UPDATE ledger_operation SET type = 'refund' WHERE type = 'payment'"),
    ("chain", "DELETE FROM chain_chainop WHERE kind = 3"),
    ("legs", "DELETE FROM ledger_entry WHERE wallet_id = {anna} AND NOT is_credit"),
    ("supply", "DELETE FROM ledger_pendingcredit"),
]


@pytest.mark.parametrize(("name", "statement"), TAMPERED)
def test_what_is_changed_behind_its_back_is_found(name, statement):
    _, anna, shop = busy_ledger()
    settle()
    asset = make_asset(issued=5)
    buy(asset, anna, 1)
    move(OperationType.PAYMENT, asset, anna, shop, 1)
    assert prove().holds
    with owner() as connection:
        tables = ("ledger_entry", "ledger_operation", "chain_chainop")
        for table in tables:
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        connection.execute(statement.format(anna=anna.pk, shop=shop.pk))
    proof = prove()
    assert name in {fault.name for fault in proof.faults}
    with pytest.raises(CommandError, match="faults"):
        call_command("prove")


def test_a_run_asked_for_is_done_once_and_alerts():
    busy_ledger()
    admin = SystemActor("administrator")
    run = request_proof(actor=admin, now=timezone.now())
    assert request_proof(actor=admin, now=timezone.now()) == run
    done = run_due_proof(now=timezone.now())
    assert (done.status, done.fault_count, done.figures[0]["issued"]) == (ProofStatus.HOLDS, 0, "10000.00")
    assert run_due_proof(now=timezone.now()) is None
    with owner() as connection:
        connection.execute("UPDATE ledger_balance SET quantity = quantity + 1 WHERE quantity > 0")
    request_proof(actor=admin, now=timezone.now())
    assert run_due_proof(now=timezone.now()).status == ProofStatus.BROKEN
    assert Alert.objects.get(kind="ledger.proof_broken").settled_at is None
