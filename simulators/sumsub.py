"""Sumsub as its documentation describes it, with a page on which a person plays the applicant (KYC-05).

    python -m simulators.sumsub --port 8151 --app-token demo --secret … --hook-url http://localhost:8000/hooks/kyc/sumsub/ --hook-secret …

Requests carry X-App-Token, X-App-Access-Ts and X-App-Access-Sig (HMAC-SHA256 of time + method + path + body). Webhooks carry
X-Payload-Digest and X-Payload-Digest-Alg. What it can be told to do wrong: `simulators/serving.py`.
"""

import argparse
import hashlib
import hmac
import html
import json
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from simulators.serving import LABELLED, Answer, Request, Simulator, choice, shown

ALGORITHMS = {"HMAC_SHA1_HEX": "sha1", "HMAC_SHA256_HEX": "sha256", "HMAC_SHA512_HEX": "sha512"}
LEVELS = ("basic-kyc-level", "basic-kyb-level", "id-and-liveness", "address-level")
LABELS = {
    "FORGERY": "attempt at forgery",
    "BLACKLIST": "on the blacklist",
    "UNSATISFACTORY_PHOTOS": "photos can't be read",
    "DOCUMENT_PAGE_MISSING": "a page is missing",
    "EXPIRATION_DATE": "the document has expired",
    "WRONG_ADDRESS": "the address doesn't match",
}
FINAL = ("FORGERY", "BLACKLIST")
FRESH_SECONDS = 60


class Refused(Exception):
    def __init__(self, status: int, description: str, error_code: int = 0) -> None:
        super().__init__(description)
        self.status, self.description, self.error_code = status, description, error_code


@dataclass
class Applicant:
    user_id: str
    level: str
    token: str
    link_ends_at: float
    identifiers: dict[str, Any]
    redirect: dict[str, Any]
    id: str = ""  # empty until the person opens the link
    status: str = "init"
    result: dict[str, Any] | None = None
    person: dict[str, str] = field(default_factory=dict)
    attempts: int = 1
    deleted: bool = False


class Sumsub(Simulator):
    title = "Sumsub (simulator)"
    retries = [300.0, 3600.0, 18000.0, 64800.0]
    callback_timeout = 5.0

    def __init__(
        self,
        *,
        app_token: str,
        secret: str,
        hook_url: str,
        hook_secret: str,
        algorithm: str = "HMAC_SHA256_HEX",
        levels: Sequence[str] = LEVELS,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.app_token, self.secret = app_token, secret
        self.hook_url, self.hook_secret, self.algorithm = hook_url, hook_secret, algorithm
        self.levels = set(levels)
        self.applicants: dict[str, Applicant] = {}
        self.remember()

    def dump(self) -> Any:
        return [asdict(one) for one in self.applicants.values()]

    def load(self, kept: Any) -> None:
        self.applicants = {one.user_id: one for one in (Applicant(**fields) for fields in kept)}

    # --- the API ----------------------------------------------------------------------------------------------------------

    def api(self, request: Request) -> Answer:
        with self.lock:
            try:
                self.authenticate(request)
                return self.route(request, urlsplit(request.path).path)
            except Refused as error:
                return self.refusal(error)

    def route(self, request: Request, path: str) -> Answer:
        if request.method == "POST" and path == "/resources/sdkIntegrations/levels/-/websdkLink":
            return self.link(self.read(request))
        if request.method == "GET" and (found := re.fullmatch(r"/resources/applicants/-;externalUserId=([^/;]+)/one", path)):
            return self.reply(200, self.state(self.existing(found[1])))
        if request.method == "GET" and (found := re.fullmatch(r"/resources/applicants/([0-9a-f]{24})/requiredIdDocsStatus", path)):
            return self.reply(200, self.steps(self.by_id(found[1])))
        raise Refused(404, "Not found")

    def authenticate(self, request: Request) -> None:
        stamp = request.headers.get("X-App-Access-Ts", "")
        if not hmac.compare_digest(request.headers.get("X-App-Token", "").encode(errors="replace"), self.app_token.encode()):
            raise Refused(401, "App token is not valid", 4002)
        if not re.fullmatch(r"[0-9]{1,11}", stamp) or abs(time.time() - int(stamp)) > FRESH_SECONDS:
            raise Refused(401, "Timestamp is too old or in the future", 4006)
        signed = f"{stamp}{request.method}{request.path}".encode() + request.body
        expected = hmac.new(self.secret.encode(), signed, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(request.headers.get("X-App-Access-Sig", "").encode(errors="replace"), expected.encode()):
            raise Refused(401, "Request signature mismatch", 4003)

    def read(self, request: Request) -> dict[str, Any]:
        try:
            asked = json.loads(request.body)
        except ValueError:
            asked = None
        if not isinstance(asked, dict):
            raise Refused(400, "Bad JSON")
        return asked

    def link(self, asked: dict[str, Any]) -> Answer:
        """POST …/websdkLink: an address for this user; the applicant itself comes to be when it is opened."""
        unknown = set(asked) - {"levelName", "userId", "applicantIdentifiers", "redirect", "ttlInSecs"}
        user_id, level, seconds = asked.get("userId"), asked.get("levelName"), asked.get("ttlInSecs", 1800)
        if unknown or not isinstance(user_id, str) or not user_id or not isinstance(seconds, int) or seconds < 1:
            raise Refused(400, "userId, levelName and ttlInSecs are needed, nothing unknown is taken")
        if level not in self.levels:
            raise Refused(404, f"Level '{level}' not found")
        identifiers, redirect = asked.get("applicantIdentifiers", {}), asked.get("redirect", {})
        if not isinstance(identifiers, dict) or not isinstance(redirect, dict):
            raise Refused(400, "applicantIdentifiers and redirect are objects")
        one = self.applicants.get(user_id)
        if one is None:
            one = Applicant(user_id, str(level), secrets.token_urlsafe(16), 0, identifiers, redirect)
            self.applicants[user_id] = one
        one.link_ends_at = time.time() + seconds
        return self.reply(200, {"url": f"{self.url}/applicant/{one.token}/"})

    def existing(self, user_id: str) -> Applicant:
        one = self.applicants.get(user_id)
        if one is None or not one.id:
            raise Refused(404, "Applicant not found")
        return one

    def by_id(self, applicant_id: str) -> Applicant:
        for one in self.applicants.values():
            if one.id == applicant_id:
                return one
        raise Refused(404, "Applicant not found")

    def state(self, one: Applicant) -> dict[str, Any]:
        said: dict[str, Any] = {
            "id": one.id,
            "createdAt": "2026-01-01 00:00:00",
            "inspectionId": f"{one.id[:23]}f",
            "externalUserId": one.user_id,
            "info": {},
            "deleted": one.deleted,
            "review": {"levelName": one.level, "attemptCnt": one.attempts, "reviewStatus": one.status},
        }
        if one.person:
            said["info"] = {
                "firstName": one.person.get("first_name"),
                "lastName": one.person.get("last_name"),
                "dob": one.person.get("dob"),
                "country": "LVA",
                "idDocs": [
                    {"idDocType": "PASSPORT", "country": "LVA", "number": one.person.get("document_number"), "validUntil": "2031-05-06"}
                ],
            }
        if one.result is not None:
            said["review"]["reviewResult"] = one.result
        return said

    def steps(self, one: Applicant) -> dict[str, Any]:
        answer = {"reviewAnswer": one.result["reviewAnswer"]} if one.result else None
        if not one.person:
            return {"IDENTITY": None, "SELFIE": None}
        return {
            "IDENTITY": {"reviewResult": answer or {}, "country": "LVA", "idDocType": "PASSPORT", "imageIds": [1, 2]},
            "SELFIE": {
                "reviewResult": {"reviewAnswer": "GREEN"} if answer else {},
                "country": "LVA",
                "idDocType": "SELFIE",
                "imageIds": [3],
            },
        }

    def reply(self, status: int, content: Any) -> Answer:
        return Answer(status, json.dumps(content, ensure_ascii=False).encode(), {"Content-Type": "application/json"})

    def refusal(self, error: Refused) -> Answer:
        said = {"description": error.description, "code": error.status, "correlationId": f"req-{secrets.token_hex(8)}"}
        return self.reply(error.status, said | ({"errorCode": error.error_code} if error.error_code else {}))

    def error(self, status: int) -> Answer:
        if status in (504, 524):
            return Answer(status, f"<html><title>error code: {status}</title></html>".encode(), {"Content-Type": "text/html"})
        return self.refusal(
            Refused(status, {401: "App token is not valid", 403: "Access denied", 429: "Too many requests"}.get(status, "Failure"))
        )

    def wrong_types(self, answer: Answer) -> bytes:
        return json.dumps({name: 7 if isinstance(value, str) else "x" for name, value in json.loads(answer.body).items()}).encode()

    def signed(self, body: bytes, *, secret: str | None = None) -> Mapping[str, str]:
        digest = hmac.new((self.hook_secret if secret is None else secret).encode(), body, ALGORITHMS[self.algorithm]).hexdigest()
        return {"X-Payload-Digest": digest, "X-Payload-Digest-Alg": self.algorithm}

    # --- what becomes of it -------------------------------------------------------------------------------------------------

    def tell(self, one: Applicant, kind: str) -> None:
        now = datetime.now(UTC)
        said: dict[str, Any] = {
            "applicantId": one.id,
            "inspectionId": f"{one.id[:23]}f",
            "correlationId": secrets.token_hex(8),
            "externalUserId": one.user_id,
            "levelName": one.level,
            "type": kind,
            "reviewStatus": one.status,
            "createdAtMs": f"{now:%Y-%m-%d %H:%M:%S}.{now.microsecond // 1000:03d}",
            "sandboxMode": True,
        }
        if kind == "applicantReviewed":
            said["reviewResult"] = one.result
        self.call_back(self.hook_url, kind, json.dumps(said, ensure_ascii=False, indent=2).encode())

    def open(self, one: Applicant) -> None:
        if not one.id:
            one.id = secrets.token_hex(12)
            self.tell(one, "applicantCreated")

    def play(self, user_id: str, what: str, *, labels: Sequence[str] = (), person: Mapping[str, str] | None = None) -> None:
        """The applicant or Sumsub's staff: accept, decline, again, submit, hold, reset, deactivate, delete."""
        with self.lock:
            one = self.applicants[user_id]
            self.open(one)
            if what in ("accept", "decline", "again", "submit", "hold") and not one.person:
                one.person = {"first_name": "Jana", "last_name": "Bērziņa", "dob": "1990-04-17", "document_number": "LV1234567"} | dict(
                    person or {}
                )
            one.person = one.person | dict(person or {})
            match what:
                case "accept":
                    one.status, one.result, kind = "completed", {"reviewAnswer": "GREEN"}, "applicantReviewed"
                case "decline":
                    one.status, one.result, kind = "completed", red("FINAL", labels or ["FORGERY"]), "applicantReviewed"
                case "again":
                    one.status, one.result, kind = "completed", red("RETRY", labels or ["UNSATISFACTORY_PHOTOS"]), "applicantReviewed"
                case "submit":
                    one.status, one.result, kind = "pending", None, "applicantPending"
                    one.attempts += 1
                case "hold":
                    one.status, one.result, kind = "onHold", None, "applicantOnHold"
                case "reset":
                    one.status, one.result, one.person, kind = "init", None, {}, "applicantReset"
                case "deactivate":
                    one.deleted, kind = True, "applicantDeactivated"
                case "delete":
                    one.deleted, one.person, kind = True, {}, "applicantDeleted"
                case _:
                    return
            self.tell(one, kind)

    # --- pages ----------------------------------------------------------------------------------------------------------------

    def overview(self) -> str:
        rows = "".join(
            f'<tr><td><a href="/applicant/{one.token}/">{html.escape(one.user_id)}</a><td>{html.escape(one.level)}'
            f"<td>{html.escape(one.status)}<td>{html.escape(json.dumps(one.result) if one.result else '')}"
            for one in reversed(list(self.applicants.values()))
        )
        return (
            f"<table><tr><th>User<th>Level<th>State<th>Result{rows}</table>" if rows else "<p>Nobody has asked for a verification yet.</p>"
        )

    def page(self, request: Request) -> Answer:
        token = urlsplit(request.path).path.split("/")[2]
        with self.lock:
            one = next((one for one in self.applicants.values() if one.token == token), None)
            if one is None:
                return shown("Not found", "<p>This link leads nowhere.</p>", status=404)
            if time.time() >= one.link_ends_at:
                return shown("Sumsub verification", "<p>This link has expired. Ask for a new one where you came from.</p>", status=410)
            if request.method == "POST":
                form = request.form
                person = {name: values[0] for name, values in form.items() if name not in ("what", "labels")}
                what = form.get("what", [""])[0]
                if what == "expire":
                    one.link_ends_at = 0
                self.play(one.user_id, what, labels=form.get("labels", []), person=person)
                return Answer(303, b"", {"Location": f"/applicant/{token}/"})
            self.open(one)
            return shown("Sumsub verification", self.applicant(one))

    def applicant(self, one: Applicant) -> str:
        back = str(one.redirect.get("successUrl") or "")
        leave = f'<p><a href="{html.escape(back)}">Back to where you came from</a></p>' if back.startswith(("http://", "https://")) else ""
        facts = (
            f"<p>User <b>{html.escape(one.user_id)}</b> · level {html.escape(one.level)} · state: <b>{html.escape(one.status)}</b>"
            f" {html.escape(json.dumps(one.result) if one.result else '')}</p>"
        )
        if one.deleted:
            return f"{facts}<p>This applicant is no longer active.</p>{leave}"
        values = {"first_name": "Jana", "last_name": "Bērziņa", "dob": "1990-04-17", "document_number": "LV1234567"} | one.person
        fields = "".join(
            f'<label><span>{LABELLED.get(key, key.replace("_", " ").capitalize())}</span> <input name="{key}" value="{html.escape(value)}"></label>'
            for key, value in values.items()
        )
        return (
            f'{facts}<form method="post"><fieldset><legend>What the document says</legend>{fields}</fieldset>'
            '<button name="what" value="accept">Accept (GREEN)</button><button class="quiet" name="what" value="submit">Hand in, undecided</button>'
            '<button class="quiet" name="what" value="hold">To a person for review (on hold)</button>'
            f"<fieldset><legend>Reasons</legend>{choice('labels', LABELS)}</fieldset>"
            '<button name="what" value="again">Ask again (RED, RETRY)</button><button name="what" value="decline">Decline (RED, FINAL)</button>'
            '<p><button class="quiet" name="what" value="deactivate">Deactivate the applicant</button>'
            '<button class="quiet" name="what" value="reset">Reset</button><button class="quiet" name="what" value="delete">Delete</button>'
            f'<button class="quiet" name="what" value="expire">Let the link expire</button></p></form>{leave}'
        )


def red(kind: str, labels: Sequence[str]) -> dict[str, Any]:
    return {
        "reviewAnswer": "RED",
        "rejectLabels": list(labels),
        "reviewRejectType": kind,
        "moderationComment": "We could not accept what you sent: " + ", ".join(LABELS.get(label, label) for label in labels) + ".",
        "clientComment": "Internal: not to be shown to the applicant.",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8151)
    parser.add_argument("--app-token", default="demo")
    parser.add_argument("--secret", required=True)
    parser.add_argument("--hook-url", default="http://localhost:8000/hooks/kyc/sumsub/")
    parser.add_argument("--hook-secret", required=True)
    parser.add_argument("--algorithm", choices=ALGORITHMS, default="HMAC_SHA256_HEX")
    parser.add_argument("--level", action="append", help="a level's name; those of the demo where none is named")
    parser.add_argument("--speed", type=float, default=100, help="how many times faster webhooks are retried than documented")
    parser.add_argument("--state", type=Path, help="a file to keep what it knows in, over restarts")
    options = parser.parse_args()
    simulator = Sumsub(
        host=options.host, port=options.port, app_token=options.app_token, secret=options.secret, hook_url=options.hook_url,
        hook_secret=options.hook_secret, algorithm=options.algorithm, levels=options.level or LEVELS, speed=options.speed, state=options.state,
    )  # fmt: skip
    print(f"{simulator.title}: {simulator.url}", flush=True)
    simulator.run()


if __name__ == "__main__":
    main()
