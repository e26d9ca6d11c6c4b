"""What an administrator does with cases in the browser (KYC-01, KYC-04, KYC-07, KYC-09, KYC-11, KYC-12; C1)."""

import re
import threading
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.utils import timezone
from django.utils.html import escape

from accounts.tests.factories import sign_in, user
from audit.models import AuditEvent
from clients.models import Client
from kit.models import BulkRun
from kit.tasks import run_bulk
from kyc import services
from kyc.enums import CaseStatus, Right
from kyc.models import Case
from kyc.providers.interface import Finding, Reason
from kyc.tests.documents import document
from kyc.tests.factories import TESTS, case, euros, result, rich, set_to, with_provider
from messaging.models import Notification, OutgoingMail
from tiers.models import TierChange

KEY = re.compile(r'name="operation_key" value="([^"]+)"')
SEE = [Right.KYC_SEE, Right.KYC_ACT, Right.KYC_DECIDE]


@pytest.fixture
def browser():
    return sign_in(user(rights=None))


def send(browser, url, **data):
    """Open the form, fill it in, send it."""
    form = browser.get(url)
    assert form.status_code == 200, (url, form.status_code)
    return browser.post(url, {"operation_key": KEY.search(form.content.decode())[1], **data})


def listed(browser, **query):
    answer = browser.get("/kyc/cases/", query)
    assert answer.status_code == 200
    return re.findall(r"/kyc/cases/(KYC-[0-9A-Z]{10})/", answer.content.decode())


@pytest.mark.django_db
@pytest.mark.spec("KYC-01", "KYC-11")
def test_every_criterion_finds_its_cases_and_the_queue_sorts_by_age(browser):
    one, other, third = case(), with_provider(), result(with_provider(), "accepted")
    Case.objects.filter(pk=third.pk).update(waiting_since=timezone.now() - timedelta(days=2))
    services.take(case_id=one.pk, actor=user(), now=timezone.now())
    services.cancel(case_id=other.pk, actor=TESTS, now=timezone.now())
    assert set(listed(browser)) == {one.reference, other.reference, third.reference}
    assert listed(browser, status="awaiting_decision", sort="waiting_since") == [third.reference, one.reference]
    for query, found in {
        (("reference", one.reference),): one, (("client", str(one.client)),): one, (("taken", "yes"),): one, (("provider", "manual"),): one,
        (("waits_long", "yes"),): third, (("provider_result", "accepted"),): third, (("status", "declined"),): other,
        (("decided_how", "by_client"),): other, (("reason_code", "by_client"),): other,
    }.items():  # fmt: skip
        assert listed(browser, **dict(query)) == [found.reference], query
    assert listed(browser, mine="yes") == []


@pytest.mark.django_db
@pytest.mark.spec("KYC-01", "AUD-06")
def test_the_page_shows_client_tier_fee_and_the_results_check_by_check(browser):
    one = with_provider()
    result(
        one,
        "accepted",
        Reason("SPDR00", "Everything matches"),
        findings=(Finding("document", "name", "Anna <b>", True), Finding("face", "face", "", False)),
    )
    page = browser.get(f"/kyc/cases/{one.reference}/").content.decode()
    for shown in (
        str(one.client),
        one.client.email,
        one.tier.label,
        "10.00",
        "Everything matches",
        escape("Anna <b>"),
        "Not passed",
        "Reserved",
    ):
        assert shown in page, shown
    assert "verify.example.com" not in page, "the address is the client's alone"
    assert AuditEvent.objects.filter(action="kyc.read", subject_reference=one.reference).exists()
    tab = browser.get(f"/clients/{one.client.reference}/?tab=kyc").content.decode()
    assert one.reference in tab


@pytest.mark.django_db
@pytest.mark.spec("KYC-09")
def test_the_dialog_says_what_an_approval_brings_about(browser):
    wallet = rich()
    one = case(wallet=wallet, level=3)
    url = f"/kyc/cases/{one.reference}/approve/"
    dialog = browser.get(url).content.decode()
    for said in (str(one.client), one.tier.label, "The reserved fee of", "10.00", "is charged", "Tier 0"):
        assert said in dialog, said
    assert send(browser, url, note="").status_code == 302
    one.refresh_from_db()
    assert (one.status, euros(wallet)) == (CaseStatus.APPROVED, 90)
    page = browser.get(f"/kyc/cases/{one.reference}/").content.decode()
    assert "Charged" in page
    assert f"/kyc/cases/{one.reference}/approve/" not in page


@pytest.mark.django_db
@pytest.mark.spec("KYC-07")
def test_against_declined_the_right_is_asked_and_the_reason(browser):
    set_to(decline_automatically=False)
    one = result(with_provider(), "declined")
    clerk = sign_in(user(rights=SEE))
    url = f"/kyc/cases/{one.reference}/approve/"
    assert "you lack the right" in clerk.get(url).content.decode()
    assert send(clerk, url, note="I know her").status_code == 422
    assert send(browser, url, note="").status_code == 422
    assert send(browser, url, note="The new passport was taken for the old one").status_code == 302


@pytest.mark.django_db
@pytest.mark.spec("KYC-09", "KYC-11")
def test_taken_asked_answered_declined(browser):
    one = case()
    url = f"/kyc/cases/{one.reference}/"
    assert send(browser, url + "take/").status_code == 302
    assert send(browser, url + "ask/", asked="  ").status_code == 422
    assert send(browser, url + "ask/", asked="A bill that is\nyounger than three months.").status_code == 302
    assert "A bill that is" in browser.get(url).content.decode()
    assert OutgoingMail.objects.get(template="kyc.more_information").context["asked"] == "A bill that is\nyounger than three months."
    services.answer(case_id=one.pk, answer="Here it is.", actor=TESTS, now=timezone.now())
    assert Notification.objects.get().kind == "kyc.answered"
    assert "Here it is." in browser.get(url).content.decode()
    assert send(browser, url + "release/").status_code == 302
    assert send(browser, url + "decline/", reason="other", reason_text="").status_code == 422
    assert send(browser, url + "decline/", reason="expired", note="Passport of 2011").status_code == 302
    one.refresh_from_db()
    assert (one.status, one.reason_code, one.note) == (CaseStatus.DECLINED, "expired", "Passport of 2011")


@pytest.mark.django_db
@pytest.mark.spec("KYC-12")
def test_a_level_by_hand_with_reason_and_document(browser):
    client = rich().client
    url = f"/clients/{client.reference}/level/"
    proof, foreign = document(client=client), document()
    assert send(browser, url, level="3", reason="", document=proof.pk).status_code == 422
    for nothing in ("", foreign.pk):
        assert send(browser, url, level="3", reason="Address shown", document=nothing).status_code == 422
    assert send(browser, url, level="5", reason="Asked", document=proof.pk).status_code == 422, "not in use"
    assert send(browser, url, level="3", reason="Address shown", document=proof.pk).status_code == 302
    client.refresh_from_db()
    assert client.verification_level == 3
    event = AuditEvent.objects.get(action="clients.level_changed")
    assert (event.changes, event.comment) == ({"verification_level": ["1", "3"]}, "Address shown")
    assert AuditEvent.objects.get(action="kyc.level_set").details["document"] == proof.reference
    assert OutgoingMail.objects.get(template="kyc.level_changed").context["level"] == "3"
    assert send(browser, url, level="1", reason="Moved", document=proof.pk).status_code == 302
    assert Client.objects.get(pk=client.pk).verification_level == 1
    set_to(level_five=True)
    assert send(browser, url, level="5", reason="Asked", document=proof.pk).status_code == 302
    nobody = sign_in(user(rights=["clients.see", "clients.edit"]))
    assert nobody.get(url).status_code == 403


@pytest.mark.django_db
@pytest.mark.spec("KYC-11", "UIX-08")
def test_many_are_taken_and_released_at_once(browser):
    mine, theirs, closed = case(), case(), case()
    services.take(case_id=theirs.pk, actor=user(), now=timezone.now())
    services.cancel(case_id=closed.pk, actor=TESTS, now=timezone.now())
    for code, taken, outcome in (("take", 2, (1, 2)), ("release", 0, (2, 1))):
        where = "/kyc/cases/?" + urlencode({"bulk": code, "row": [one.reference for one in (mine, theirs, closed)]}, doseq=True)
        assert send(browser, where).status_code == 302
        run = BulkRun.objects.latest("id")
        run_bulk(run.pk)
        run.refresh_from_db()
        assert (run.changed, run.refused) == outcome, code
        assert Case.objects.exclude(assigned_to=None).count() == taken


@pytest.mark.django_db(transaction=True)
@pytest.mark.spec("KYC-09", "UIX-03")
def test_a_form_sent_twenty_times_at_once_approves_once():
    """C1."""
    someone, wallet = user(), rich()
    one = case(wallet=wallet)
    url = f"/kyc/cases/{one.reference}/approve/"
    data = {"operation_key": KEY.search(sign_in(someone).get(url).content.decode())[1], "note": "Seen"}
    start, answers = threading.Barrier(20), []

    def work():
        try:
            browser = sign_in(someone)
            start.wait()
            answers.append(browser.post(url, data).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers) == {302}, answers
    assert (TierChange.objects.count(), euros(wallet)) == (1, 90)
    assert OutgoingMail.objects.filter(template="kyc.approved").count() == 1


@pytest.mark.django_db
@pytest.mark.spec("USR-01", "USR-04")
def test_each_verb_asks_its_own_right_and_a_merchant_finds_nothing():
    """A1, A2."""
    one = case()
    url = f"/kyc/cases/{one.reference}/"
    reader = sign_in(user(rights=[Right.KYC_SEE]))
    assert reader.get(url).status_code == 200
    for verb in ("take", "release", "ask", "approve", "decline"):
        assert reader.get(url + f"{verb}/").status_code == 403, verb
        assert reader.post(url + f"{verb}/").status_code == 403, verb
    actor = sign_in(user(rights=[Right.KYC_SEE, Right.KYC_ACT]))
    assert [actor.get(url + f"{verb}/").status_code for verb in ("ask", "approve", "decline")] == [200, 403, 403]
    merchant = sign_in(user("merchant", rights=None))
    assert merchant.get(url).status_code == 404
    assert reader.get("/kyc/cases/KYC-00000000/").status_code == 404
