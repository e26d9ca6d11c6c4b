"""What a provider's result does to a case (KYC-06, KYC-07, KYC-22, KYC-23)."""

import random

import pytest
from django.utils import timezone

from audit.models import AuditEvent
from kyc import services
from kyc.enums import CaseStatus, DecidedHow, ProviderResult
from kyc.providers.interface import Finding, Reason
from kyc.tests.factories import TESTS, case, euros, result, rich, set_to, with_provider
from messaging.models import Alert, OutgoingMail
from tiers.models import TierChange

pytestmark = pytest.mark.django_db


@pytest.mark.spec("KYC-05", "KYC-14")
def test_the_client_is_told_where_to_go_once_the_provider_has_a_session():
    one = with_provider()
    assert one.status == CaseStatus.WITH_PROVIDER
    mail = OutgoingMail.objects.get()
    assert (mail.template, mail.context["link"]) == ("kyc.opened", "https://verify.example.com/1")


@pytest.mark.spec("KYC-01", "KYC-06")
def test_accepted_waits_for_an_administrator_with_what_was_found():
    one = result(
        with_provider(),
        "accepted",
        Reason("SPDR00", "All well"),
        findings=(Finding("document", "name", "Anna", True), Finding("face", "face")),
    )
    assert (one.status, one.provider_result) == (CaseStatus.AWAITING_DECISION, ProviderResult.ACCEPTED)
    assert one.provider_reasons == [{"code": "SPDR00", "text": "All well"}]
    assert [finding["passed"] for finding in one.result_fields] == [True, None]
    assert not TierChange.objects.exists()


@pytest.mark.spec("KYC-06")
@pytest.mark.parametrize("said", ["cancelled", "error"])
def test_cancelled_and_error_always_decline(said):
    set_to(decline_automatically=False, approve_automatically=True)
    wallet = rich()
    one = result(with_provider(wallet=wallet), said)
    assert (one.status, one.reason_code, one.decided_how) == (CaseStatus.DECLINED, "not_finished", DecidedHow.AUTOMATICALLY)
    assert euros(wallet) == 100
    assert OutgoingMail.objects.filter(template="kyc.declined").count() == 1


@pytest.mark.spec("KYC-07")
def test_the_settings_decide_what_arrives_after_they_are_set():
    assert result(with_provider(), "declined").status == CaseStatus.DECLINED, "on by default"
    before = result(with_provider(), "accepted")
    set_to(approve_automatically=True, decline_automatically=False)
    assert result(with_provider(), "declined").status == CaseStatus.AWAITING_DECISION
    approved = result(with_provider(), "accepted")
    assert (approved.status, approved.decided_how, approved.decided_by) == (CaseStatus.APPROVED, DecidedHow.AUTOMATICALLY, None)
    before.refresh_from_db()
    assert before.status == CaseStatus.AWAITING_DECISION, "what came before the change waits as it did"
    assert result(case(), "accepted").status == CaseStatus.AWAITING_DECISION, "manual cases are decided by hand alone"


@pytest.mark.spec("KYC-07", "TIE-04")
def test_an_automatic_approval_that_fails_keeps_the_result_and_alerts():
    from ledger.services.closing import close  # noqa: PLC0415

    set_to(approve_automatically=True)
    wallet = rich()
    one = with_provider(wallet=wallet)
    close(wallet_id=wallet.pk, release_reserved=True, actor=TESTS, now=timezone.now(), reason="Lost")
    result(one, "accepted")
    assert (one.status, one.provider_result) == (CaseStatus.AWAITING_DECISION, "accepted")
    assert Alert.objects.get().kind == "kyc.approval_refused"
    one.client.refresh_from_db()
    assert one.client.verification_level == 1


@pytest.mark.spec("KYC-11", "KYC-14")
def test_a_result_while_the_client_is_asked_is_kept_and_decides_only_where_it_closes():
    set_to(approve_automatically=True)
    one = with_provider()
    services.ask_more(case_id=one.pk, asked="A bill, please.", actor=TESTS, now=timezone.now())
    result(one, "accepted")
    assert (one.status, one.provider_result) == (CaseStatus.MORE_INFORMATION, "accepted")
    services.answer(case_id=one.pk, answer="Here it is.", actor=TESTS, now=timezone.now())
    one.refresh_from_db()
    assert one.status == CaseStatus.AWAITING_DECISION
    other = with_provider()
    services.ask_more(case_id=other.pk, asked="A bill, please.", actor=TESTS, now=timezone.now())
    assert result(other, "cancelled").status == CaseStatus.DECLINED


@pytest.mark.spec("KYC-22", "KYC-23")
def test_a_result_is_taken_over_once_however_often_and_in_whatever_order_it_comes():
    wallet = rich()
    one = with_provider(wallet=wallet)
    said = ["accepted"] * 10 + [""] * 10
    random.Random(7).shuffle(said)
    for what in said:
        result(one, what)
    assert AuditEvent.objects.filter(action="kyc.result_arrived").count() == 1
    services.approve(case_id=one.pk, actor=TESTS, now=timezone.now())
    for what in said:
        result(one, what)
    assert AuditEvent.objects.filter(action="kyc.late_result").count() == 0
    assert (TierChange.objects.count(), euros(wallet)) == (1, 90)


@pytest.mark.spec("KYC-23")
def test_a_late_result_of_a_closed_case_stands_in_its_history_alone():
    wallet = rich()
    one = with_provider(wallet=wallet)
    services.decline(case_id=one.pk, reason="not_answered", actor=TESTS, now=timezone.now())
    for _copy in range(3):
        result(one, "accepted")
    assert (one.status, one.provider_result, euros(wallet)) == (CaseStatus.DECLINED, "", 100)
    late = AuditEvent.objects.get(action="kyc.late_result")
    assert late.details == {"result": "accepted"}
    assert not Alert.objects.exists()


@pytest.mark.spec("KYC-23")
def test_another_result_than_before_alerts_and_never_decides_by_itself():
    set_to(approve_automatically=False, decline_automatically=True)
    one = result(with_provider(), "accepted")
    result(one, "declined")
    assert (one.status, one.provider_result) == (CaseStatus.AWAITING_DECISION, "declined")
    assert Alert.objects.filter(kind="kyc.result_changed", subject_reference=one.reference).count() == 1
    approved = result(with_provider(), "accepted")
    services.approve(case_id=approved.pk, actor=TESTS, now=timezone.now())
    for _copy in range(3):
        result(approved, "declined")
    assert (approved.status, approved.provider_result) == (CaseStatus.APPROVED, "accepted")
    assert Alert.objects.filter(kind="kyc.result_changed", subject_reference=approved.reference).count() == 1
    assert AuditEvent.objects.filter(action="kyc.late_result", subject_reference=approved.reference).count() == 1
