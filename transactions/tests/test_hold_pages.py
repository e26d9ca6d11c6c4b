"""The queue of what is on hold, the page of one, cancelling by hand (LIM-09, TXN-04, DSH-04, UIX-08)."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.tests.factories import sign_in, user
from kit.models import BulkRun
from kit.tasks import run_bulk
from ledger.tests.factories import make_asset
from tiers.tests.limits import limit
from transactions.enums import HoldStatus
from transactions.models import Hold
from transactions.services import holds
from transactions.tests.factories import TESTS, balance, held, member, reach

pytestmark = [pytest.mark.django_db, pytest.mark.spec("LIM-09")]
KEY = re.compile(r'name="operation_key" value="([^"]+)"')


@pytest.fixture
def browser():
    return sign_in(user(rights=None))


def listed(browser, **query):
    answer = browser.get("/holds/", query)
    assert answer.status_code == 200
    return set(re.findall(r"/holds/(HLD-[0-9A-Z]{10})/", answer.content.decode()))


def test_every_criterion_finds_its_holds_and_no_others(browser):
    asset, other_asset = make_asset(issued=1000), make_asset(issued=1000)
    anna, ben = member(asset, first_name="Zelma", last_name="Kļaviņa"), member(other_asset)
    one, other = held(asset, anna, ben, "7"), held(other_asset, ben, anna, "90")
    holds.cancel_hold(hold_id=other.pk, reason="Not wanted", actor=TESTS, now=timezone.now())
    Hold.objects.filter(pk=other.pk).update(arrived_at=timezone.now() - timedelta(days=40))
    yesterday = (timezone.now() - timedelta(days=1)).date().isoformat()
    for query in (
        {"client": "kļavi"}, {"client": anna.client.reference}, {"status": "held"}, {"arrived_at_from": yesterday}, {"asset": asset.code},
        {"quantity_to": "7"}, {"reference": one.reference}, {"type": "p2p_transfer", "status": "held"},
    ):  # fmt: skip
        assert listed(browser, **query) == {one.reference}, query
    assert listed(browser, closed_at_from=yesterday) == {other.reference}
    assert listed(browser, type="payment") == set()


def test_the_page_tells_what_waits_for_what_and_leads_on(browser):
    asset = make_asset(issued=1000)
    anna, ben = member(asset), member()
    hold = held(asset, anna, ben, "12.5")
    page = browser.get(f"/holds/{hold.reference}/").content.decode()
    assert "goes on by itself" in page
    assert "the rules would say" in browser.get(f"/holds/{hold.reference}/", {"tab": "why"}).content.decode()
    assert f"/clients/{anna.client.reference}/" in page
    assert f"/wallets/{ben.reference}/" in page
    assert "Transaction held" in page  # the timeline
    tab = browser.get(f"/clients/{anna.client.reference}/", {"tab": "holds"}).content.decode()
    assert f"/holds/{hold.reference}/" in tab
    assert f'Held transaction <a href="/holds/{hold.reference}/">' in browser.get(f"/wallets/{anna.reference}/").content.decode()
    reach(anna, 2)
    holds.recheck(client_id=anna.client_id, now=timezone.now())
    hold.refresh_from_db()
    page = browser.get(f"/holds/{hold.reference}/").content.decode()
    assert f"/transactions/{hold.operation_reference}/" in page
    operation = browser.get(f"/transactions/{hold.operation_reference}/").content.decode()
    assert f"/holds/{hold.reference}/" in operation


@pytest.mark.spec("UIX-03")
def test_cancelled_by_hand_with_a_reason(browser):
    asset = make_asset(issued=1000)
    anna = member(asset)
    hold = held(asset, anna, member(), "12.5")
    address = f"/holds/{hold.reference}/cancel/"
    form = browser.get(address).content.decode()
    assert "12.50" in form
    assert browser.post(address, {"operation_key": KEY.search(form)[1], "reason": ""}).status_code == 422
    assert browser.post(address, {"operation_key": KEY.search(form)[1], "reason": "Sent twice"}).status_code == 302
    hold.refresh_from_db()
    assert (hold.status, hold.closing_reason) == (HoldStatus.CANCELLED, "Sent twice")
    assert balance(anna, asset) == (100, 0)
    assert "hold-cancel" not in browser.get(f"/holds/{hold.reference}/").content.decode()


@pytest.mark.spec("UIX-08")
def test_many_are_cancelled_at_once(browser):
    asset = make_asset(issued=1000)
    anna = member(asset)
    rows = [held(asset, anna, member(), "10") for _ in range(3)]
    holds.cancel_hold(hold_id=rows[2].pk, reason="Earlier", actor=TESTS, now=timezone.now())
    where = "/holds/?bulk=cancel&" + "&".join(f"row={row.reference}" for row in rows)
    form = browser.get(where).content.decode()
    assert "are closed already" in form
    assert browser.post(where, {"operation_key": KEY.search(form)[1], "reason": "Campaign ended"}).status_code == 302
    run = BulkRun.objects.latest("id")
    run_bulk(run.pk)
    run.refresh_from_db()
    assert (run.changed, run.refused) == (2, 1)
    assert balance(anna, asset) == (100, 0)


@pytest.mark.spec("DSH-04", "TXN-04")
def test_what_waits_is_counted_and_all_transactions_lead_there(browser):
    asset = make_asset(issued=1000)
    held(asset, member(asset), member(), "10")
    overview = browser.get("/").content.decode()
    assert "/holds/?status=held" in overview
    assert 'href="/holds/"' in browser.get("/transactions/all/").content.decode().split('class="page-intro"')[1].split("</p>")[0]


def test_who_may_not_act_sees_no_button(browser):
    asset = make_asset(issued=1000)
    hold = held(asset, member(asset), member(), "10")
    watcher = sign_in(user(rights=["holds.see"]))
    assert f"/holds/{hold.reference}/cancel/" not in watcher.get(f"/holds/{hold.reference}/").content.decode()
    assert watcher.get(f"/holds/{hold.reference}/cancel/").status_code == 403
    assert sign_in(user(rights=["clients.see"])).get("/holds/").status_code == 403


@pytest.mark.spec("UIX-09")
def test_why_a_limit_refused_it_stands_on_its_page(browser):
    asset = make_asset(issued=1000)
    anna = member(asset)
    hold = held(asset, anna, member(), "80")
    limit({"asset": asset, "amount": "50", "period_days": 365}, level=2, name="Level 2 a year")
    reach(anna, 2)
    holds.recheck(client_id=anna.client_id, now=timezone.now())
    hold.refresh_from_db()
    assert hold.status == HoldStatus.REFUSED
    why = browser.get(f"/holds/{hold.reference}/", {"tab": "why"}).content.decode()
    assert "Level 2 a year" in why
    assert "Level 2 a year" in browser.get(f"/transactions/{hold.operation_reference}/", {"tab": "why"}).content.decode()
