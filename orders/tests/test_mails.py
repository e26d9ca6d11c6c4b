"""What a client is told of a purchase on hold, and of one that is refused (LIM-09, KYC-32, ORD-02)."""

import re
from datetime import timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.utils import formats, timezone, translation

from accounts.tests.factories import sign_in, user
from clients.services.levels import set_verification_level
from core import instance
from kit.models import BulkRun
from kit.tasks import run_bulk
from ledger.enums import OperationType
from messaging.models import OutgoingMail
from messaging.services.rendering import render
from orders.enums import HoldKind, OrderStatus, PaymentMethod
from orders.models import Order
from orders.services import release_order
from orders.tasks import complete_paid_order, sweep_unpaid_orders
from orders.tests.factories import TESTS, asset_for_sale, buyer, order, paid_order, pay, stock
from tiers.tests.limits import limit, threshold
from transactions.tasks import recheck_holds

pytestmark = pytest.mark.django_db(transaction=True)
KEY = re.compile(r'name="operation_key" value="([^"]+)"')
LEVELS = {"transactions.held_levels": ["0"]}


@pytest.fixture
def browser():
    return sign_in(user(rights=None))


@pytest.fixture
def asset():
    return stock(asset_for_sale())


def send(browser, one, verb, comment=""):
    """Through the dialog; gives what the dialog says."""
    url = f"/orders/{one.reference}/{verb}/"
    dialog = browser.get(url).content.decode()
    assert browser.post(url, {"operation_key": KEY.search(dialog)[1], "comment": comment}).status_code in (204, 302)
    return dialog


def told(one):
    """The kinds of the mails about it, in order, and the text of the last one."""
    mails = list(OutgoingMail.objects.filter(about_reference=one.reference).order_by("id"))
    assert {mail.to for mail in mails} <= {one.client.email}
    last = render(mails[-1].template, mails[-1].language, mails[-1].context) if mails else None
    return [mail.template for mail in mails], last.text if last else ""


def said(moment, form):
    with translation.override("en"):
        return formats.date_format(timezone.localtime(moment, instance.time_zone()), form)


def reach(one, level):
    with transaction.atomic():
        set_verification_level(client_id=one.client_id, level=level, actor=TESTS, now=timezone.now())
    recheck_holds(client_id=one.client_id)
    one.refresh_from_db()


@pytest.mark.spec("LIM-09")
def test_held_at_a_level_and_on_by_itself_to_be_paid_until_when(asset):
    instance.assume(LEVELS)
    one = order(asset=asset)
    kinds, text = told(one)
    assert kinds == ["orders.held"]
    assert f"100.00 {asset.code} for 150.00 EUR ({one.reference}), is on hold" in text
    assert f"by {said(one.held_until, 'DATE_FORMAT')}, the purchase is closed" in text
    pay(one, "50")
    reach(one, 2)
    kinds, text = told(one)
    assert (one.status, one.held_until, kinds) == (OrderStatus.CREATED, None, ["orders.held", "orders.goes_on"])
    assert f"pay 100.00 EUR by {said(one.expires_at, 'DATETIME_FORMAT')} and quote" in text
    assert f"quote the payment reference {one.payment_reference}" in text
    recheck_holds(client_id=one.client_id)
    pay(one, "100")
    complete_paid_order(one.pk)
    assert told(one)[0] == kinds  # told once, and a purchase that completes says nothing


@pytest.mark.spec("LIM-09")
def test_on_by_itself_where_the_money_has_come(asset):
    instance.assume(LEVELS)
    one = order(asset=asset, payment_method=PaymentMethod.PROVIDER)
    pay(one)
    reach(one, 2)
    kinds, text = told(one)
    assert (one.status, kinds[-1]) == (OrderStatus.PAID, "orders.goes_on")
    assert "Your payment has arrived" in text
    assert "quote" not in text


@pytest.mark.spec("LIM-09")
def test_held_for_too_long_counts_from_the_hold_as_the_setting_was_then(asset, browser):
    instance.assume(LEVELS | {"transactions.hold_days": 2})
    start = timezone.now() - timedelta(days=2, minutes=-5)
    paid, unpaid = (order(asset=asset, now=start) for _ in range(2))
    assert paid.held_until == start + timedelta(days=2)
    assert "On hold until" in browser.get(f"/orders/{paid.reference}/").content.decode()
    pay(paid, "100", at=start)
    instance.assume(LEVELS | {"transactions.hold_days": 1})  # for what is held from now on
    sweep_unpaid_orders()
    assert told(paid)[0] == ["orders.held"]
    Order.objects.update(held_until=timezone.now() - timedelta(seconds=1))
    for _ in range(2):
        sweep_unpaid_orders()
    kinds, text = told(paid)
    assert kinds == ["orders.held", "orders.hold_expired"]
    assert "100.00 EUR, will be paid back" in text
    assert "You don't have to pay" in told(unpaid)[1]
    paid.refresh_from_db()
    assert (paid.status, paid.held_until) == (OrderStatus.REFUSED, None)


@pytest.mark.spec("LIM-09", "KYC-32")
def test_what_the_limits_of_the_new_level_hold_has_no_end_and_its_client_is_told(asset, browser):
    instance.assume(LEVELS)
    threshold(limit(name="Verified", level=2), asset, 50, "receive", types=[OperationType.PURCHASE])
    one = order(asset=asset)
    reach(one, 2)
    kinds, text = told(one)
    assert (one.hold_kind, one.held_until) == (HoldKind.LIMIT, None)
    assert kinds == ["orders.held", "orders.held_for_decision"]
    assert "Limit “Verified” allows 50.00" in text
    sweep_unpaid_orders()
    assert told(one)[0] == kinds
    assert "is told by mail" in send(browser, one, "approve", "Papers seen")
    kinds, text = told(one)
    assert kinds[2:] == ["orders.goes_on"]
    assert "Papers seen" not in text


@pytest.mark.spec("LIM-09")
def test_what_something_else_keeps_back_says_that_it_is_being_decided(asset, browser):
    instance.assume(LEVELS | {"tiers.without_limit": "refuse"})
    one = order(asset=asset)
    reach(one, 2)
    kinds, text = told(one)
    assert (one.hold_kind, one.held_until, kinds[-1]) == (HoldKind.HAND, None, "orders.held_for_decision")
    assert "until our team has decided on it.\n" in text


@pytest.mark.spec("KYC-32", "ORD-06")
def test_above_a_limit_in_the_clients_language_and_refused_with_the_reason(asset, browser):
    threshold(limit(name="Everyday"), asset, 50, "receive", types=[OperationType.PURCHASE])
    one = order(asset=asset, client=buyer(language="fr"))
    kinds, text = told(one)
    assert kinds == ["orders.held_for_decision"]
    assert "Votre achat du" in text
    assert "Everyday" in text
    assert "allows" not in text
    pay(one)
    dialog = send(browser, one, "refuse", "L’origine des fonds n’est pas claire")
    assert "The client reads it in the mail." in dialog
    kinds, text = told(one)
    assert kinds == ["orders.held_for_decision", "orders.refused"]
    assert "a été refusé : L’origine des fonds n’est pas claire" in text
    assert "150,00 EUR, vous sera remboursé" in text


@pytest.mark.spec("ORD-02")
def test_held_by_hand_the_comments_of_people_stay_inside(asset, browser):
    one, other = order(asset=asset), order(asset=asset)
    for held in (one, other):
        assert "not now" in send(browser, held, "hold", "Looks like fraud")
        assert told(held) == ([], "")
    send(browser, one, "release", "It was his aunt")
    kinds, text = told(one)
    assert kinds == ["orders.goes_on"]
    assert not {"fraud", "aunt"} & set(re.findall(r"\w+", text))
    send(browser, other, "refuse", "Paid by somebody else")
    kinds, text = told(other)
    assert kinds == ["orders.refused"]
    assert "refused: Paid by somebody else" in text
    assert "fraud" not in text


@pytest.mark.spec("ORD-02", "UIX-08")
def test_many_refused_at_once_tell_each_client(asset, browser):
    rows = [paid_order(asset=asset), paid_order(asset=asset)]
    where = "/orders/?" + urlencode({"bulk": "refuse", "row": [row.reference for row in rows]}, doseq=True)
    form = browser.get(where).content.decode()
    assert "each client is told by mail, with the reason" in form
    browser.post(where, {"operation_key": KEY.search(form)[1], "comment": "Campaign ended"})
    run_bulk(BulkRun.objects.latest("id").pk)
    for row in rows:
        kinds, text = told(row)
        assert kinds == ["orders.refused"]
        assert "Campaign ended" in text


@pytest.mark.spec("LIM-09")
def test_test_clients_are_told_nothing():
    instance.assume(LEVELS)
    asset = asset_for_sale(is_test=True)
    one = order(asset=asset, client=buyer(is_test=True))
    assert one.status == OrderStatus.ON_HOLD
    reach(one, 2)
    assert one.status == OrderStatus.CREATED
    assert not OutgoingMail.objects.exists()


@pytest.mark.spec("ORD-02")
def test_what_does_not_happen_is_not_told(asset, browser):
    one = order(asset=asset)
    url = f"/orders/{one.reference}/refuse/"  # it isn't paid: cancel it
    page = browser.get(url).content.decode()
    assert browser.post(url, {"operation_key": KEY.search(page)[1], "comment": "No"}).status_code == 422
    send(browser, one, "cancel")
    assert told(one) == ([], "")


@pytest.mark.spec("LIM-09", "ORD-05")
@pytest.mark.parametrize("of_the_person", ["Asia/Tokyo", "UTC"])
def test_a_deadline_is_told_in_the_instance_s_time_whoever_lets_it_go(browser, asset, of_the_person):
    instance.assume({"instance.time_zone": "America/New_York"})
    one = order(asset=asset)
    send(browser, one, "hold", "Looks odd")
    with timezone.override(of_the_person):
        release_order(order_id=one.pk, actor=TESTS, now=timezone.now())
    one.refresh_from_db()
    wanted = one.expires_at.astimezone(ZoneInfo("America/New_York"))
    assert f"by {formats.date_format(wanted, 'DATETIME_FORMAT')}" in told(one)[1]
