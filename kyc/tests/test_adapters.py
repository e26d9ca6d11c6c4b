"""The adapters against simulated providers: what is asked, what is believed, and what a broken answer never becomes (C9)."""

import hashlib
import hmac
import json
import threading
import time

import pytest

from core.http_client import NoAnswer, ask
from kyc.providers import Refused, Retryable, Snapshot, Started, UnreadableMessage, provider
from kyc.providers.addresses import fit_for_a_client
from kyc.tests.provider_fixtures import HOOK_SECRET, SECRET, shufti, sumsub, unsaved_case
from simulators.serving import FAULTS
from simulators.shufti import Shufti, php_json, signature
from simulators.sumsub import LABELS

__all__ = ["shufti", "sumsub"]
BROKEN = [
    "429", "500", "504", "524", "html", "empty", "wrong-types", "redirect", "silent", "drip", "drip-head", "huge", "cut", "lost",
]  # fmt: skip


def asked(simulator):
    """Every request of the API, decoded."""
    return [json.loads(request.body) for request in simulator.requests]


# --- Shufti Pro -------------------------------------------------------------------------------------------------------------


@pytest.mark.spec("KYC-03", "KYC-05")
def test_shufti_is_asked_for_the_checks_of_the_tier(shufti):
    case = unsaved_case("shufti", checks=["document", "address", "background"])
    started = provider("shufti").start(case)
    assert isinstance(started, Started)
    assert started.url.startswith(f"{shufti.url}/applicant/")
    (request,) = asked(shufti)
    assert request["document"] == {
        "supported_types": ["passport", "id_card", "driving_license"],
        "name": {"first_name": "Jāna", "last_name": "Bērziņa"},
        "dob": "1990-04-17",
    }
    assert request["address"]["supported_types"] == ["utility_bill", "bank_statement"]
    assert request["background_checks"]["dob"] == "1990-04-17"
    assert "face" not in request
    assert (request["reference"], request["language"]) == (case.provider_reference, "LV")
    assert request["callback_url"].endswith("/hooks/kyc/shufti/")


@pytest.mark.spec("KYC-03")
def test_a_tier_may_name_a_journey_of_the_provider(shufti):
    assert isinstance(provider("shufti").start(unsaved_case("shufti", provider_level="jrn42")), Started)
    assert asked(shufti)[0]["journey_id"] == "jrn42"
    assert "document" not in asked(shufti)[0]


@pytest.mark.spec("KYC-05", "KYC-06")
@pytest.mark.parametrize(
    ("what", "result"),
    [
        ("accept", "accepted"),
        ("decline", "declined"),
        ("cancel", "cancelled"),
        ("timeout", "error"),
        ("hold", ""),
        ("receive", ""),
        ("delete", ""),
    ],
)
def test_what_shufti_says_of_a_case(shufti, what, result):
    case = unsaved_case("shufti", checks=["document", "face"])
    provider("shufti").start(case)
    assert provider("shufti").fetch(case.provider_reference).untouched
    shufti.play(case.provider_reference, what, codes=["SPDR07", "SPDR16"])
    snapshot = provider("shufti").fetch(case.provider_reference)
    assert isinstance(snapshot, Snapshot)
    assert (snapshot.result, snapshot.untouched) == (result, False)
    if what == "accept":
        found = {(one.check, one.name): (one.value, one.passed) for one in snapshot.findings}
        assert found["document", "name"] == ("Jāna Bērziņa", True)
        assert found["document", "document_number"] == ("LV1234567", None)
        assert found["face", ""] == ("", True)
    if what == "decline":
        assert [reason.code for reason in snapshot.reasons] == ["SPDR07", "SPDR16"]
        assert "expired" in snapshot.reasons[0].text
        assert ("document", False) in {(one.name, one.passed) for one in snapshot.findings}
    if what == "timeout":
        assert [reason.code for reason in snapshot.reasons] == ["timeout"]


@pytest.mark.spec("KYC-06")
def test_a_decline_without_data_has_php_lists_for_objects(shufti):
    case = unsaved_case("shufti")
    provider("shufti").start(case)
    shufti.play(case.provider_reference, "decline")
    assert json.loads(shufti.callbacks[-1].body)["verification_data"] == []
    assert provider("shufti").fetch(case.provider_reference).result == "declined"


@pytest.mark.spec("KYC-05")
def test_a_lost_answer_is_found_again_under_the_same_reference(shufti):
    case = unsaved_case("shufti")
    shufti.faults.append("lost")
    assert isinstance(provider("shufti").start(case), Retryable)
    started = provider("shufti").start(case)
    assert isinstance(started, Started)
    assert started.url == f"{shufti.url}/applicant/{shufti.verifications[case.provider_reference].token}/"
    assert [request.path for request in shufti.requests] == ["/", "/", "/status"]
    assert len(shufti.verifications) == 1


@pytest.mark.spec("KYC-05")
def test_what_ended_before_we_heard_of_its_beginning(shufti):
    case = unsaved_case("shufti")
    shufti.faults.append("lost")
    provider("shufti").start(case)
    shufti.play(case.provider_reference, "timeout")
    assert provider("shufti").start(case) == Started()
    assert provider("shufti").fetch(case.provider_reference).result == "error"


@pytest.mark.spec("KYC-06")
@pytest.mark.parametrize("fault", [*BROKEN, "wrong-signature", "no-signature"])
@pytest.mark.parametrize("call", ["start", "fetch"])
def test_a_broken_answer_of_shufti_is_tried_again_and_never_a_result(shufti, settings, fault, call):
    """C9."""
    case, adapter = unsaved_case("shufti"), provider("shufti")
    if call == "fetch":
        adapter.start(case)
        shufti.play(case.provider_reference, "accept")
    settings.KYC_PROVIDER_TIMEOUT = 1
    shufti.faults.append(fault)
    begun = time.monotonic()
    answer = adapter.start(case) if call == "start" else adapter.fetch(case.provider_reference)
    assert isinstance(answer, Retryable), answer
    assert time.monotonic() - begun < 4
    settings.KYC_PROVIDER_TIMEOUT = 5
    answer = adapter.start(case) if call == "start" else adapter.fetch(case.provider_reference)
    assert isinstance(answer, Started | Snapshot)


@pytest.mark.spec("KYC-06")
@pytest.mark.parametrize("fault", ["401", "403"])
def test_shufti_refuses_us(shufti, fault):
    case = unsaved_case("shufti")
    shufti.faults.extend([fault, fault])
    assert isinstance(provider("shufti").start(case), Refused)
    assert isinstance(provider("shufti").fetch(case.provider_reference), Refused)


@pytest.mark.spec("KYC-06")
def test_wrong_keys_fields_and_domains_are_refusals(shufti, settings):
    assert provider("shufti").fetch("nobodysreference") == Refused("the provider doesn't take our request (reference)")
    settings.KYC_CALLBACK_URL = "https://not-registered.example"
    assert provider("shufti").start(unsaved_case("shufti")) == Refused("the provider doesn't take our request (callback_url)")
    settings.SHUFTI_CLIENT_ID = "somebody"
    assert isinstance(provider("shufti").start(unsaved_case("shufti")), Refused)
    settings.SHUFTI_SECRETS = []
    assert isinstance(provider("shufti").start(unsaved_case("shufti")), Refused)
    settings.SHUFTI_URL = ""
    settings.SHUFTI_SECRETS = [SECRET]
    assert isinstance(provider("shufti").start(unsaved_case("shufti")), Retryable)


@pytest.mark.spec("KYC-06")
@pytest.mark.parametrize(
    "content",
    [
        {"verification_result": []},
        {"verification_result": [], "verification_data": []},
        {"verification_result": "1", "verification_data": {}},
        {"verification_result": {"face": 1}, "verification_data": 7},
        {},
    ],
)
def test_accepted_without_its_checks_is_no_result(shufti, content):
    said = {"reference": "r" * 32, "event": "verification.accepted"} | content
    with pytest.raises(NoAnswer):
        provider("shufti").snapshot(said)


@pytest.mark.parametrize("value", [True, "1", 2, None, [1], {"x": 1}, 1e400])
def test_odd_values_of_a_check_are_neither_held_nor_failed(value):
    said = {
        "reference": "r",
        "event": "verification.declined",
        "verification_result": {"face": value},
        "verification_data": {"document": value},
    }
    snapshot = provider("shufti").snapshot(said)
    assert all(one.passed in (None, True) for one in snapshot.findings)


# --- signatures of Shufti Pro -------------------------------------------------------------------------------------------------

BODY = php_json({"reference": "a" * 32, "event": "verification.accepted", "verification_url": "https://app/x", "name": "Šķēpele Ω"})


def shufti_takes(body, header):
    return provider("shufti").verify(body, {} if header is None else {"Signature": header})


@pytest.mark.spec("KYC-21")
def test_both_formulas_of_shufti_as_the_settings_say(settings):
    settings.SHUFTI_SECRETS = ["old", SECRET]
    for accepted, plain, hashed in (
        (["hashed"], False, True),
        (["plain"], True, False),
        (["plain", "hashed"], True, True),
        ([], False, False),
    ):
        settings.SHUFTI_SIGNATURES = accepted
        assert shufti_takes(BODY, signature(BODY, SECRET, "plain")) is plain
        assert shufti_takes(BODY, signature(BODY, "old", "hashed")) is hashed


@pytest.mark.spec("KYC-21")
def test_wrong_ways_to_sign_are_refused(settings):
    settings.SHUFTI_SECRETS, settings.SHUFTI_SIGNATURES = [SECRET], ["plain", "hashed"]
    said = json.loads(BODY)
    again = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()  # the same content, written another way
    joined = "&".join(f"{key}={said[key]}" for key in sorted(said))
    good = signature(BODY, SECRET)
    assert shufti_takes(BODY, good)
    for wrong in (
        signature(again, SECRET),
        hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest(),
        hashlib.sha256((joined + SECRET).encode()).hexdigest(),
        hashlib.sha256(SECRET.encode() + BODY).hexdigest(),
        hashlib.sha256(BODY).hexdigest(),
        signature(BODY, ""),
        signature(BODY, SECRET.upper()),
        good.upper(),
        good[:-1],
        f" {good}",
        "",
        None,
        "ķ" * 64,
    ):
        assert not shufti_takes(BODY, wrong), wrong
    assert not shufti_takes(again, good)
    assert not shufti_takes(BODY + b" ", good)


@pytest.mark.spec("KYC-21")
@pytest.mark.parametrize("secrets", [[], [""]])
def test_without_a_secret_nothing_is_believed(settings, secrets):
    settings.SHUFTI_SECRETS = settings.SUMSUB_HOOK_SECRETS = secrets
    settings.SHUFTI_SIGNATURES = ["plain", "hashed"]
    for formula in ("plain", "hashed"):
        assert not shufti_takes(BODY, signature(BODY, "", formula))
    digest = hmac.new(b"", BODY, hashlib.sha256).hexdigest()
    assert not provider("sumsub").verify(BODY, {"X-Payload-Digest": digest})
    assert not provider("manual").verify(BODY, {"Signature": signature(BODY, "")})


@pytest.mark.spec("KYC-21")
def test_the_simulator_signs_by_either_formula(settings, shufti):
    with Shufti(client_id="client", secret=SECRET, formula="plain") as older:
        settings.SHUFTI_URL, settings.SHUFTI_SIGNATURES = older.url, ["plain"]
        assert isinstance(provider("shufti").start(unsaved_case("shufti")), Started)
        settings.SHUFTI_SIGNATURES = ["hashed"]
        assert provider("shufti").start(unsaved_case("shufti")) == Retryable("the answer's signature doesn't hold")


# --- Sumsub -------------------------------------------------------------------------------------------------------------------


@pytest.mark.spec("KYC-05", "KYC-06")
@pytest.mark.parametrize(
    ("what", "result"),
    [
        ("accept", "accepted"),
        ("decline", "declined"),
        ("again", ""),
        ("submit", ""),
        ("hold", ""),
        ("reset", ""),
        ("deactivate", "cancelled"),
        ("delete", "cancelled"),
    ],
)
def test_what_sumsub_says_of_a_case(sumsub, what, result):
    case, adapter = unsaved_case("sumsub"), provider("sumsub")
    started = adapter.start(case)
    assert isinstance(started, Started)
    assert started.url.startswith(f"{sumsub.url}/applicant/")
    assert adapter.fetch(case.provider_reference).untouched
    sumsub.play(case.provider_reference, what)
    snapshot = adapter.fetch(case.provider_reference)
    assert isinstance(snapshot, Snapshot), snapshot
    assert (snapshot.result, snapshot.untouched) == (result, what in ("reset", "again"))
    if what == "accept":
        assert ("identity", True) in {(one.check, one.passed) for one in snapshot.findings}
        assert "Bērziņa" in {one.value for one in snapshot.findings}
    if what in ("decline", "again"):
        assert snapshot.reasons[0].code in LABELS
        assert not any("Internal" in reason.text for reason in snapshot.reasons)
    assert bool(snapshot.for_client) == (what == "again")


@pytest.mark.spec("KYC-06")
@pytest.mark.parametrize("fault", BROKEN)
@pytest.mark.parametrize("call", ["start", "fetch"])
def test_a_broken_answer_of_sumsub_is_tried_again_and_never_a_result(sumsub, settings, fault, call):
    """C9."""
    case, adapter = unsaved_case("sumsub"), provider("sumsub")
    if call == "fetch":
        adapter.start(case)
        sumsub.play(case.provider_reference, "accept")
    settings.KYC_PROVIDER_TIMEOUT = 1
    sumsub.faults.append(fault)
    answer = adapter.start(case) if call == "start" else adapter.fetch(case.provider_reference)
    assert isinstance(answer, Retryable), answer


@pytest.mark.spec("KYC-06")
def test_sumsub_refuses_us(sumsub, settings):
    assert isinstance(provider("sumsub").start(unsaved_case("sumsub", provider_level="unheard-of")), Refused)
    assert isinstance(provider("sumsub").start(unsaved_case("sumsub", provider_level="")), Refused)
    settings.SUMSUB_SECRET_KEY = "another"
    assert isinstance(provider("sumsub").start(unsaved_case("sumsub")), Refused)
    assert isinstance(provider("sumsub").fetch("nobody"), Refused)
    settings.SUMSUB_SECRET_KEY = ""
    assert isinstance(provider("sumsub").start(unsaved_case("sumsub")), Refused)


@pytest.mark.spec("KYC-21")
@pytest.mark.parametrize(("algorithm", "taken"), [("HMAC_SHA256_HEX", True), ("HMAC_SHA512_HEX", True), ("HMAC_SHA1_HEX", False)])
def test_which_digests_of_sumsub_hold(sumsub, algorithm, taken):
    sumsub.algorithm = algorithm
    body = '{"type": "applicantReviewed", "externalUserId": "ā"}'.encode()
    headers = dict(sumsub.signed(body))
    assert provider("sumsub").verify(body, headers) is taken
    assert not provider("sumsub").verify(body + b" ", headers)
    assert not provider("sumsub").verify(body, headers | {"X-Payload-Digest-Alg": "none"})
    assert not provider("sumsub").verify(body, dict(sumsub.signed(body, secret=HOOK_SECRET + "x")))
    assert not provider("sumsub").verify(body, {})


# --- both ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.spec("KYC-20")
@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"7", b"{}", b"\xff\xfe", b"[" * 9000, b'{"reference": 1, "event": []}', b'{"type": 1, "externalUserId": {}}'],
)
@pytest.mark.parametrize("code", ["shufti", "sumsub", "manual"])
def test_nonsense_is_unreadable(code, body):
    with pytest.raises(UnreadableMessage):
        provider(code).parse(body)


@pytest.mark.spec("KYC-20")
def test_events_that_nobody_knows_wake_nobody():
    assert not provider("shufti").parse(b'{"reference": "abc", "event": "verification.approved"}').wakes
    assert not provider("shufti").parse(b'{"reference": "abc", "event": "request.deleted"}').wakes
    assert provider("shufti").parse(b'{"reference": "abc", "event": "verification.status.changed"}').wakes
    assert not provider("sumsub").parse(b'{"externalUserId": "abc", "type": "applicantSmiled"}').wakes
    event = provider("sumsub").parse(b'{"externalUserId": "abc", "type": "applicantReviewed", "createdAtMs": "2026-01-31 12:00:00.123"}')
    assert event.wakes
    assert event.occurred_at.isoformat() == "2026-01-31T12:00:00.123000+00:00"


def test_addresses_that_no_client_is_sent_to():
    for url in ("javascript:alert(1)", "http://", "ftp://x/y", "//x/y", 7, None, "https://x/" + "a" * 500, "https://x/\x00", "https://[x"):
        assert not fit_for_a_client(url, "http://simulator")
    assert not fit_for_a_client("http://plain.example/", "https://api.shuftipro.com")


def test_many_slow_answers_leave_no_thread_behind(shufti):
    before = threading.active_count()
    for fault in ("silent", "drip", "drip-head") * 3:
        shufti.faults.append(fault)
        with pytest.raises(NoAnswer):
            ask("POST", shufti.url + "/", body=b"{}", headers={}, seconds=0.3)
    time.sleep(0.5)
    assert threading.active_count() <= before + 12  # those of the simulator, which still stall


def test_every_fault_has_been_tried():
    assert {*BROKEN, "wrong-signature", "no-signature", "401", "403", "callback-first"} == set(FAULTS)
