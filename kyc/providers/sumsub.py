"""Sumsub (KYC-05): the client verifies itself behind a link; webhooks say that something happened, the applicant's review says what."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from core.http_client import Answer, NoAnswer, ask
from kyc.providers.addresses import fit_for_a_client
from kyc.providers.interface import Event, Finding, Reason, Refused, Retryable, Snapshot, Started, UnreadableMessage

ALGORITHMS = {"HMAC_SHA256_HEX": "sha256", "HMAC_SHA512_HEX": "sha512"}  # SHA-1 is offered by the provider and not taken
WAKING = {
    "applicantReviewed",
    "applicantPending",
    "applicantOnHold",
    "applicantReset",
    "applicantDeleted",
    "applicantDeactivated",
    "applicantActivated",
    "applicantWorkflowCompleted",
}


class Sumsub:
    code = "sumsub"
    label = "Sumsub"
    integrated = True

    # --- asking -----------------------------------------------------------------------------------------------------------

    def start(self, case: Any) -> Started | Refused | Retryable:
        if not case.tier.provider_level:
            return Refused(_("the tier names no level at the provider"))
        client = case.client
        identifiers = {"email": client.email} | ({"phone": client.phone} if client.phone else {})
        asked: dict[str, Any] = {
            "levelName": case.tier.provider_level,
            "userId": case.provider_reference,
            "ttlInSecs": settings.KYC_LINK_MINUTES * 60,
            "applicantIdentifiers": identifiers,
        }
        if settings.KYC_REDIRECT_URL:
            asked["redirect"] = {"successUrl": settings.KYC_REDIRECT_URL, "rejectUrl": settings.KYC_REDIRECT_URL}
        expires_at = timezone.now() + timedelta(minutes=settings.KYC_LINK_MINUTES)
        try:
            answer = self._ask("POST", "/resources/sdkIntegrations/levels/-/websdkLink", asked)
            if refusal := self._refusal(answer):
                return refusal
            url = answer.json().get("url")
        except NoAnswer as error:
            return Retryable(str(error))
        if not fit_for_a_client(url, settings.SUMSUB_URL):
            return Retryable(_("the answer names no address for the client"))
        return Started(str(url), expires_at)

    def fetch(self, reference: str) -> Snapshot | Refused | Retryable:
        try:
            answer = self._ask("GET", f"/resources/applicants/-;externalUserId={quote(reference, safe='')}/one")
            if answer.status == 404 and answer.json().get("code") == 404:
                return Snapshot("", untouched=True)  # the link was never opened
            if refusal := self._refusal(answer):
                return refusal
            said = answer.json()
            if said.get("externalUserId") != reference:
                return Retryable(_("the answer is about another case"))
            snapshot = self.snapshot(said)
            if snapshot.result not in ("accepted", "declined"):
                return snapshot
            steps = self._ask("GET", f"/resources/applicants/{quote(str(said.get('id')), safe='')}/requiredIdDocsStatus")
            if refusal := self._refusal(steps):
                return refusal
            return replace(snapshot, findings=tuple(findings(steps.json(), said.get("info"))))
        except NoAnswer as error:
            return Retryable(str(error))

    def _ask(self, method: str, path: str, content: dict[str, Any] | None = None) -> Answer:
        if not (settings.SUMSUB_APP_TOKEN and settings.SUMSUB_SECRET_KEY):
            return Answer(401, b"")
        body = json.dumps(content).encode() if content is not None else b""
        stamp = str(int(time.time()))
        signed = f"{stamp}{method}{path}".encode() + body
        headers = {
            "X-App-Token": settings.SUMSUB_APP_TOKEN,
            "X-App-Access-Ts": stamp,
            "X-App-Access-Sig": hmac.new(settings.SUMSUB_SECRET_KEY.encode(), signed, hashlib.sha256).hexdigest(),
            "Accept": "application/json",
        } | ({"Content-Type": "application/json"} if body else {})
        return ask(method, settings.SUMSUB_URL.rstrip("/") + path, body=body, headers=headers, seconds=settings.KYC_PROVIDER_TIMEOUT)

    def _refusal(self, answer: Answer) -> Refused | Retryable | None:
        match answer.status:
            case 200:
                return None
            case 401 | 403:
                return Refused(_("the provider doesn't know our credentials, or doesn't let them do this"))
            case 400 | 404:
                return Refused(_("the provider doesn't take our request; is the tier's level known there?"))
            case status:
                return Retryable(_("the provider answered with status %(status)s") % {"status": status})

    # --- reading ------------------------------------------------------------------------------------------------------------

    def snapshot(self, said: dict[str, Any]) -> Snapshot:
        """The applicant's review. Raises NoAnswer where it isn't of the documented form: then there is no result."""
        review = said.get("review")
        if said.get("deleted") is True:
            return Snapshot("cancelled")
        if not isinstance(review, dict) or not isinstance(review.get("reviewStatus"), str):
            raise NoAnswer(_("the answer has no review"))
        if review["reviewStatus"] != "completed":
            return Snapshot("", untouched=review["reviewStatus"] == "init")
        verdict = review.get("reviewResult")
        if not isinstance(verdict, dict) or verdict.get("reviewAnswer") not in ("GREEN", "RED"):
            raise NoAnswer(_("the review is completed without an answer"))
        if verdict["reviewAnswer"] == "GREEN":
            return Snapshot("accepted")
        reasons = tuple(reasons_of(verdict))
        if verdict.get("reviewRejectType") == "FINAL":
            return Snapshot("declined", reasons)
        again = verdict.get("moderationComment")  # made to be shown; clientComment is not
        return Snapshot("", reasons, untouched=True, for_client=again[:500] if isinstance(again, str) else "")

    def verify(self, raw: bytes, headers: Mapping[str, str]) -> bool:
        algorithm = ALGORITHMS.get(headers.get("X-Payload-Digest-Alg", "HMAC_SHA256_HEX"))
        given = headers.get("X-Payload-Digest", "").encode(errors="replace")
        valid = False
        for secret in settings.SUMSUB_HOOK_SECRETS:
            expected = hmac.new(secret.encode(), raw, algorithm or "sha256").hexdigest().encode()
            valid |= hmac.compare_digest(expected, given) and bool(secret) and algorithm is not None
        return valid

    def parse(self, raw: bytes) -> Event:
        try:
            said = json.loads(raw)
            reference, name = said.get("externalUserId"), said["type"]
            created = said.get("createdAtMs")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise UnreadableMessage(f"unreadable: {type(error).__name__}") from error
        if not (isinstance(reference, str) and isinstance(name, str)):
            raise UnreadableMessage("unreadable: externalUserId or type is not a text")
        return Event(reference=reference[:250], name=name[:60], occurred_at=moment(created), wakes=name in WAKING)


def moment(value: Any) -> datetime | None:
    """Their "2026-01-31 12:00:00.123", or nothing where it is something else."""
    if not isinstance(value, str):
        return None
    try:
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    except ValueError:
        return None


def reasons_of(verdict: dict[str, Any]) -> Iterator[Reason]:
    labels = verdict.get("rejectLabels")
    text = verdict.get("moderationComment")
    text = text[:300] if isinstance(text, str) else ""
    listed = [label[:60] for label in labels if isinstance(label, str)][:50] if isinstance(labels, list) else []
    for number, label in enumerate(listed or [""] * bool(text)):
        yield Reason(label, text if number == 0 else "")


def findings(steps: dict[str, Any], info: Any) -> Iterator[Finding]:
    """Step by step (IDENTITY, SELFIE, …), then what was read of the person."""
    for step, found in steps.items():
        verdict = found.get("reviewResult") if isinstance(found, dict) else None
        answer = verdict.get("reviewAnswer") if isinstance(verdict, dict) else None
        kind = found.get("idDocType") if isinstance(found, dict) else None
        passed = {"GREEN": True, "RED": False}.get(answer) if isinstance(answer, str) else None
        yield Finding(step.lower()[:40], "", kind[:60] if isinstance(kind, str) else "", passed)
    if not isinstance(info, dict):
        return
    for name in ("firstName", "middleName", "lastName", "dob", "country"):
        if isinstance(info.get(name), str):
            yield Finding("person", name, info[name][:200])
    documents = info.get("idDocs")
    for document in documents[:10] if isinstance(documents, list) else []:
        if isinstance(document, dict):
            for name in ("idDocType", "number", "validUntil", "country"):
                if isinstance(document.get(name), str):
                    yield Finding("document", name, document[name][:200])
