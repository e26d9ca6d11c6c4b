"""A client's way up, as people live it: asked for by API, verified on the provider's page, decided in the back office; what was on hold
goes on by itself, the new limit holds, and *Why?* explains its refusal. Real server, browser and provider."""

import pytest
from django.db import connections

from accounts.tests.factories import PASSWORD, TOTP_SECRET, user
from core import instance
from kyc.models import Case
from kyc.tasks import start_case, sweep_messages, sweep_starts
from kyc.tests.factories import euros, offered, rich
from kyc.tests.provider_fixtures import shufti
from ledger.models import Operation
from ledger.tests.factories import buy, make_asset
from orders.tests.api import Channel
from tiers.tests.limits import limit, threshold
from transactions.models import Hold
from transactions.tasks import recheck_holds

__all__ = ["shufti"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def story(live_server, monkeypatch, settings):
    """An administrator's page and a page of the applicant's own, in one browser."""
    from kit.browser import walk  # noqa: PLC0415 - Playwright is there for these tests alone

    # Playwright's own loop makes Django think that this code is asynchronous; it isn't.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    settings.KYC_CALLBACK_URL = live_server.url
    instance.assume({"transactions.held_levels": ["0", "1"], "tiers.without_limit": "refuse"})
    complaints = walk.Walk(live_server.url)
    with walk.chromium() as browser:
        desk, phone = browser.new_context(), browser.new_context()
        administrator = user()
        walk.sign_in(desk, live_server.url, email=administrator.email, password=PASSWORD, totp_secret=TOTP_SECRET)
        page = desk.new_page()
        walk.listen(page, complaints)
        yield live_server.url, page, phone.new_page()
        connections.close_all()  # this loop's own: the next test's database is another
    assert complaints.complaints == []


def send(channel, asset, sender, receiver, quantity):
    """Quoted and confirmed, as the app does it."""
    asked = {"asset": asset.code, "quantity": quantity, "client": sender.client.reference, "receiver": {"address": receiver.address}}
    quote = channel.post("/transfers/quotes", asked)
    return (
        quote
        if quote.status_code >= 400
        else channel.post("/transfers", {"quote": quote.json()["quote"], "client": sender.client.reference})
    )


def decide(page, url, case, verb):
    page.goto(f"{url}/kyc/cases/{case['reference']}/")
    page.get_by_role("link", name=verb).first.click()
    page.wait_for_selector("#dialog[open]")
    return page.locator("#dialog")


@pytest.mark.spec("TIE-04", "KYC-05", "KYC-09", "LIM-09", "UIX-09")
@pytest.mark.parametrize("provider", ["shufti", "manual"])
def test_a_client_rises_to_tier_2(story, shufti, provider):
    url, page, phone = story
    channel, asset = Channel(), make_asset(issued=1000)
    anna, boris = rich("50"), rich("0")
    buy(asset, anna, 100)
    limit({"asset": asset, "amount": 1000, "rule": "receive"}, name="Everybody")
    tier = offered(2, "10", provider=provider)
    threshold(tier.limits.get(), asset, 40, period_days=30)

    waits = send(channel, asset, anna, boris, "30")
    assert waits.status_code == 202, waits.content

    asked = channel.post(f"/clients/{anna.client.reference}/tier", {"tier": "level_2"})
    case = asked.json()["case"]
    assert euros(anna) == 40  # the fee is reserved
    if provider == "shufti":
        sweep_starts()
        phone.goto(channel.get(f"/kyc/cases/{case['reference']}").json()["url"])
        phone.get_by_role("button", name="Accept").click()
        shufti.flush()
        sweep_messages()
    dialog = decide(page, url, case, "Approve")
    assert "10" in dialog.inner_text()
    dialog.get_by_role("button", name="Approve case").dblclick()
    page.wait_for_selector("h1 >> text=Approved")
    anna.client.refresh_from_db()
    assert anna.client.verification_level == 2
    assert euros(anna) == 40
    assert Operation.objects.filter(type="fee", sender=anna).count() == 1

    recheck_holds(client_id=anna.client.pk)  # what a worker does
    hold = Hold.objects.get()
    assert (hold.status, Operation.objects.filter(type="p2p_transfer", sender=anna).count()) == ("posted", 1)
    page.goto(f"{url}/holds/{hold.reference}/")
    assert page.locator("h1").inner_text().endswith("Posted")

    refused = send(channel, asset, anna, boris, "11")
    assert (refused.status_code, refused.json()["code"]) == (409, "limit_exceeded")
    attempt = Operation.objects.get(status="refused", sender=anna)
    page.goto(f"{url}/transactions/{attempt.reference}/")
    page.get_by_role("link", name="Why?").click()
    page.wait_for_selector(f"text={tier.limits.get().name}")
    assert "40" in page.locator("main").inner_text()
    assert send(channel, asset, anna, boris, "10").status_code == 201


@pytest.mark.spec("KYC-07", "KYC-08", "KYC-09", "TIE-04")
def test_a_client_is_declined_and_pays_nothing(story, shufti):
    url, page, phone = story
    channel, anna = Channel(), rich("50")
    offered(2, "10", provider="shufti")
    case = channel.post(f"/clients/{anna.client.reference}/tier", {"tier": "level_2"}).json()["case"]
    start_case(case_id=Case.objects.get().pk)
    phone.goto(channel.get(f"/kyc/cases/{case['reference']}").json()["url"])
    phone.get_by_role("button", name="Decline").click()
    shufti.flush()
    sweep_messages()
    page.goto(f"{url}/kyc/cases/{case['reference']}/")
    assert page.locator("h1").inner_text().endswith("Declined")
    assert euros(anna) == 50
    assert channel.get(f"/kyc/cases/{case['reference']}").json()["status"] == "declined"
    again = channel.post(f"/clients/{anna.client.reference}/tier", {"tier": "level_2"}).json()["case"]
    assert again["reference"] != case["reference"]
