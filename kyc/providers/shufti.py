"""Shufti Pro (KYC-05): the client verifies itself on Shufti's page, a callback says that something happened, /status says what."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from core.http_client import Answer, NoAnswer, ask
from kyc.providers.addresses import callback_address, fit_for_a_client
from kyc.providers.interface import Event, Finding, Reason, Refused, Retryable, Snapshot, Started, UnreadableMessage

DOCUMENTS = ["passport", "id_card", "driving_license"]
PROOFS_OF_ADDRESS = ["utility_bill", "bank_statement"]
RESULTS = {
    "verification.accepted": "accepted",
    "verification.declined": "declined",
    "verification.cancelled": "cancelled",
    "request.cancelled": "cancelled",  # so in some of the provider's examples
    "request.timeout": "error",
}
# The others that are known (pending, received, review.pending, invalid, unauthorized, deleted) say nothing that changes a case.
WAKING = {*RESULTS, "verification.status.changed"}


def signatures(raw: bytes) -> Iterator[str]:
    """Every signature that we take: each secret by each formula (accounts from before and after 15 March 2023)."""
    for secret in settings.SHUFTI_SECRETS:
        if secret and "plain" in settings.SHUFTI_SIGNATURES:
            yield hashlib.sha256(raw + secret.encode()).hexdigest()
        if secret and "hashed" in settings.SHUFTI_SIGNATURES:
            yield hashlib.sha256(raw + hashlib.sha256(secret.encode()).hexdigest().encode()).hexdigest()


class Shufti:
    code = "shufti"
    label = "Shufti Pro"
    integrated = True

    # --- asking -----------------------------------------------------------------------------------------------------------

    def start(self, case: Any) -> Started | Refused | Retryable:
        expires_at = timezone.now() + timedelta(minutes=settings.KYC_LINK_MINUTES)
        try:
            answer = self._post("/", self.request(case))
            if answer.status == 409:  # an earlier attempt of ours was heard, its answer was lost
                return self._existing(case.provider_reference)
            said = self._trusted(answer, case.provider_reference)
        except NoAnswer as error:
            return Retryable(str(error))
        if isinstance(said, Refused | Retryable):
            return said
        url = said.get("verification_url")
        if said.get("event") != "request.pending" or not fit_for_a_client(url, settings.SHUFTI_URL):
            return Retryable(_("the answer names no address for the client"))
        return Started(str(url), expires_at)

    def _existing(self, reference: str) -> Started | Refused | Retryable:
        said = self._trusted(self._post("/status", {"reference": reference}), reference)
        if isinstance(said, Refused | Retryable):
            return said
        url = said.get("verification_url")
        if fit_for_a_client(url, settings.SHUFTI_URL):
            return Started(str(url), timezone.now() + timedelta(minutes=settings.KYC_LINK_MINUTES))
        if said.get("event") in RESULTS:
            return Started()  # it is over there; asking brings the result
        return Refused(_("the provider has this case already and gives no address for the client"))

    def request(self, case: Any) -> dict[str, Any]:
        """What is asked for: the checks of the tier, with what we know of the client (KYC-03)."""
        client = case.client
        asked: dict[str, Any] = {
            "reference": case.provider_reference,
            "callback_url": callback_address(self.code),
            "email": client.email,
            "language": client.language[:2].upper(),
            "verification_mode": "any",
            "ttl": settings.KYC_LINK_MINUTES,
        }
        if settings.KYC_REDIRECT_URL:
            asked["redirect_url"] = settings.KYC_REDIRECT_URL
        if case.tier.provider_level:
            return asked | {"journey_id": case.tier.provider_level}
        name = {"first_name": client.first_name, "last_name": client.last_name}
        person: dict[str, Any] = {"name": name} if all(name.values()) else {}
        if client.birth_date:
            person["dob"] = client.birth_date.isoformat()
        checks = {
            "document": {"supported_types": DOCUMENTS, **person},
            "face": {},
            "address": {"supported_types": PROOFS_OF_ADDRESS},
            "consent": {},
            "background": person,
        }
        names = {"background": "background_checks"}
        return asked | {names.get(check, check): checks[check] for check in case.tier.checks or ["document", "face"] if check in checks}

    def fetch(self, reference: str) -> Snapshot | Refused | Retryable:
        try:
            answer = self._post("/status", {"reference": reference})
            said = self._trusted(answer, reference)
            if isinstance(said, Refused | Retryable):
                return said
            return self.snapshot(said)
        except NoAnswer as error:
            return Retryable(str(error))

    def _post(self, path: str, content: dict[str, Any]) -> Answer:
        secret = settings.SHUFTI_SECRETS[0] if settings.SHUFTI_SECRETS else ""
        if not (secret and settings.SHUFTI_CLIENT_ID):
            return Answer(401, b"")
        key = base64.b64encode(f"{settings.SHUFTI_CLIENT_ID}:{secret}".encode()).decode()
        headers = {"Authorization": f"Basic {key}", "Content-Type": "application/json", "Accept": "application/json"}
        url, body = settings.SHUFTI_URL.rstrip("/") + path, json.dumps(content).encode()
        return ask("POST", url, body=body, headers=headers, seconds=settings.KYC_PROVIDER_TIMEOUT)

    def _trusted(self, answer: Answer, reference: str) -> dict[str, Any] | Refused | Retryable:
        """The answer's content, if it is signed and about this case. A refusal needs no signature: it changes nothing."""
        match answer.status:
            case 200:
                pass
            case 401:
                return Refused(_("the provider doesn't know our credentials"))
            case 403:
                return Refused(_("the provider doesn't allow a check of this tier"))
            case 400 | 402 | 404:
                return Refused(_("the provider doesn't take our request %(field)s") % {"field": refused_field(answer)})
            case status:
                return Retryable(_("the provider answered with status %(status)s") % {"status": status})
        if not self.verify(answer.body, answer.headers):
            return Retryable(_("the answer's signature doesn't hold"))
        said = answer.json()
        if said.get("event") == "request.unauthorized":
            return Refused(_("the provider doesn't know our credentials"))
        if said.get("reference") != reference or not isinstance(said.get("event"), str):
            return Retryable(_("the answer is about another case"))
        return said

    # --- reading ------------------------------------------------------------------------------------------------------------

    def snapshot(self, said: dict[str, Any]) -> Snapshot:
        """Raises NoAnswer where a result lacks what it stands on: then it is none."""
        event = said["event"]
        result = RESULTS.get(event, "")
        if result not in ("accepted", "declined"):
            reasons = (Reason("timeout"),) if result == "error" else ()
            return Snapshot(result, reasons, untouched=event == "request.pending")
        checks, data = said.get("verification_result"), said.get("verification_data")
        if checks == []:  # PHP's way to write an empty object
            checks = {}
        if data == []:
            data = {}
        if not isinstance(checks, dict) or not isinstance(data, dict) or (result == "accepted" and not checks):
            raise NoAnswer(_("the result comes without its checks"))
        return Snapshot(result, tuple(reasons_of(said)) if result == "declined" else (), tuple(findings(checks, data)))

    def verify(self, raw: bytes, headers: Mapping[str, str]) -> bool:
        given = headers.get("Signature") or headers.get("signature") or ""
        valid = False
        for expected in signatures(raw):
            valid |= hmac.compare_digest(expected.encode(), given.encode(errors="replace"))
        return valid

    def parse(self, raw: bytes) -> Event:
        try:
            said = json.loads(raw)
            reference, name = said["reference"], said["event"]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise UnreadableMessage(f"unreadable: {type(error).__name__}") from error
        if not (isinstance(reference, str) and isinstance(name, str)):
            raise UnreadableMessage("unreadable: reference or event is not a text")
        return Event(reference=reference[:250], name=name[:60], wakes=name in WAKING)


def refused_field(answer: Answer) -> str:
    """Which field the provider didn't take, for administrators; its own words are not kept."""
    try:
        fault = answer.json().get("error")
    except NoAnswer:
        return ""
    key = fault.get("key") if isinstance(fault, dict) else None
    return f"({key})" if isinstance(key, str) and re.fullmatch(r"[a-z_]{1,40}", key) else ""


def reasons_of(said: dict[str, Any]) -> Iterator[Reason]:
    codes = said.get("declined_codes")
    text = said.get("declined_reason")
    text = text[:300] if isinstance(text, str) else ""
    listed = [code[:20] for code in codes if isinstance(code, str)][:50] if isinstance(codes, list) else []
    for number, code in enumerate(listed or [""] * bool(text)):
        yield Reason(code, text if number == 0 else "")


def findings(checks: dict[str, Any], data: dict[str, Any]) -> Iterator[Finding]:
    """Check by check: 1 held, 0 did not, null was not looked at; beside it what was read. A service may be a bare number."""
    for service in [*checks, *(name for name in data if name not in checks)]:
        judged, read = checks.get(service), data.get(service)
        read = read if isinstance(read, dict) else {}
        if not isinstance(judged, dict):
            yield Finding(service[:40], "", "", held(judged))
            judged = {}
        for name in [*judged, *(name for name in read if name not in judged)]:
            yield Finding(service[:40], name[:60], words(read.get(name)), held(judged.get(name)))


def held(value: Any) -> bool | None:
    return {1: True, 0: False}.get(value) if isinstance(value, int) else None


def words(value: Any) -> str:
    """What was read, as one line."""
    match value:
        case str():
            return value[:200]
        case dict():
            return " ".join(words(one) for one in value.values() if one)[:200]
        case list():
            return ", ".join(words(one) for one in value)[:200]
        case int() | float() if not isinstance(value, bool):
            return str(value)
    return ""
