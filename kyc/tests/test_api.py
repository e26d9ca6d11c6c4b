"""A tier asked for, a case followed, answered and cancelled over the API (TIE-04, KYC-05, KYC-11, API-01 to API-05)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import AuditEvent
from clients.models import Client
from clients.tests.accounts import PASSWORD, sign_in, with_password
from kyc import services
from kyc.models import Case
from kyc.tests.factories import PROVIDER, TESTS, case, euros, offered, rich, with_provider
from orders.tests.api import Channel
from tiers.models import LevelFee, TierChange

pytestmark = pytest.mark.django_db


@pytest.mark.spec("TIE-04", "KYC-03", "API-01", "API-02")
def test_a_client_asks_for_a_tier_and_follows_its_case_to_the_end():
    channel, wallet = Channel("tiers.choose", "kyc.see", "kyc.act"), rich()
    gold = offered(2, "12.50")
    asked = channel.post(f"/clients/{wallet.client.reference}/tier", {"tier": "level_2"}, key="once")
    assert asked.status_code == 201, asked.content
    body = asked.json()
    opened = body["case"]
    assert (body["changed"], body["change"]) == (False, None)
    assert (opened["tier"], opened["status"], opened["fee"], opened["fee_currency"]) == (gold.reference, "awaiting_decision", "12.5", "EUR")
    assert channel.post(f"/clients/{wallet.client.reference}/tier", {"tier": "level_2"}, key="once").json() == body
    assert Case.objects.count() == 1
    again = channel.post(f"/clients/{wallet.client.reference}/tier", {"tier": gold.reference})
    assert (again.status_code, again.json()["code"]) == (409, "case_open")

    address = f"/kyc/cases/{opened['reference']}"
    services.ask_more(case_id=Case.objects.get().pk, asked="A bill, please.", actor=TESTS, now=timezone.now())
    shown = channel.get(address).json()
    assert (shown["status"], shown["asked"]) == ("more_information", "A bill, please.")
    answered = channel.post(f"{address}/answer", {"answer": "Sent as a document."})
    assert (answered.status_code, answered.json()["status"], answered.json()["asked"]) == (200, "awaiting_decision", "")
    assert channel.post(f"{address}/answer", {"answer": "Once more."}).json()["code"] == "nothing_asked"
    services.approve(case_id=Case.objects.get().pk, actor=TESTS, now=timezone.now())
    assert channel.get(address).json()["status"] == "approved"
    listed = channel.get("/kyc/cases", client=wallet.client.reference, status="approved").json()
    assert [one["reference"] for one in listed["items"]] == [opened["reference"]]


@pytest.mark.spec("TIE-04")
def test_a_tier_whose_level_is_reached_changes_at_once():
    channel, wallet = Channel(), rich()
    Client.objects.filter(pk=wallet.client.pk).update(verification_level=2)
    offered(2, "10")
    body = channel.post(f"/clients/{wallet.client.reference}/tier", {"tier": "level_2"}).json()
    assert (body["changed"], body["case"], body["change"]) == (True, None, TierChange.objects.get().reference)
    assert euros(wallet) == 90


@pytest.mark.spec("KYC-05")
def test_the_address_of_the_provider_is_shown_while_it_can_be_used():
    channel = Channel()
    opened = with_provider()
    address = f"/kyc/cases/{opened.reference}"
    assert channel.get(address).json()["url"] == "https://verify.example.com/1"
    Case.objects.filter(pk=opened.pk).update(url_expires_at=timezone.now() - timedelta(seconds=1))
    assert channel.get(address).json()["url"] == ""
    Case.objects.filter(pk=opened.pk).update(url_expires_at=None)
    services.cancel(case_id=opened.pk, actor=PROVIDER, now=timezone.now())
    assert channel.get(address).json()["url"] == ""


@pytest.mark.spec("TIE-04", "KYC-09")
def test_a_client_cancels_and_reads_why_it_was_declined_in_its_language():
    channel, wallet = Channel(), rich()
    opened = case(wallet=wallet)
    body = channel.post(f"/kyc/cases/{opened.reference}/cancel", {"comment": "Too slow for me."}).json()
    assert (body["status"], body["reason"], euros(wallet)) == ("declined", "by_client", 100)
    assert AuditEvent.objects.get(action="kyc.declined").comment == "Too slow for me."
    assert channel.post(f"/kyc/cases/{opened.reference}/cancel", {}).json()["code"] == "case_already_decided"
    second = case(wallet=wallet)
    services.decline(case_id=second.pk, reason="other", reason_text="Please write to us.", note="Secret", actor=TESTS, now=timezone.now())
    said = channel.get(f"/kyc/cases/{second.reference}").json()
    assert (said["reason"], said["reason_text"]) == ("other", "Please write to us.")
    assert "Secret" not in str(said)


@pytest.mark.spec("API-01", "API-03", "API-05")
def test_scopes_and_modes_are_kept_apart():
    opened = case()
    reader, other_mode = Channel("kyc.see"), Channel(is_test=True)
    assert reader.get(f"/kyc/cases/{opened.reference}").status_code == 200
    assert reader.post(f"/kyc/cases/{opened.reference}/cancel", {}).status_code == 403
    assert reader.post(f"/clients/{opened.client.reference}/tier", {"tier": "level_2"}).status_code == 403
    assert other_mode.get(f"/kyc/cases/{opened.reference}").status_code == 404
    assert other_mode.post(f"/clients/{opened.client.reference}/tier", {"tier": "level_2"}).status_code == 404
    assert other_mode.get("/kyc/cases").json()["items"] == []


@pytest.mark.spec("API-01")
@pytest.mark.parametrize("named", ["", "level_9", "level_٣", "level_22", "TIE-00000000", "x" * 21, "gold'--"])
def test_what_is_no_tier_is_refused_and_changes_nothing(named):
    wallet = rich()
    offered(2)
    answer = Channel().post(f"/clients/{wallet.client.reference}/tier", {"tier": named})
    assert answer.status_code in (404, 422)
    assert not Case.objects.exists()


@pytest.mark.spec("CLI-11", "TIE-04", "KYC-11")
def test_a_clients_own_token_reaches_its_own_cases_alone():
    channel, wallet, other = Channel(), rich("0"), case()
    now = timezone.now()
    Client.objects.filter(pk=wallet.client.pk).update(email_verified_at=now, phone_verified_at=now, phone="+37120000002")
    wallet.client.refresh_from_db()
    sign_in(channel, with_password(wallet.client))
    LevelFee.objects.update(amount=0)
    assert channel.post(f"/clients/{other.client.reference}/tier", {"tier": "level_2"}).status_code == 404
    opened = channel.post(f"/clients/{wallet.client.reference}/tier", {"tier": "level_2"}).json()["case"]
    assert [one["reference"] for one in channel.get("/kyc/cases").json()["items"]] == [opened["reference"]]
    assert channel.get(f"/kyc/cases/{other.reference}").status_code == 404
    assert channel.post(f"/kyc/cases/{other.reference}/cancel", {}).status_code == 404
    event = AuditEvent.objects.get(action="kyc.opened", subject_reference=opened["reference"])
    assert (event.actor_type, event.actor_label) == ("client", wallet.client.reference)
    deletion = channel.post("/me/deletion", {"password": PASSWORD}, key=None)
    assert (deletion.status_code, opened["reference"] in deletion.json()["detail"]) == (409, True)
    assert channel.post(f"/kyc/cases/{opened['reference']}/cancel", {}).json()["status"] == "declined"
