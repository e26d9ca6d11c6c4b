"""Providers' callbacks: whatever is sent, however often and in whatever order (KYC-05, KYC-06, KYC-20 to KYC-23)."""

import json
import random
import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from audit.models import AuditEvent
from core.actors import SystemActor
from kyc.api.cases import as_case
from kyc.enums import CaseStatus, MessageNote, MessageStatus
from kyc.models import Case, ProviderMessage, RefusedCallbacks
from kyc.services.inbox import NotToRepeat, process_again
from kyc.tasks import forget_messages, start_case, sweep_messages, sweep_starts
from kyc.tests.factories import case
from kyc.tests.provider_fixtures import HOOK_SECRET, SECRET, actions, begun, deliver, deliver_body, later, open_alerts, shufti, sign, sumsub
from simulators.shufti import php_json, signature

__all__ = ["shufti", "sumsub"]
TESTS = SystemActor("tests")


@pytest.mark.django_db
@pytest.mark.spec("KYC-05", "KYC-06", "KYC-22")
@pytest.mark.parametrize(
    ("what", "result", "status"),
    [
        ("accept", "accepted", "awaiting_decision"),
        ("decline", "declined", "declined"),
        ("cancel", "cancelled", "declined"),
        ("timeout", "error", "declined"),
        ("hold", "", "with_provider"),
        ("delete", "", "with_provider"),
    ],
)
def test_a_callback_of_shufti_brings_the_result(shufti, what, result, status):
    one = begun()
    shufti.play(one.provider_reference, what)
    assert deliver(shufti.callbacks[-1]).json() == {"received": True, "new": True}
    assert Case.objects.get(pk=one.pk).provider_result == ""  # answered first, worked on later
    sweep_messages()
    one.refresh_from_db()
    assert (one.provider_result, one.status) == (result, status)
    message = ProviderMessage.objects.get()
    assert (message.status, message.case) == (MessageStatus.DONE if result else MessageStatus.IGNORED, one)
    assert message.event == shufti.verifications[one.provider_reference].event


@pytest.mark.django_db
@pytest.mark.spec("KYC-05", "KYC-06")
def test_sumsub_asks_again_and_then_accepts(sumsub):
    one = begun("sumsub")
    for minutes, (what, result) in enumerate([("again", ""), ("submit", ""), ("hold", ""), ("accept", "accepted")]):
        sumsub.play(one.provider_reference, what)
        with later(minutes=minutes):
            assert deliver(sumsub.callbacks[-1], "sumsub").status_code == 200
            sweep_messages()
        one.refresh_from_db()
        assert one.provider_result == result, what
        asked = as_case(Case.objects.select_related("client", "tier", "fee_asset").get(pk=one.pk)).asked_by_provider
        assert ("can't be read" in asked) is (what == "again"), what
    assert one.status == CaseStatus.AWAITING_DECISION


@pytest.mark.django_db
@pytest.mark.spec("KYC-21")
def test_wrong_and_missing_signatures_are_refused_and_counted(shufti):
    one = begun()
    shufti.play(one.provider_reference, "accept")
    body = shufti.callbacks[-1].body
    for headers in ({}, {"Signature": "0" * 64}, sign(body, "another"), sign(body + b" "), {"Sp-Signature": signature(body, SECRET)}):
        answer = deliver_body(body, headers)
        assert (answer.status_code, answer.json()) == (401, {"code": "callback_refused"})
    sweep_messages()
    one.refresh_from_db()
    assert one.provider_result == ""
    assert RefusedCallbacks.objects.get(provider="shufti").count == 5
    kept = ProviderMessage.objects.get()
    assert (kept.status, kept.signature_holds) == (MessageStatus.REFUSED, False)
    with pytest.raises(NotToRepeat):
        process_again(message_id=kept.pk, actor=TESTS, now=timezone.now())
    # The same bytes with a good signature are taken all the same.
    assert deliver_body(body).status_code == 200
    sweep_messages()
    one.refresh_from_db()
    assert one.provider_result == "accepted"
    kept.refresh_from_db()
    assert (kept.status, kept.signature_holds, kept.note) == (MessageStatus.DONE, True, "")


@pytest.mark.django_db
@pytest.mark.spec("KYC-21")
def test_who_tries_signatures_fills_nothing_and_is_reported(shufti):
    for number in range(40):
        deliver_body(php_json({"n": number}), {"Signature": "0" * 64})
    assert RefusedCallbacks.objects.get().count == 40
    assert ProviderMessage.objects.count() == 20
    assert open_alerts() == ["kyc.callbacks_refused"]


@pytest.mark.django_db
@pytest.mark.spec("KYC-21")
def test_without_a_secret_every_callback_is_refused(shufti, settings):
    settings.SHUFTI_SECRETS = []
    settings.SUMSUB_HOOK_SECRETS = []
    body = php_json({"reference": "a" * 32, "event": "verification.accepted"})
    for headers in (sign(body), sign(body, ""), {}):
        assert deliver_body(body, headers).status_code == 401
        assert deliver_body(body, headers, "sumsub").status_code == 401
    assert not ProviderMessage.objects.filter(signature_holds=True).exists()


@pytest.mark.django_db
@pytest.mark.spec("KYC-20")
def test_what_is_kept_of_a_message(shufti):
    body = php_json({"reference": "a" * 32, "event": "verification.smiled", "name": "Š/Ω"})
    headers = sign(body) | {"Authorization": "Basic xyz", "Cookie": "session=1", "X-Long": "x" * 999}
    assert deliver_body(body, headers).status_code == 200
    sweep_messages()
    kept = ProviderMessage.objects.get()
    assert bytes(kept.body) == body
    assert (kept.status, kept.note, kept.event) == (MessageStatus.IGNORED, MessageNote.NO_EFFECT, "verification.smiled")
    assert kept.signature_holds
    names = {name.lower() for name in kept.headers}
    assert "signature" in names
    assert not names & {"authorization", "cookie"}
    assert max(len(value) for value in kept.headers.values()) <= 300


@pytest.mark.django_db
@pytest.mark.spec("KYC-20")
def test_contents_are_forgotten_in_time_and_a_copy_is_still_one(shufti):
    one = begun()
    shufti.play(one.provider_reference, "accept")
    deliver(shufti.callbacks[-1])
    with later(days=400):
        forget_messages()
        assert bytes(ProviderMessage.objects.get().body)  # not before it was handled
    sweep_messages()
    with later(days=364):
        forget_messages()
        assert bytes(ProviderMessage.objects.get().body)
    with later(days=366):
        forget_messages()
        forget_messages()
        kept = ProviderMessage.objects.get()
        assert (bytes(kept.body), kept.headers, kept.status) == (b"", {}, MessageStatus.DONE)
        assert deliver(shufti.callbacks[-1]).json() == {"received": True, "new": False}
        sweep_messages()
    with later(days=366, minutes=1):
        sweep_messages()
    kept = ProviderMessage.objects.get()
    assert (kept.status, kept.copies, bytes(kept.body)) == (MessageStatus.DONE, 2, shufti.callbacks[-1].body)


@pytest.mark.django_db
@pytest.mark.spec("KYC-20")
def test_an_unknown_reference_is_kept_waited_for_and_shown(shufti):
    body = php_json({"reference": "f" * 32, "event": "verification.accepted"})
    deliver_body(body)
    sweep_messages()
    message = ProviderMessage.objects.get()
    assert (message.status, message.note) == (MessageStatus.RECEIVED, MessageNote.NOT_YET)
    with later(minutes=5):
        sweep_messages()
        assert ProviderMessage.objects.get().status == MessageStatus.RECEIVED
    with later(minutes=11):
        sweep_messages()
        assert ProviderMessage.objects.get().status == MessageStatus.UNMATCHED


@pytest.mark.django_db
@pytest.mark.spec("KYC-20")
def test_a_callback_that_beats_the_case_s_commit_is_not_lost(shufti):
    """C8: the provider knows the reference before our transaction has ended."""
    one = case(provider="shufti")
    reference = one.provider_reference
    Case.objects.filter(pk=one.pk).update(provider_reference="not-committed-yet")
    body = php_json({"reference": reference, "event": "verification.accepted"})
    deliver_body(body)
    sweep_messages()
    Case.objects.filter(pk=one.pk).update(provider_reference=reference)
    start_case(case_id=one.pk)
    shufti.play(reference, "accept")
    with later(minutes=1):
        sweep_messages()
    one.refresh_from_db()
    assert one.provider_result == "accepted"
    assert ProviderMessage.objects.get(provider_reference=reference).status == MessageStatus.DONE


@pytest.mark.django_db
@pytest.mark.spec("KYC-05", "KYC-20")
def test_the_result_comes_before_the_answer_to_our_start(shufti):
    """The reference is committed, the start's answer is still on its way: the result counts, the late answer changes nothing."""
    one = case(provider="shufti")
    shufti.faults.append("lost")
    start_case(case_id=one.pk)
    shufti.play(one.provider_reference, "accept")
    deliver(shufti.callbacks[-1])
    sweep_messages()
    one.refresh_from_db()
    assert (one.provider_result, one.status) == ("accepted", CaseStatus.AWAITING_DECISION)
    with later(hours=1):
        sweep_starts()
    assert Case.objects.get(pk=one.pk).status == CaseStatus.AWAITING_DECISION


@pytest.mark.django_db
@pytest.mark.spec("KYC-06")
def test_a_callback_s_word_is_not_the_truth(shufti):
    """Signed, "accepted", and the provider says otherwise when it is asked."""
    one = begun()
    deliver_body(php_json({"reference": one.provider_reference, "event": "verification.accepted", "verification_result": {"face": 1}}))
    sweep_messages()
    assert Case.objects.get(pk=one.pk).provider_result == ""
    shufti.play(one.provider_reference, "decline")
    deliver_body(php_json({"reference": one.provider_reference, "event": "verification.accepted", "again": 1}))
    with later(minutes=1):
        sweep_messages()
    assert Case.objects.get(pk=one.pk).status == CaseStatus.DECLINED


@pytest.mark.django_db
@pytest.mark.spec("KYC-20")
def test_another_provider_s_case_is_nobody_s(shufti, sumsub):
    """C8: signed by Sumsub, about a case of Shufti Pro."""
    one = begun()
    body = json.dumps({"type": "applicantReviewed", "externalUserId": one.provider_reference}).encode()
    deliver_body(body, dict(sumsub.signed(body, secret=HOOK_SECRET)), "sumsub")
    with later(minutes=20):
        sweep_messages()
    assert ProviderMessage.objects.get().status == MessageStatus.UNMATCHED
    assert Case.objects.get(pk=one.pk).provider_result == ""


@pytest.mark.django_db
@pytest.mark.spec("KYC-20", "KYC-23")
def test_a_thousand_replays_have_one_effect(shufti):
    """C8: shuffled with another case's, before and after the work and the decision."""
    one, other = begun(), begun()
    shufti.play(one.provider_reference, "accept")
    shufti.play(other.provider_reference, "decline")
    messages = [callback for callback in shufti.callbacks if callback.name.startswith("verification.")] * 500
    random.Random(8).shuffle(messages)
    for number, message in enumerate(messages):
        assert deliver(message).status_code == 200
        if number in (3, 500):
            sweep_messages()
    for minutes in (0, 1, 2):
        with later(minutes=minutes):
            sweep_messages()
    one.refresh_from_db()
    other.refresh_from_db()
    assert (one.status, other.status) == (CaseStatus.AWAITING_DECISION, CaseStatus.DECLINED)
    assert actions(one) == ["kyc.opened", "kyc.result_arrived", "kyc.sent_to_provider"]
    assert actions(other).count("kyc.declined") == 1
    assert actions(other).count("kyc.result_arrived") <= 1
    copies = ProviderMessage.objects.filter(event__startswith="verification.").values_list("copies", flat=True)
    assert sorted(copies) == [500, 500]
    asked = [request for request in shufti.requests if request.path == "/status"]
    assert len(asked) <= 8  # and not a thousand times


@pytest.mark.django_db(transaction=True)
@pytest.mark.spec("KYC-20", "KYC-22")
def test_the_same_callback_in_parallel_has_one_effect(shufti):
    """C8: ten copies at the same moment, each with a worker behind it."""
    one = begun()
    shufti.play(one.provider_reference, "accept")
    message = shufti.callbacks[-1]
    start, statuses = threading.Barrier(10), []

    def send():
        start.wait()
        statuses.append(deliver(message).status_code)
        sweep_messages()
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with later(minutes=1):
        sweep_messages()
    one.refresh_from_db()
    assert statuses == [200] * 10
    assert one.provider_result == "accepted"
    assert actions(one).count("kyc.result_arrived") == 1
    assert ProviderMessage.objects.get(event="verification.accepted").copies == 10


@pytest.mark.django_db
@pytest.mark.spec("KYC-23")
def test_a_changed_result_is_fetched_by_the_same_words_again(shufti):
    """`verification.status.changed` has the same bytes each time; each is a wake-up call."""
    one = begun()
    shufti.play(one.provider_reference, "accept")
    deliver(shufti.callbacks[-1])
    sweep_messages()
    for hours, what in ((1, "decline"), (2, "accept"), (3, "decline")):
        shufti.play(one.provider_reference, what)
        assert shufti.callbacks[-1].name == "verification.status.changed"
        with later(hours=hours):
            deliver(shufti.callbacks[-1])
            sweep_messages()
        with later(hours=hours, minutes=1):
            sweep_messages()
    message = ProviderMessage.objects.get(event="verification.status.changed")
    assert (message.copies, message.status) == (3, MessageStatus.DONE)
    one.refresh_from_db()
    assert one.provider_result == "declined"
    assert one.status == CaseStatus.AWAITING_DECISION  # a person decides
    assert "kyc.result_changed" in open_alerts()


@pytest.mark.django_db
@pytest.mark.spec("KYC-22")
def test_what_can_t_be_fetched_is_tried_more_slowly_shown_and_handled_by_hand(shufti):
    one = begun()
    shufti.play(one.provider_reference, "accept")
    deliver(shufti.callbacks[-1])
    shufti.faults.extend(["500"] * 100)
    moment, attempts = timezone.now(), []
    for _time in range(20):
        with time_machine.travel(moment, tick=True):
            sweep_messages()
        message = ProviderMessage.objects.get()
        attempts.append(message.attempts)
        if message.status != MessageStatus.RECEIVED:
            break
        moment = max(moment, message.next_attempt_at) + timedelta(seconds=1)
    assert attempts == list(range(1, 13))
    assert (message.status, message.note) == (MessageStatus.FAILED, MessageNote.NO_ANSWER)
    assert timedelta(minutes=30) < moment - timezone.now() < timedelta(hours=2)
    assert open_alerts() == ["kyc.message_not_handled", "kyc.provider_unreachable"]
    assert Case.objects.get(pk=one.pk).provider_result == ""
    shufti.faults.clear()
    with time_machine.travel(moment + timedelta(minutes=1), tick=True):
        process_again(message_id=message.pk, actor=TESTS, now=timezone.now())
        sweep_messages()
    one.refresh_from_db()
    assert one.provider_result == "accepted"
    assert open_alerts() == []
    assert AuditEvent.objects.filter(action="kyc.message_repeated").count() == 1


@pytest.mark.django_db
def test_get_and_giants_are_refused():
    assert Client().get("/hooks/kyc/shufti/").status_code == 405
    assert Client().post("/hooks/kyc/manual/", b"{}", content_type="application/json").status_code == 404
    body = b" " * (256 * 1024 + 1)
    assert deliver_body(body).status_code == 413


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body",
    [
        b"", b"null", b"[]", b"7", b"{}", b"\xff\xfe", b"[" * 9000, b"\x00", php_json({"reference": "a\x00b", "event": "\ud800"}),
        php_json({"reference": "x" * 9999, "event": "y" * 9999}), php_json({"reference": ["a"], "event": {"x": 1}}),
    ],
)  # fmt: skip
def test_signed_nonsense_is_kept_and_does_nothing(shufti, body):
    assert deliver_body(body).status_code == 200
    with later(minutes=20):
        sweep_messages()
    assert ProviderMessage.objects.get().status == MessageStatus.IGNORED
