"""Held until the level is reached, then on by itself, in order of arrival (LIM-09)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from accounts.tests.factories import sign_in, user
from audit.models import AuditEvent
from audit.services import IllegalTransition
from core import instance
from ledger.enums import OperationStatus, OperationType
from ledger.models import Operation
from ledger.services.closing import close
from ledger.services.proof import prove
from ledger.services.refusals import InsufficientBalance
from ledger.tests.factories import buy, make_asset
from messaging.models import Alert, OutgoingMail
from tiers.models import OperationFee
from transactions.enums import HoldStatus
from transactions.models import Hold
from transactions.services import holds
from transactions.tasks import recheck_holds, sweep_holds
from transactions.tests.factories import HELD, TESTS, balance, held, member, quoted, reach, sent

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def held_levels() -> None:
    """As an instance comes: levels 0 and 1 are held."""
    instance.assume(HELD)


@pytest.mark.spec("LIM-09")
def test_what_a_client_of_a_held_level_sends_waits_with_its_quantity_reserved():
    asset = make_asset(issued=1000)
    anna, ben = member(asset, "100"), member()
    hold = held(asset, anna, ben, "30")
    assert (hold.status, hold.level, hold.quantity) == (HoldStatus.HELD, 0, 30)
    assert hold.expires_at - hold.arrived_at == timedelta(days=30)
    assert balance(anna, asset) == (100, 30)
    assert balance(ben, asset) == (0, 0)
    mail = OutgoingMail.objects.get(template="transactions.held")
    assert (mail.to, mail.context["reference"]) == (anna.client.email, hold.reference)
    with pytest.raises(InsufficientBalance):  # what is reserved is spoken for
        quoted(asset, anna, ben, "71")


@pytest.mark.spec("LIM-09")
def test_above_the_held_levels_nothing_waits():
    asset = make_asset(issued=1000)
    anna, ben = member(asset, level=2), member()
    assert sent(asset, anna, ben, "30").hold is None
    assert (balance(anna, asset), balance(ben, asset)) == ((70, 0), (30, 0))
    assert {mail.template for mail in OutgoingMail.objects.all()} == {"transactions.transfer_sent", "transactions.transfer_received"}


@pytest.mark.spec("LIM-09")
def test_once_the_level_is_reached_it_goes_on_in_order_of_arrival_once():
    asset = make_asset(issued=1000)
    anna, ben = member(asset, "100"), member()
    arrived = [held(asset, anna, ben, quantity) for quantity in ("10", "20", "30")]
    assert holds.recheck(client_id=anna.client_id, now=timezone.now()) == 0  # the level is held still
    reach(anna, 2)
    holds.recheck(client_id=anna.client_id, now=timezone.now())
    holds.recheck(client_id=anna.client_id, now=timezone.now())
    posted = Operation.objects.filter(type=OperationType.P2P_TRANSFER).order_by("id")
    assert [(one.quantity, one.cause_reference, one.status) for one in posted] == [
        (quantity, hold.reference, OperationStatus.POSTED) for quantity, hold in zip((10, 20, 30), arrived, strict=True)
    ]
    assert set(Hold.objects.values_list("status", flat=True)) == {HoldStatus.POSTED}
    assert [hold.operation_id for hold in Hold.objects.order_by("id")] == [one.pk for one in posted]
    assert (balance(anna, asset), balance(ben, asset)) == ((40, 0), (60, 0))
    assert prove().holds


@pytest.mark.spec("LIM-09")
def test_what_is_refused_then_is_released_and_mailed_and_the_rest_goes_on():
    asset = make_asset(issued=1000, max_client_balance=25)
    anna, ben, cleo = member(asset, "25"), member(), member()
    first, too_much, last = held(asset, anna, ben, "10"), held(asset, anna, cleo, "9"), held(asset, anna, ben, "6")
    buy(asset, cleo, "20")
    reach(anna, 2)
    holds.recheck(client_id=anna.client_id, now=timezone.now())
    for hold in (first, too_much, last):
        hold.refresh_from_db()
    assert [one.status for one in (first, too_much, last)] == [HoldStatus.POSTED, HoldStatus.REFUSED, HoldStatus.POSTED]
    assert (balance(anna, asset), balance(cleo, asset)) == ((9, 0), (20, 0))
    attempt = Operation.objects.get(pk=too_much.operation_id)
    assert (attempt.status, attempt.refused_reason, attempt.cause_reference) == (
        OperationStatus.REFUSED, "maximum_balance_exceeded", too_much.reference,
    )  # fmt: skip
    mail = OutgoingMail.objects.get(template="transactions.hold_refused")
    assert "maximum" in mail.context["reason"]
    assert AuditEvent.objects.filter(action="transactions.hold_refused", subject_reference=too_much.reference).exists()


@pytest.mark.spec("LIM-09")
def test_a_client_who_is_frozen_waits_on():
    asset = make_asset(issued=1000)
    anna, ben = member(asset), member()
    hold = held(asset, anna, ben)
    reach(anna, 2)
    type(anna.client).objects.filter(pk=anna.client_id).update(status="frozen")
    holds.recheck(client_id=anna.client_id, now=timezone.now())
    hold.refresh_from_db()
    assert hold.status == HoldStatus.HELD
    assert "frozen" in hold.waits_for
    type(anna.client).objects.filter(pk=anna.client_id).update(status="active")
    assert holds.clients_to_recheck() == [anna.client_id]  # the sweeper finds it without a message
    holds.recheck(client_id=anna.client_id, now=timezone.now())
    hold.refresh_from_db()
    assert (hold.status, hold.waits_for) == (HoldStatus.POSTED, "")


@pytest.mark.spec("LIM-09")
def test_a_level_that_is_no_longer_held_lets_its_clients_go_on():
    asset = make_asset(issued=1000)
    anna, ben = member(asset), member()
    hold = held(asset, anna, ben)
    assert holds.clients_to_recheck() == []
    instance.assume({"transactions.held_levels": []})
    assert holds.clients_to_recheck() == [anna.client_id]
    holds.recheck(client_id=anna.client_id, now=timezone.now())
    hold.refresh_from_db()
    assert hold.status == HoldStatus.POSTED


@pytest.mark.spec("LIM-09")
def test_what_is_cancelled_is_released_and_mailed_with_the_reason():
    asset = make_asset(issued=1000)
    anna, ben = member(asset), member()
    hold = held(asset, anna, ben)
    with pytest.raises(holds.ReasonNeeded):
        holds.cancel_hold(hold_id=hold.pk, reason="  ", actor=TESTS, now=timezone.now())
    holds.cancel_hold(hold_id=hold.pk, reason="Sent to the wrong person", actor=TESTS, now=timezone.now())
    hold.refresh_from_db()
    assert (hold.status, hold.closing_reason) == (HoldStatus.CANCELLED, "Sent to the wrong person")
    assert balance(anna, asset) == (100, 0)
    assert Operation.objects.get(pk=hold.operation_id).status == OperationStatus.CANCELLED
    assert OutgoingMail.objects.get(template="transactions.hold_cancelled").context["reason"] == "Sent to the wrong person"
    with pytest.raises(IllegalTransition):
        holds.cancel_hold(hold_id=hold.pk, reason="Again", actor=TESTS, now=timezone.now())
    reach(anna, 2)
    assert holds.recheck(client_id=anna.client_id, now=timezone.now()) == 0


@pytest.mark.spec("LIM-09")
def test_after_its_time_it_expires_once():
    asset = make_asset(issued=1000)
    anna, ben = member(asset), member()
    hold = held(asset, anna, ben)
    assert holds.expire_holds(now=hold.expires_at - timedelta(seconds=1)) == 0
    assert holds.expire_holds(now=hold.expires_at) == 1
    assert holds.expire_holds(now=hold.expires_at) == 0
    hold.refresh_from_db()
    assert (hold.status, hold.closed_at) == (HoldStatus.EXPIRED, hold.expires_at)
    assert balance(anna, asset) == (100, 0)
    assert OutgoingMail.objects.filter(template="transactions.hold_expired").count() == 1
    assert Operation.objects.get(pk=hold.operation_id).refused_reason == "hold_expired"


@pytest.mark.spec("LIM-09", "FEE-04")
def test_the_fee_is_reserved_too_and_charged_as_it_is_then():
    asset = make_asset(issued=1000)
    anna, ben = member(asset, "11"), member()
    rule = OperationFee.objects.create(
        type=OperationType.P2P_TRANSFER, asset=asset, fixed=1, valid_from=timezone.now() - timedelta(days=1), created_at=timezone.now()
    )
    hold = held(asset, anna, ben, "10")
    assert (hold.fee, balance(anna, asset)) == (1, (11, 11))
    OperationFee.objects.filter(pk=rule.pk).update(fixed="0.25")
    reach(anna, 2)
    holds.recheck(client_id=anna.client_id, now=timezone.now())
    hold.refresh_from_db()
    assert hold.status == HoldStatus.POSTED
    assert (balance(anna, asset), balance(ben, asset)) == ((Decimal("0.75"), 0), (10, 0))
    assert OutgoingMail.objects.get(template="transactions.transfer_sent").context["fee"].startswith("0.25")


@pytest.mark.spec("LIM-09", "WAL-03")
def test_out_of_a_wallet_that_was_closed_meanwhile_nothing_goes():
    asset = make_asset(issued=1000)
    anna, ben = member(asset), member()
    hold = held(asset, anna, ben)
    close(wallet_id=anna.pk, release_reserved=True, actor=TESTS, now=timezone.now())
    reach(anna, 2)
    holds.recheck(client_id=anna.client_id, now=timezone.now())
    hold.refresh_from_db()
    assert (hold.status, Operation.objects.get(pk=hold.operation_id).refused_reason) == (HoldStatus.REFUSED, "wallet_closed")
    assert (balance(anna, asset), balance(ben, asset)) == ((100, 0), (0, 0))
    assert "closed" in OutgoingMail.objects.get(template="transactions.hold_refused").context["reason"]


@pytest.mark.spec("LIM-09", "NOT-03")
def test_one_that_breaks_keeps_nobody_waiting_and_raises_an_alert_until_it_goes_on():
    asset = make_asset(issued=1000)
    anna, ben = member(asset, "100"), member()
    _first, broken, _last = (held(asset, anna, ben, quantity) for quantity in ("10", "20", "30"))
    Hold.objects.filter(pk=broken.pk).update(reservation_id=broken.reservation_id + 10**6)  # of nothing: it can't even be refused
    reach(anna, 2)
    for _ in range(2):
        recheck_holds(anna.client_id)
    sweep_holds()
    assert list(Hold.objects.order_by("id").values_list("status", flat=True)) == [HoldStatus.POSTED, HoldStatus.HELD, HoldStatus.POSTED]
    assert (balance(anna, asset), balance(ben, asset)) == ((60, 20), (40, 0))
    alert = Alert.objects.get()
    assert (alert.kind, alert.subject_reference, alert.settled_at) == ("transactions.hold_stuck", broken.reference, None)
    assert broken.reference in alert.message
    page = sign_in(user(rights=None)).get(f"/alerts/{alert.reference}/").content.decode()
    assert f"/holds/{broken.reference}/" in page

    Hold.objects.filter(pk=broken.pk).update(reservation_id=broken.reservation_id)
    sweep_holds()
    broken.refresh_from_db()
    alert.refresh_from_db()
    assert broken.status == HoldStatus.POSTED
    assert alert.settled_at is not None
    assert (balance(anna, asset), balance(ben, asset)) == ((40, 0), (60, 0))


@pytest.mark.spec("LIM-09", "NOT-03")
def test_the_alert_of_one_that_breaks_is_settled_where_it_is_cancelled():
    asset = make_asset(issued=1000)
    anna, ben = member(asset), member()
    hold = held(asset, anna, ben)
    Hold.objects.filter(pk=hold.pk).update(reservation_id=hold.reservation_id + 10**6)
    reach(anna, 2)
    recheck_holds(anna.client_id)
    Hold.objects.filter(pk=hold.pk).update(reservation_id=hold.reservation_id)
    assert Alert.objects.filter(settled_at=None).count() == 1
    holds.cancel_hold(hold_id=hold.pk, reason="It can't go on", actor=TESTS, now=timezone.now())
    assert not Alert.objects.filter(settled_at=None).exists()
    assert prove().holds


@pytest.mark.spec("LIM-09", "NOT-03")
def test_one_that_breaks_keeps_no_other_from_expiring():
    asset = make_asset(issued=1000)
    anna, ben = member(asset), member()
    broken, other = held(asset, anna, ben, "10"), held(asset, anna, ben, "20")
    Hold.objects.filter(pk=broken.pk).update(reservation_id=broken.reservation_id + 10**6)
    assert [holds.expire_holds(now=other.expires_at) for _ in range(2)] == [1, 0]
    assert Alert.objects.get().subject_reference == broken.reference
    assert balance(anna, asset) == (100, 10)


@pytest.mark.spec("LIM-09")
def test_a_database_that_goes_away_ends_the_run_and_alarms_nobody():
    asset = make_asset(issued=1000)
    anna, ben = member(asset), member()
    hold = held(asset, anna, ben)
    reach(anna, 2)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '50ms'")
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT 1 FROM transactions_hold WHERE id = %s FOR UPDATE", [hold.pk])
        with pytest.raises(OperationalError):
            recheck_holds(anna.client_id)
    finally:
        other.close()
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
    assert not Alert.objects.exists()
    recheck_holds(anna.client_id)
    hold.refresh_from_db()
    assert hold.status == HoldStatus.POSTED
