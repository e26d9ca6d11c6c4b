"""Paid → Completed: what moves, in how many statements, and what happens where it can't (ORD-04, ORD-05)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from assets import services as asset_services
from audit.selectors import timeline
from audit.services import IllegalTransition
from chain.models import ChainOp
from clients.models import ClientEvent
from clients.services import deactivate_client, reactivate_client
from ledger.enums import OperationType
from ledger.models import Balance, Lot, Operation
from ledger.services.posting import Move, post
from ledger.services.refusals import ClientBlocked, InsufficientBalance
from messaging.models import Alert
from orders import services
from orders.enums import OrderStatus
from orders.services.completion import due_for_completion
from orders.services.creation import ClientCannotOrder
from orders.tasks import complete_paid_order, sweep_paid_orders
from orders.tests.factories import TESTS, asset_for_sale, buyer, held, order, paid_order, pay, stock, wallet_of
from wallets import services as wallet_services
from wallets.tests.factories import client_wallet

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def complete(one, **fields):
    return services.complete_order(order_id=one.pk, actor=TESTS, now=NOW, **fields)


@pytest.mark.spec("ORD-04", "LED-05", "CHN-02")
@pytest.mark.django_db
def test_the_assets_move_and_everything_is_linked():
    one = paid_order(asset=stock(asset_for_sale()), now=NOW)
    complete(one)
    one.refresh_from_db()

    assert (one.status, one.completed_at, one.next_attempt_at) == (OrderStatus.COMPLETED, NOW, None)
    assert held(one.wallet, one.asset) == 100
    operation = Operation.objects.get(cause_type="orders.order", cause_id=one.pk)
    assert (operation.type, operation.quantity, operation.receiver, operation.cause_reference) == (
        "purchase",
        100,
        one.wallet,
        one.reference,
    )
    assert operation.sender == one.asset.issuer_wallets.issuing_wallet
    assert ChainOp.objects.get(operation_id=operation.pk).amount == 10_000
    assert timeline(one)[0].action == "orders.completed"


@pytest.mark.spec("EXP-01", "TXL-01")
@pytest.mark.django_db
def test_lots_and_counts_as_the_asset_says():
    asset = stock(asset_for_sale(expiration_days=30, transaction_count=5))
    one = paid_order(asset=asset, now=NOW)
    complete(one)

    assert Lot.objects.get(wallet=one.wallet).expires_on == NOW.date() + timedelta(days=30)
    assert Balance.objects.get(wallet=one.wallet, asset=asset).remaining_count == 5


@pytest.mark.spec("ORD-04")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("comment", ["", "Seen on the statement of the 22nd"])
def test_at_most_eight_statements(comment):
    """BEGIN and COMMIT counted (DESIGN 4.1)."""
    asset = stock(asset_for_sale(expiration_days=30, transaction_count=5))
    complete(paid_order(asset=asset))
    one = paid_order(asset=asset)
    with CaptureQueriesContext(connection) as captured:
        complete(one, comment=comment)

    statements = [query["sql"] for query in captured]
    assert statements[0] == "BEGIN"
    assert statements[-1] == "COMMIT"
    assert len(statements) <= 8, statements
    assert "ledger_post" in statements[-2]  # the issuing wallet is locked last


@pytest.mark.spec("ORD-04")
@pytest.mark.django_db(transaction=True)
def test_its_statements_are_planned_once_a_session():
    asset = stock(asset_for_sale())
    for _ in range(12):  # PostgreSQL plans a prepared statement five times before it trusts one plan
        complete(paid_order(asset=asset))
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements WHERE generic_plans > 0")
        planned_once = " ".join(statement for (statement,) in cursor.fetchall())

    for part in ("FOR NO KEY UPDATE OF o", "UPDATE orders_order SET status", "INSERT INTO audit_auditevent", "ledger_post("):
        assert part in planned_once


@pytest.mark.spec("ORD-05")
@pytest.mark.django_db
def test_without_stock_it_stays_paid_with_the_reason_an_alert_and_a_retry():
    asset = stock(asset_for_sale(), "99")
    one = paid_order(asset=asset, now=NOW)
    assert services.try_completion(order_id=one.pk, now=NOW) is False
    one.refresh_from_db()
    assert (one.status, one.blocked_code, one.attempts) == (OrderStatus.PAID, "insufficient_balance", 1)
    assert one.blocked_reason
    assert one.next_attempt_at == NOW + timedelta(minutes=1)
    assert Alert.objects.get(settled_at=None).subject_reference == one.reference

    for attempt in range(12):
        services.try_completion(order_id=one.pk, now=NOW + timedelta(hours=attempt))
    one.refresh_from_db()
    assert one.next_attempt_at == NOW + timedelta(hours=12)  # an hour at most
    assert [event.action for event in timeline(one)].count("orders.completion_blocked") == 1
    assert Alert.objects.count() == 1

    stock(asset, "1")
    assert due_for_completion(now=NOW + timedelta(hours=11, minutes=59)) == []
    assert due_for_completion(now=NOW + timedelta(hours=12)) == [one.pk]
    assert services.try_completion(order_id=one.pk, now=NOW + timedelta(hours=12)) is True
    one.refresh_from_db()
    assert (one.status, one.blocked_code, one.blocked_reason) == (OrderStatus.COMPLETED, "", "")
    assert not Alert.objects.filter(settled_at=None).exists()


@pytest.mark.spec("AST-10", "ORD-05")
@pytest.mark.django_db
def test_two_orders_within_the_maximum_one_by_one_but_not_together():
    asset, client = stock(asset_for_sale(max_client_balance=Decimal(150))), buyer()
    first, second = order(asset=asset, client=client), order(asset=asset, client=client)
    for one in (first, second):
        pay(one)
        services.try_completion(order_id=one.pk, now=NOW)
        one.refresh_from_db()

    assert (first.status, second.status, second.blocked_code) == (OrderStatus.COMPLETED, OrderStatus.PAID, "maximum_balance_exceeded")
    assert held(wallet_of(client), asset) == 100


@pytest.mark.spec("ORD-05", "AST-06", "WAL-03")
@pytest.mark.django_db
@pytest.mark.parametrize("cause", ["asset", "wallet", "client"])
def test_what_keeps_an_order_paid(cause):
    one = paid_order(asset=stock(asset_for_sale()), now=NOW)
    match cause:
        case "asset":
            asset_services.deactivate_asset(asset_id=one.asset_id, actor=TESTS, now=NOW)
        case "wallet":
            wallet_services.close_wallet(wallet_id=one.wallet_id, actor=TESTS, now=NOW)
        case "client":
            type(one.client).objects.filter(pk=one.client_id).update(status="blocked")
    services.try_completion(order_id=one.pk, now=NOW)
    one.refresh_from_db()

    expected = {"asset": "asset_deactivated", "wallet": "wallet_closed", "client": "client_blocked"}[cause]
    assert (one.status, one.blocked_code) == (OrderStatus.PAID, expected)
    assert held(one.wallet, one.asset) == 0


@pytest.mark.spec("ORD-02")
@pytest.mark.django_db
def test_by_hand_the_person_sees_the_refusal_and_nothing_changes():
    one = paid_order(asset=asset_for_sale(), now=NOW)
    with pytest.raises(InsufficientBalance):
        complete(one)
    one.refresh_from_db()
    assert (one.status, one.attempts) == (OrderStatus.PAID, 0)

    with pytest.raises(IllegalTransition):
        complete(order())
    assert not Operation.objects.filter(cause_id=one.pk).exists()


@pytest.mark.spec("ORD-05")
@pytest.mark.django_db
def test_messages_for_what_is_over_do_nothing():
    """C7: delivered twice, days late, for an order that is completed, refused or gone."""
    asset = stock(asset_for_sale())
    one, refused = paid_order(asset=asset), paid_order(asset=asset)
    services.refuse_order(order_id=refused.pk, actor=TESTS, now=NOW, comment="No")
    for order_id in (one.pk, one.pk, refused.pk, 10**12):
        complete_paid_order(order_id=order_id)
    sweep_paid_orders()

    assert held(one.wallet, asset) == 100
    assert held(refused.wallet, asset) == 0
    refused.refresh_from_db()
    assert refused.status == OrderStatus.REFUSED


@pytest.mark.spec("CLI-03")
@pytest.mark.django_db(transaction=True)
def test_a_deactivated_client_gets_and_sends_nothing_until_it_is_back():
    asset, client = stock(asset_for_sale()), buyer()
    ClientEvent.objects.create(client=client, type="activated", at=NOW)
    first, second = (paid_order(asset=asset, client=client) for _ in range(2))
    complete(first)
    deactivate_client(client=client, actor=TESTS, now=NOW)
    with pytest.raises(ClientCannotOrder):
        order(asset=asset, client=client)
    complete_paid_order(order_id=second.pk)
    second.refresh_from_db()
    assert (second.status, held(wallet_of(client), asset)) == (OrderStatus.PAID, first.quantity)
    for sender, receiver in ((wallet_of(client), client_wallet()), (client_wallet(), wallet_of(client))):
        transfer = Move(type=OperationType.P2P_TRANSFER, asset=asset, sender=sender, receiver=receiver, quantity=Decimal(1))
        with pytest.raises(ClientBlocked), transaction.atomic():
            post(moves=[transfer], actor=TESTS, now=NOW)
    reactivate_client(client=client, actor=TESTS, now=NOW)
    complete(second)
    assert held(wallet_of(client), asset) == first.quantity + second.quantity
