"""What waits for a client's level and the case that raises it: links both ways, on by itself after the approval (KYC-09, KYC-13, LIM-09)."""

import pytest
from django.utils import timezone

from accounts.tests.factories import sign_in, user
from core import instance
from kyc import services
from kyc.tests.factories import case, rich
from ledger.tests.factories import buy, make_asset
from transactions.enums import HoldStatus
from transactions.services import holds
from transactions.tasks import recheck_holds, sweep_holds
from transactions.tests.factories import HELD, TESTS, balance, held, member

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.spec("LIM-09")]


@pytest.mark.spec("KYC-09")
def test_approved_what_waits_goes_on_by_itself():
    instance.assume(HELD)
    asset, anna, ben = make_asset(issued=1000), rich(), member()
    buy(asset, anna, 50)
    hold = held(asset, anna, ben, "30")
    one = case(wallet=anna)
    browser = sign_in(user(rights=None))
    assert f"/kyc/cases/{one.reference}/" in browser.get(f"/holds/{hold.reference}/").content.decode()
    assert f"/holds/{hold.reference}/" in browser.get(f"/kyc/cases/{one.reference}/", {"tab": "holds"}).content.decode()
    services.approve(case_id=one.pk, actor=TESTS, now=timezone.now())
    recheck_holds(client_id=anna.client_id)
    hold.refresh_from_db()
    assert (hold.status, balance(ben, asset)) == (HoldStatus.POSTED, (30, 0))


@pytest.mark.spec("KYC-13")
def test_with_kyc_switched_off_what_is_held_stays_held():
    instance.assume(HELD | {"kyc.enabled": False})
    asset = make_asset(issued=1000)
    hold = held(asset, member(asset), member(), "30")
    sweep_holds()
    assert holds.recheck(client_id=hold.client_id, now=timezone.now()) == 0
    hold.refresh_from_db()
    assert hold.status == HoldStatus.HELD
