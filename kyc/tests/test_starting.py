"""Starting at a provider, and asking it when nothing comes by itself (KYC-05, KYC-06)."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings as django_settings
from django.utils import timezone

from kyc.enums import CaseStatus, MessageStatus
from kyc.models import Case, Inquiry, ProviderMessage
from kyc.services import cancel
from kyc.services.asking import Asked, ask_provider
from kyc.tasks import poll_providers, start_case, sweep_messages, sweep_starts
from kyc.tests.factories import TESTS, case, rich
from kyc.tests.provider_fixtures import actions, begun, deliver, later, open_alerts, shufti, sumsub

__all__ = ["shufti", "sumsub"]


@pytest.mark.django_db
@pytest.mark.spec("KYC-05")
@pytest.mark.parametrize("provider", ["shufti", "sumsub"])
def test_a_case_gets_its_address(provider, request):
    simulator = request.getfixturevalue(provider)
    one = begun(provider)
    assert one.url.startswith(simulator.url)
    assert timedelta(hours=23) < one.url_expires_at - timezone.now() < timedelta(hours=25)
    assert actions(one) == ["kyc.opened", "kyc.sent_to_provider"]
    assert Inquiry.objects.get(case=one).next_at > timezone.now()


@pytest.mark.django_db
@pytest.mark.spec("KYC-05")
def test_started_again_and_again_there_is_one_session(shufti):
    """C7."""
    one = begun()
    for _time in range(5):
        start_case(case_id=one.pk)
        sweep_starts()
    assert len(shufti.requests) == 1
    start_case(case_id=10**9)  # nobody's


@pytest.mark.django_db
@pytest.mark.spec("KYC-06")
@pytest.mark.parametrize("fault", ["429", "500", "524", "html", "cut", "lost", "wrong-types", "wrong-signature"])
def test_a_provider_that_fails_is_tried_again_and_nothing_is_decided(shufti, fault):
    """C9."""
    one = case(provider="shufti")
    shufti.faults.append(fault)
    start_case(case_id=one.pk)
    one.refresh_from_db()
    assert (one.status, one.provider_result, one.start_attempts) == (CaseStatus.OPENED, "", 1)
    assert one.failure
    sweep_starts()  # not before its time
    assert Case.objects.get(pk=one.pk).start_attempts == 1
    with later(minutes=1):
        sweep_starts()
    one.refresh_from_db()
    assert (one.status, one.failure, one.start_attempts) == (CaseStatus.WITH_PROVIDER, "", 2)
    assert len(shufti.verifications) == 1
    assert open_alerts() == []


@pytest.mark.django_db
@pytest.mark.spec("KYC-06")
def test_a_provider_that_stays_silent_is_an_alert_and_the_case_waits(shufti):
    one = case(provider="shufti")
    moment = timezone.now()
    shufti.faults.extend(["500"] * 6)
    for attempt in range(6):
        assert open_alerts() == (["kyc.provider_unreachable"] if attempt >= 5 else [])
        with time_machine.travel(moment, tick=True):
            sweep_starts()
        moment += timedelta(hours=1)
    with time_machine.travel(moment, tick=True):
        sweep_starts()
    one.refresh_from_db()
    assert (one.status, one.start_attempts) == (CaseStatus.WITH_PROVIDER, 7)
    assert open_alerts() == []  # it answers again


@pytest.mark.django_db
@pytest.mark.spec("KYC-06")
def test_a_wrong_key_is_an_alert_at_once_and_goes_on_when_it_is_mended(shufti, settings):
    settings.SHUFTI_CLIENT_ID = "mistyped"
    one, other = case(provider="shufti"), case(provider="shufti")
    sweep_starts()
    one.refresh_from_db()
    assert (one.status, one.provider_result) == (CaseStatus.OPENED, "")
    assert open_alerts() == ["kyc.provider_refuses"]  # one, for however many cases
    assert actions(one) == ["kyc.opened", "kyc.start_failed"]
    settings.SHUFTI_CLIENT_ID = "client"
    with later(hours=1):
        sweep_starts()
    assert {Case.objects.get(pk=row.pk).status for row in (one, other)} == {CaseStatus.WITH_PROVIDER}
    assert open_alerts() == []


@pytest.mark.django_db
@pytest.mark.spec("KYC-04")
def test_nothing_is_asked_for_a_manual_case(shufti):
    one = case(provider="manual")
    start_case(case_id=one.pk)
    sweep_starts()
    poll_providers()
    assert Case.objects.get(pk=one.pk).status == CaseStatus.AWAITING_DECISION
    assert shufti.requests == []


@pytest.mark.django_db
@pytest.mark.spec("KYC-05")
def test_without_callbacks_polling_brings_the_result(shufti):
    shufti.callback_mode = "never"
    one = begun()
    shufti.play(one.provider_reference, "accept")
    poll_providers()
    assert Case.objects.get(pk=one.pk).provider_result == ""  # not before its time
    with later(minutes=11):
        poll_providers()
        poll_providers()
    one.refresh_from_db()
    assert one.provider_result == "accepted"
    assert Inquiry.objects.get(case=one).next_at is None  # nothing more to ask
    assert [request.path for request in shufti.requests] == ["/", "/status"]


@pytest.mark.django_db
@pytest.mark.spec("KYC-05", "KYC-06")
@pytest.mark.parametrize("what", ["", "again"])
def test_a_link_that_nobody_uses_ends_as_an_error_of_the_provider_s(sumsub, what):
    """Sumsub says nothing when a link expires; two hours later it can't be used, so the case ends as it does elsewhere."""
    one = begun("sumsub")
    sumsub.play(one.provider_reference, what)
    polls, moment = 0, timezone.now()
    while Inquiry.objects.get(case=one).next_at and polls < 30:
        moment = max(moment, Inquiry.objects.get(case=one).next_at) + timedelta(seconds=1)
        with time_machine.travel(moment, tick=True):
            poll_providers()
        polls += 1
    one.refresh_from_db()
    assert (one.provider_result, one.status) == ("error", CaseStatus.DECLINED)
    assert [reason["code"] for reason in one.provider_reasons] == ["timeout"]
    assert timedelta(hours=26) <= moment - one.opened_at < timedelta(hours=27)
    assert polls < 15


@pytest.mark.django_db
@pytest.mark.spec("KYC-06")
@pytest.mark.parametrize("fault", ["401", "500", "html", "wrong-types"])
def test_a_poll_that_fails_changes_nothing(shufti, fault):
    one = begun()
    shufti.play(one.provider_reference, "accept")
    shufti.faults.append(fault)
    with later(minutes=11):
        poll_providers()
    one.refresh_from_db()
    assert (one.provider_result, one.status) == ("", CaseStatus.WITH_PROVIDER)
    assert Inquiry.objects.get(case=one).failures == 1
    assert open_alerts() == (["kyc.provider_refuses"] if fault == "401" else [])
    with later(hours=1):
        poll_providers()
    one.refresh_from_db()
    assert one.provider_result == "accepted"
    assert open_alerts() == []


@pytest.mark.django_db
@pytest.mark.spec("KYC-05", "KYC-22")
def test_a_closed_case_that_its_provider_refuses_keeps_no_other_from_being_asked(shufti):
    closed, other = begun(), begun()
    cancel(case_id=closed.pk, actor=TESTS, now=timezone.now())
    shufti.play(other.provider_reference, "accept")
    shufti.faults.append("401")
    with later(minutes=11):
        poll_providers()
        assert Inquiry.objects.get(case=closed).next_at is None
        poll_providers()
    other.refresh_from_db()
    assert other.provider_result == "accepted"


@pytest.mark.django_db
@pytest.mark.spec("KYC-22")
def test_the_clock_jumps_an_hour_either_way(shufti):
    """C11: what was leased or planned by a clock that was wrong holds nothing up."""
    one = case(provider="shufti")
    with later(hours=1):
        Case.objects.filter(pk=one.pk).update(next_start_at=timezone.now() + timedelta(minutes=2))  # leased by a clock that was fast
    start_case(case_id=one.pk)
    one.refresh_from_db()
    assert one.status == CaseStatus.WITH_PROVIDER
    shufti.play(one.provider_reference, "accept")
    with later(hours=1):
        deliver(shufti.callbacks[-1])
        Inquiry.objects.filter(case=one).update(leased_until=timezone.now() + timedelta(minutes=1), asked_at=timezone.now())
    sweep_messages()
    one.refresh_from_db()
    assert one.provider_result == "accepted"
    with later(hours=-1):
        deliver(shufti.callbacks[-1])
        sweep_messages()
    with later(hours=1):
        sweep_messages()
    assert ProviderMessage.objects.get().status == MessageStatus.DONE
    assert actions(one).count("kyc.result_arrived") == 1


@pytest.mark.django_db
@pytest.mark.spec("KYC-22")
def test_a_provider_that_hangs_is_asked_once_a_sweep(shufti, sumsub):
    """Nobody else's work waits behind a row of those who wait for it."""
    for _number in range(4):
        case(provider="shufti")
    other = case(provider="sumsub", provider_level="basic-kyc-level", wallet=rich())
    shufti.faults.extend(["500"] * 9)
    sweep_starts()
    assert len(shufti.requests) == 1
    other.refresh_from_db()
    assert other.status == CaseStatus.WITH_PROVIDER
    sweep_starts()
    assert len(shufti.requests) == 2  # the next one, while the first waits for its time


@pytest.mark.django_db
@pytest.mark.spec("KYC-22")
def test_one_asks_at_a_time(shufti):
    one = begun()
    now = timezone.now()
    assert ask_provider(case_id=one.pk, now=now) == Asked.ANSWERED
    assert ask_provider(case_id=one.pk, now=now + timedelta(seconds=1)) == Asked.NOT_NOW
    Inquiry.objects.filter(case=one).update(leased_until=now + timedelta(minutes=1))
    assert ask_provider(case_id=one.pk, now=now + timedelta(seconds=5)) == Asked.NOT_NOW  # another one is at it
    assert ask_provider(case_id=one.pk, now=now + timedelta(minutes=2)) == Asked.ANSWERED  # it was killed
    assert [request.path for request in shufti.requests] == ["/", "/status", "/status"]


def test_the_jobs_run_by_themselves():
    tasks = {entry["task"] for entry in django_settings.CELERY_BEAT_SCHEDULE.values()}
    assert {"kyc.tasks.sweep_starts", "kyc.tasks.sweep_messages", "kyc.tasks.poll_providers"} <= tasks
