"""Orders over a limit or at a held level: on hold, approved or refused, on by themselves, asked again when they complete
(KYC-31, KYC-32, ORD-06, LIM-09)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Face
from accounts.tests.factories import sign_in, user
from audit.selectors import timeline
from clients.models import Client
from clients.services.levels import set_verification_level
from core import instance
from ledger.enums import OperationStatus, OperationType
from ledger.models import Operation
from ledger.services.proof import prove
from messaging.models import Alert
from orders import services
from orders.enums import HoldKind, OrderStatus, Right
from orders.models import Order
from orders.services.decisions import HeldByRule, ReasonNeeded
from orders.services.holding import NothingToApprove
from orders.tasks import complete_paid_order, sweep_paid_orders
from orders.tests.factories import TESTS, asset_for_sale, buyer, held, order, paid_order, pay, stock, wallet_of
from tiers.services.limits import NoLimit
from tiers.tests.limits import limit, threshold
from transactions.selectors import decision_of
from transactions.services import holds

pytestmark = pytest.mark.django_db(transaction=True)
PURCHASE = OperationType.PURCHASE


@pytest.fixture
def asset():
    return stock(asset_for_sale())


@pytest.fixture
def everyday(asset):
    """At most 150 bought in 30 days, by anybody."""
    made = limit(name="Everyday")
    threshold(made, asset, 150, "receive", types=[PURCHASE], period_days=30, alert=True)
    return made


def approve(one, reason="Known to us for years"):
    return services.approve_order(order_id=one.pk, actor=TESTS, now=timezone.now(), comment=reason)


def reached(client, level):
    with transaction.atomic():
        set_verification_level(client_id=client.pk, level=level, actor=TESTS, now=timezone.now())


@pytest.mark.spec("KYC-31", "KYC-32", "ORD-06")
def test_above_a_limit_it_goes_on_hold_and_is_approved_for_itself_alone(asset, everyday):
    client = buyer()
    one = order(asset=asset, client=client, quantity="151")
    assert (one.status, one.hold_kind) == (OrderStatus.ON_HOLD, HoldKind.LIMIT)
    assert "Limit “Everyday” allows 150.00" in one.hold_reason
    assert (one.decision.verdict, one.decision.code) == ("refused", "limit_exceeded")
    assert Alert.objects.get(kind="limits.exceeded").subject_reference == client.reference
    with pytest.raises(HeldByRule):
        services.release_order(order_id=one.pk, actor=TESTS, now=timezone.now())
    with pytest.raises(ReasonNeeded):
        approve(one, " ")

    approve(one)
    one.refresh_from_db()
    assert (one.status, one.hold_kind, len(one.overridden)) == (OrderStatus.CREATED, "", 1)
    assert [event.action for event in timeline(one)][:2] == ["orders.released", "orders.approved"]
    pay(one)
    complete_paid_order(one.pk)
    one.refresh_from_db()
    assert (one.status, held(one.wallet, asset)) == (OrderStatus.COMPLETED, 151)
    assert decision_of(Operation.objects.get(cause_id=one.pk)).content["limits"]["looks"][0]["overridden"]
    assert order(asset=asset, client=client, quantity="1").status == OrderStatus.ON_HOLD  # the next one is asked again
    with pytest.raises(NothingToApprove):
        approve(one)


@pytest.mark.spec("KYC-32")
def test_refused_by_an_administrator_what_was_paid_is_due_back(asset, everyday):
    one = order(asset=asset, quantity="151")
    pay(one)
    one.refresh_from_db()
    assert one.status == OrderStatus.ON_HOLD
    services.refuse_order(order_id=one.pk, actor=TESTS, now=timezone.now(), comment="No explanation given")
    one.refresh_from_db()
    assert (one.status, one.hold_kind, one.refunds.get().amount) == (OrderStatus.REFUSED, "", one.total)


@pytest.mark.spec("KYC-32")
def test_an_approval_lifts_the_rule_that_was_passed_and_no_other(asset, everyday):
    one = order(asset=asset, quantity="151")
    pay(one)
    approve(one)
    threshold(everyday, asset, 20, "receive", types=[PURCHASE])  # made since
    complete_paid_order(one.pk)
    one.refresh_from_db()
    assert (one.status, one.blocked_code) == (OrderStatus.PAID, "limit_exceeded")
    approve(one)
    complete_paid_order(one.pk)
    one.refresh_from_db()
    assert (one.status, one.blocked_code) == (OrderStatus.COMPLETED, "")


@pytest.mark.spec("KYC-31", "ORD-05", "ORD-06")
def test_exceeded_when_it_completes_it_stays_paid_with_the_reason_an_alert_and_a_retry(asset, everyday):
    client = buyer()
    first, second = (paid_order(asset=asset, client=client, quantity="100") for _ in range(2))
    complete_paid_order(first.pk)
    complete_paid_order(second.pk)
    second.refresh_from_db()
    assert (second.status, second.blocked_code) == (OrderStatus.PAID, "limit_exceeded")
    assert "50.00" in second.blocked_reason
    assert second.decision.code == "limit_exceeded"
    assert set(Alert.objects.values_list("kind", flat=True)) == {"limits.exceeded", "orders.completion_blocked"}
    assert not Operation.objects.filter(status=OperationStatus.REFUSED).exists()  # the order waits: it hasn't come to nothing
    everyday.thresholds.all().delete()
    Order.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))
    sweep_paid_orders()
    second.refresh_from_db()
    assert second.status == OrderStatus.COMPLETED


@pytest.mark.spec("LIM-07", "C1")
def test_twenty_paid_orders_of_one_client_can_not_pass_the_threshold_together(asset, everyday):
    client = buyer()
    orders = [paid_order(asset=asset, client=client, quantity="9") for _ in range(20)]

    def one(row):
        try:
            return services.try_completion(order_id=row.pk, now=timezone.now())
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, orders)) == 16
    assert held(wallet_of(client), asset) == 144
    assert prove().holds


@pytest.mark.spec("LIM-04", "TXN-04")
def test_what_can_not_be_approved_is_refused_at_once_and_stands_among_all_transactions(asset):
    instance.assume({"tiers.without_limit": "refuse", "transactions.held_levels": []})
    with pytest.raises(NoLimit):
        order(asset=asset)
    assert not Order.objects.exists()
    attempt = Operation.objects.get(status=OperationStatus.REFUSED)
    assert (attempt.type, attempt.refused_reason) == ("purchase", "no_limit")


@pytest.mark.spec("LIM-09")
def test_at_a_held_level_it_waits_and_goes_on_by_itself_in_order(asset, everyday):
    instance.assume({"transactions.held_levels": ["0", "1"]})
    client = buyer()
    first, second = (order(asset=asset, client=client, quantity="100") for _ in range(2))
    assert (first.status, first.hold_kind) == (OrderStatus.ON_HOLD, HoldKind.LEVEL)
    pay(first)
    reached(client, 1)
    holds.recheck(client_id=client.pk, now=timezone.now())
    first.refresh_from_db()
    assert first.status == OrderStatus.ON_HOLD
    reached(client, 2)
    assert holds.recheck(client_id=client.pk, now=timezone.now()) == 2
    assert holds.recheck(client_id=client.pk, now=timezone.now()) == 0
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == (OrderStatus.PAID, OrderStatus.CREATED)
    complete_paid_order(first.pk)
    third = order(asset=asset, client=client, quantity="60")
    assert (third.status, third.hold_kind) == (OrderStatus.ON_HOLD, HoldKind.LIMIT)


@pytest.mark.spec("LIM-09", "C4")
def test_what_waits_for_its_level_for_too_long_is_refused_once_and_what_was_paid_is_due_back(asset):
    instance.assume({"transactions.held_levels": ["0"]})
    one = order(asset=asset)
    pay(one)
    by_hand = order(asset=asset, client=(known := buyer()), now=timezone.now())
    Order.objects.filter(pk=by_hand.pk).update(hold_kind=HoldKind.HAND, held_until=None)
    later = timezone.now() + timedelta(days=30, minutes=1)
    assert [services.expire_held(now=moment) for moment in (timezone.now(), later, later)] == [0, 1, 0]
    one.refresh_from_db()
    assert (one.status, one.closing_reason, one.refunds.get().amount) == (OrderStatus.REFUSED, "On hold for too long", one.total)
    assert Operation.objects.get(cause_id=one.pk).refused_reason == "hold_expired"
    reached(one.client, 2)
    assert holds.recheck(client_id=one.client_id, now=later) == 0
    assert Order.objects.get(client=known).status == OrderStatus.ON_HOLD


@pytest.mark.spec("LIM-09", "KYC-32")
def test_what_the_limits_of_the_new_level_hold_waits_for_an_administrator(asset):
    instance.assume({"transactions.held_levels": ["0"]})
    threshold(limit(name="Verified", level=2), asset, 50, "receive", types=[PURCHASE])
    client = buyer()
    one = order(asset=asset, client=client, quantity="51")
    assert one.hold_kind == HoldKind.LEVEL
    reached(client, 2)
    holds.recheck(client_id=client.pk, now=timezone.now())
    one.refresh_from_db()
    assert (one.status, one.hold_kind) == (OrderStatus.ON_HOLD, HoldKind.LIMIT)
    assert timeline(one)[0].action == "orders.checked_again"
    approve(one)
    one.refresh_from_db()
    assert one.status == OrderStatus.CREATED


@pytest.mark.spec("ORD-04", "LIM-07")
def test_at_most_eight_statements_with_limits(asset, everyday):
    for _ in range(2):
        services.complete_order(order_id=paid_order(asset=asset).pk, actor=TESTS, now=timezone.now())
    one = paid_order(asset=asset)
    with CaptureQueriesContext(connection) as captured:
        services.complete_order(order_id=one.pk, actor=TESTS, now=timezone.now(), comment="Seen")
    statements = [query["sql"] for query in captured]
    assert len(statements) <= 8, statements
    assert "ledger_post" in statements[-2]


@pytest.mark.spec("KYC-32", "UIX-09", "A3")
def test_the_page_says_why_and_lets_those_with_the_right_approve(asset, everyday):
    one = order(asset=asset, quantity="151")
    clerk = sign_in(user(Face.ISSUER, [Right.ORDERS_SEE, Right.ORDERS_ACT]))
    page = clerk.get(f"/orders/{one.reference}/").content.decode()
    assert "Above a limit" in page
    assert f"/orders/{one.reference}/approve/" not in page
    assert f"/orders/{one.reference}/release/" not in page
    assert clerk.get(f"/orders/{one.reference}/approve/").status_code == 403
    why = clerk.get(f"/orders/{one.reference}/", {"tab": "why"}).content.decode()
    assert "Everyday" in why
    assert "150.00" in why
    chief = sign_in(user(Face.ISSUER))
    url = f"/orders/{one.reference}/approve/"
    dialog = chief.get(url).content.decode()
    assert "allows 150.00" in dialog
    key = dialog.split('name="operation_key" value="')[1].split('"')[0]
    assert chief.post(url, {"operation_key": key, "comment": ""}).status_code == 422
    for _ in range(2):  # a double click approves once
        assert chief.post(url, {"operation_key": key, "comment": "Papers seen"}).status_code in (204, 302)
    one.refresh_from_db()
    assert one.status == OrderStatus.CREATED
    assert [event.action for event in timeline(one)].count("orders.approved") == 1


@pytest.mark.spec("KYC-31")
def test_the_limit_of_another_level_is_another(asset):
    threshold(limit(name="Second", level=2), asset, 50, "receive", types=[PURCHASE])
    client = buyer()
    assert order(asset=asset, client=client, quantity="51").status == OrderStatus.CREATED
    Client.objects.filter(pk=client.pk).update(verification_level=2)
    assert order(asset=asset, client=client, quantity="51").status == OrderStatus.ON_HOLD
    assert order(asset=asset, client=client, quantity="50").status == OrderStatus.CREATED
