"""Shufti Pro as its documentation describes it, with a page on which a person plays the applicant (KYC-05).

    python -m simulators.shufti --port 8150 --client-id demo --secret …

Requests: POST / (start), POST /status, POST /delete, with HTTP Basic. Answers and callbacks carry `Signature`: sha256(body + secret)
for accounts from before 15 March 2023 (--formula plain), sha256(body + sha256(secret)) for later ones (--formula hashed).
What it can be told to do wrong: `simulators/serving.py`.
"""

import argparse
import base64
import hashlib
import hmac
import html
import json
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from simulators.serving import LABELLED, Answer, Request, Simulator, choice, shown

FLAGS = ("allow_offline", "allow_online", "allow_retry", "show_consent", "show_results", "show_privacy_policy", "show_feedback_form")
TOP = {"reference", "callback_url", "redirect_url", "email", "country", "language", "verification_mode", "ttl", "journey_id", *FLAGS}
TYPES = {
    "document": {"passport", "id_card", "driving_license", "credit_or_debit_card"},
    "address": {
        "id_card",
        "passport",
        "driving_license",
        "utility_bill",
        "bank_statement",
        "rent_agreement",
        "employer_letter",
        "tax_bill",
    },
}
SERVICES: Mapping[str, set[str]] = {
    "document": {
        "proof", "additional_proof", "supported_types", "name", "dob", "issue_date", "expiry_date", "document_number", "gender", "age",
        "allow_offline", "allow_online", "verification_mode",
    },
    "face": {"proof", "allow_offline", "allow_online"},
    "address": {"proof", "supported_types", "full_address", "name", "address_fuzzy_match"},
    "consent": {"proof", "supported_types", "text"},
    "phone": {"phone_number", "random_code", "text"},
    "background_checks": {"name", "dob"},
}  # fmt: skip
REASONS = {
    "SPDR01": "Face could not be verified.",
    "SPDR02": "Image is altered or photoshopped.",
    "SPDR07": "The name on the document doesn't match.",
    "SPDR16": "The document is expired.",
    "SPDR19": "The document type is not supported.",
    "SPDR26": "The address could not be verified.",
    "SPDR43": "The camera is not accessible for verification.",
}
MESSAGES = {
    400: "Bad Request: one or more parameter is invalid or missing.",
    401: "Unauthorized: invalid signature key provided in the request.",
    402: "Invalid request data: missing required parameters.",
    403: "Forbidden: service not allowed.",
    404: "Resource not found.",
    409: "Conflicting data: already exists.",
    429: "Too Many Attempts.",
    500: "Internal Server Error.",
    504: "Server error.",
    524: "Unofficial Server Error.",
}


class Refused(Exception):
    def __init__(self, status: int, key: str, message: str, service: str = "") -> None:
        super().__init__(message)
        self.status, self.key, self.message, self.service = status, key, message, service


@dataclass
class Verification:
    asked: dict[str, Any]
    token: str
    ends_at: float
    event: str = "request.pending"
    data: dict[str, Any] = field(default_factory=dict)
    result: dict[str, Any] = field(default_factory=dict)
    codes: list[str] = field(default_factory=list)

    @property
    def reference(self) -> str:
        return str(self.asked["reference"])

    @property
    def services(self) -> list[str]:
        """What is checked; a journey names it in the provider's back office, here it is document and face."""
        return [name for name in SERVICES if name in self.asked] or ["document", "face"]


def php_json(content: Any) -> bytes:
    """As PHP writes it: non-ASCII escaped, slashes too."""
    return json.dumps(content, separators=(",", ":")).replace("/", "\\/").encode()


def signature(body: bytes, secret: str, formula: str = "hashed") -> str:
    tail = secret if formula == "plain" else hashlib.sha256(secret.encode()).hexdigest()
    return hashlib.sha256(body + tail.encode()).hexdigest()


class Shufti(Simulator):
    title = "Shufti Pro (simulator)"
    retries = [15.0] * 9  # ten sendings in all
    callback_timeout = 15.0

    def __init__(
        self,
        *,
        client_id: str,
        secret: str,
        formula: str = "hashed",
        domains: Sequence[str] = ("localhost", "127.0.0.1"),
        services: Sequence[str] = tuple(SERVICES),
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.client_id, self.secret, self.formula = client_id, secret, formula
        self.domains, self.services = set(domains), set(services)
        self.verifications: dict[str, Verification] = {}
        self.remember()

    def dump(self) -> Any:
        return [asdict(one) for one in self.verifications.values()]

    def load(self, kept: Any) -> None:
        self.verifications = {one.reference: one for one in (Verification(**fields) for fields in kept)}

    # --- the API ----------------------------------------------------------------------------------------------------------

    def api(self, request: Request) -> Answer:
        with self.lock:
            asked: dict[str, Any] = {}
            try:
                self.authenticate(request)
                asked = self.read(request)
                return self.route(request, asked)
            except Refused as error:
                event = "request.unauthorized" if error.status == 401 else "request.invalid"
                fault = {"service": error.service, "key": error.key, "message": error.message}
                return self.reply(error.status, {"reference": asked.get("reference", ""), "event": event, "error": fault})

    def route(self, request: Request, asked: dict[str, Any]) -> Answer:
        match (request.method, urlsplit(request.path).path):
            case ("POST", "/"):
                return self.begin(asked)
            case ("POST", "/status"):
                return self.reply(200, self.state(self.find(asked)))
            case ("POST", "/delete"):
                return self.delete(asked)
        raise Refused(404, "", MESSAGES[404])

    def authenticate(self, request: Request) -> None:
        expected = base64.b64encode(f"{self.client_id}:{self.secret}".encode()).decode()
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(errors="replace"), f"Basic {expected}".encode()):
            raise Refused(401, "", MESSAGES[401])

    def read(self, request: Request) -> dict[str, Any]:
        try:
            asked = json.loads(request.body)
        except ValueError:
            asked = None
        if not isinstance(asked, dict):
            raise Refused(400, "", "The request is not a JSON object.")
        return asked

    def begin(self, asked: dict[str, Any]) -> Answer:
        if "reference" not in asked or "callback_url" not in asked:
            raise Refused(402, "reference", MESSAGES[402])
        self.check(asked)
        if asked["reference"] in self.verifications:
            raise Refused(409, "reference", "The reference has already been taken.")
        minutes = asked.get("ttl", 60)
        one = Verification(asked, secrets.token_urlsafe(16), time.time() + minutes * 60)
        self.verifications[one.reference] = one
        self.tell(one)
        return self.reply(200, self.state(one) | {"error": ""})

    def check(self, asked: dict[str, Any]) -> None:
        """Field by field, as the table of request parameters has it."""
        for name in asked:
            if name not in TOP and name not in SERVICES:
                raise Refused(400, name, f"The {name} field is not known.")
        texts = {"reference": (6, 250), "callback_url": (6, 250), "redirect_url": (6, 250), "email": (6, 128)}
        for name, (least, most) in texts.items():
            if name in asked and not (isinstance(asked[name], str) and least <= len(asked[name]) <= most):
                raise Refused(400, name, f"The {name} must be between {least} and {most} characters.")
        if not re.fullmatch(r"[A-Za-z0-9]+", asked["reference"]):
            raise Refused(400, "reference", "The reference may only contain letters and numbers.")
        if urlsplit(asked["callback_url"]).hostname not in self.domains:
            raise Refused(400, "callback_url", "The callback domain is not registered.")
        if "country" in asked and not re.fullmatch(r"[A-Z]{2}", str(asked["country"])):
            raise Refused(400, "country", "The country must be an ISO 3166-1 alpha-2 code.")
        if "language" in asked and not re.fullmatch(r"[A-Z]{2}", str(asked["language"])):
            raise Refused(400, "language", "The language must be a 2-letter code.")
        if asked.get("verification_mode", "any") not in ("any", "image_only", "video_only"):
            raise Refused(400, "verification_mode", "The selected verification mode is invalid.")
        minutes = asked.get("ttl", 60)
        if not isinstance(minutes, int) or isinstance(minutes, bool) or not 1 <= minutes <= 43200:
            raise Refused(400, "ttl", "The ttl must be between 1 and 43200.")
        for name in FLAGS:
            if asked.get(name, "0") not in ("0", "1"):
                raise Refused(400, name, f"The {name} must be 0 or 1.")
        services = [name for name in SERVICES if name in asked]
        if not services and "journey_id" not in asked:
            raise Refused(402, "service", "At least one service is required.")
        for service in services:
            self.check_service(service, asked[service])

    def check_service(self, service: str, given: Any) -> None:
        if service not in self.services:
            raise Refused(403, service, MESSAGES[403], service)
        if not isinstance(given, dict):
            raise Refused(400, service, f"The {service} must be an object.", service)
        for key in given:
            if key not in SERVICES[service]:
                raise Refused(400, key, f"The {key} field is not known.", service)
        supported = given.get("supported_types", [])
        if not isinstance(supported, list) or not set(supported) <= TYPES.get(service, set(supported)):
            raise Refused(400, "supported_types", "The selected supported types is invalid.", service)
        for key in ("dob", "issue_date", "expiry_date"):
            if given.get(key) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(given[key])):
                raise Refused(400, key, f"The {key} does not match the format Y-m-d.", service)
        name = given.get("name", {})
        if (
            service in ("document", "background_checks")
            and name != ""
            and not (isinstance(name, dict) and set(name) <= {"first_name", "middle_name", "last_name", "fuzzy_match"})
        ):
            raise Refused(400, "name", "The name must be an object.", service)

    def find(self, asked: dict[str, Any]) -> Verification:
        if "reference" not in asked:
            raise Refused(402, "reference", MESSAGES[402])
        one = self.verifications.get(str(asked["reference"]))
        if one is None:
            raise Refused(404, "reference", "The reference is invalid.")
        return one

    def delete(self, asked: dict[str, Any]) -> Answer:
        one = self.find(asked)
        if not 5 <= len(str(asked.get("comment", ""))) <= 200:
            raise Refused(400, "comment", "The comment must be between 5 and 200 characters.")
        one.event, one.data, one.result = "request.deleted", {}, {}
        self.tell(one)
        return self.reply(200, {"reference": one.reference, "event": one.event})

    def state(self, one: Verification) -> dict[str, Any]:
        """What an answer and a callback say of it. Empty data is `[]`, as PHP has it."""
        said: dict[str, Any] = {
            "reference": one.reference,
            "event": one.event,
            "email": one.asked.get("email"),
            "country": one.asked.get("country"),
        }
        if one.event == "request.pending":
            said["verification_url"] = f"{self.url}/applicant/{one.token}/"
        if one.event in ("verification.accepted", "verification.declined"):
            said |= {"verification_data": one.data or [], "verification_result": one.result or [], "info": {"agent": {}, "geolocation": {}}}
        if one.event == "verification.declined":
            said |= {
                "declined_reason": " ".join(REASONS.get(code, code) for code in one.codes),
                "declined_codes": one.codes,
                "services_declined_codes": {"document": one.codes},
            }
        return said

    def reply(self, status: int, content: Any) -> Answer:
        return Answer(status, php_json(content), {"Content-Type": "application/json"})

    def error(self, status: int) -> Answer:
        event = "request.unauthorized" if status == 401 else "request.invalid"
        if status in (504, 524):
            return Answer(status, f"<html><title>error code: {status}</title></html>".encode(), {"Content-Type": "text/html"})
        return self.reply(status, {"reference": "", "event": event, "error": {"service": "", "key": "", "message": MESSAGES[status]}})

    def wrong_types(self, answer: Answer) -> bytes:
        return php_json({name: ["x"] if isinstance(value, str) else 7 for name, value in json.loads(answer.body).items()})

    def signed(self, body: bytes, *, secret: str | None = None) -> Mapping[str, str]:
        return {"Signature": signature(body, self.secret if secret is None else secret, self.formula)}

    def signed_answer(self, answer: Answer, *, secret: str | None = None) -> Answer:
        return Answer(answer.status, answer.body, {**answer.headers, **self.signed(answer.body, secret=secret)})

    # --- what becomes of it -------------------------------------------------------------------------------------------------

    def tell(self, one: Verification, event: str = "") -> None:
        said = self.state(one)
        if event:
            said = {"reference": one.reference, "event": event}
        self.call_back(one.asked["callback_url"], said["event"], php_json(said))

    def pass_time(self, now: float) -> None:
        for one in self.verifications.values():
            if one.event == "request.pending" and now >= one.ends_at:
                self.play(one.reference, "timeout")

    def play(self, reference: str, what: str, *, codes: Sequence[str] = (), person: Mapping[str, str] | None = None) -> None:
        """The applicant, or Shufti's staff, does something: accept, decline, cancel, timeout, hold, change or delete."""
        with self.lock:
            one = self.verifications[reference]
            changed = what in ("accept", "decline") and one.event in ("verification.accepted", "verification.declined")
            match what:
                case "accept":
                    one.event, one.codes = "verification.accepted", []
                    one.data, one.result = self.found(one, person or {}), self.judged(one, failed=False)
                case "decline":
                    one.event, one.codes = "verification.declined", list(codes) or ["SPDR02"]
                    one.data, one.result = (self.found(one, person) if person else {}), self.judged(one, failed=True)
                case "cancel":
                    one.event = "verification.cancelled"
                case "timeout":
                    one.event = "request.timeout"
                case "hold":
                    one.event = "review.pending"
                case "receive":
                    one.event = "request.received"
                case "delete":
                    one.event, one.data, one.result = "request.deleted", {}, {}
            self.tell(one, "verification.status.changed" if changed else "")

    def found(self, one: Verification, person: Mapping[str, str]) -> dict[str, Any]:
        """What it read from the documents: what was asked for, with what the person typed on the page."""
        said: dict[str, Any] = {}
        if "document" in one.services:
            asked = one.asked.get("document", {})
            name = asked.get("name") or {}
            said["document"] = {
                "name": {
                    "first_name": person.get("first_name") or name.get("first_name") or "Jana",
                    "last_name": person.get("last_name") or name.get("last_name") or "Bērziņa",
                },
                "dob": person.get("dob") or asked.get("dob") or "1990-04-17",
                "document_number": person.get("document_number") or "LV1234567",
                "expiry_date": person.get("expiry_date") or "2031-05-06",
                "issue_date": "2021-05-07",
                "country": one.asked.get("country") or "LV",
                "selected_type": (asked.get("supported_types") or ["passport"])[:1],
            }
        if "address" in one.services:
            said["address"] = {"full_address": person.get("full_address") or "Brīvības iela 12/3, Rīga", "selected_type": ["utility_bill"]}
        return said

    def judged(self, one: Verification, *, failed: bool) -> dict[str, Any]:
        passed = 0 if failed else 1
        said: dict[str, Any] = {}
        if "document" in one.services:
            said["document"] = {
                "document": passed,
                "document_visibility": 1,
                "document_must_not_be_expired": 1,
                "document_proof": passed,
                "name": 1,
                "dob": 1,
                "selected_type": 1,
            }
        if "face" in one.services:
            said["face"] = 1
        if "address" in one.services:
            said["address"] = {"address_document": passed, "full_address": None if failed else 1}
        if "background_checks" in one.services:
            said["background_checks"] = 1
        return said

    # --- pages ----------------------------------------------------------------------------------------------------------------

    def overview(self) -> str:
        rows = "".join(
            f'<tr><td><a href="/applicant/{one.token}/">{html.escape(one.reference)}</a><td>{html.escape(str(one.asked.get("email") or ""))}'
            f"<td>{html.escape(one.event)}"
            for one in reversed(list(self.verifications.values()))
        )
        return f"<table><tr><th>Reference<th>E-mail<th>State{rows}</table>" if rows else "<p>Nobody has asked for a verification yet.</p>"

    def page(self, request: Request) -> Answer:
        token = urlsplit(request.path).path.split("/")[2]
        with self.lock:
            one = next((one for one in self.verifications.values() if one.token == token), None)
            if one is None:
                return shown("Not found", "<p>This link leads nowhere.</p>", status=404)
            if request.method == "POST":
                form = request.form
                person = {name: values[0] for name, values in form.items() if name not in ("what", "codes")}
                self.play(one.reference, form.get("what", [""])[0], codes=form.get("codes", []), person=person)
                return Answer(303, b"", {"Location": f"/applicant/{token}/"})
            return shown("Shufti Pro verification", self.applicant(one))

    def applicant(self, one: Verification) -> str:
        services = ", ".join(one.services)
        back = one.asked.get("redirect_url", "")
        leave = f'<p><a href="{html.escape(back)}">Back to where you came from</a></p>' if back.startswith(("http://", "https://")) else ""
        facts = f"<p>Reference <b>{html.escape(one.reference)}</b> · asked for: {html.escape(services)} · state: <b>{html.escape(one.event)}</b></p>"
        if one.event in ("verification.cancelled", "request.timeout", "request.deleted"):
            return f"{facts}<p>This verification is over.</p>{leave}"
        read = self.found(one, {}).get("document", {})
        name = read.get("name", {})
        values = {
            "first_name": name.get("first_name", ""), "last_name": name.get("last_name", ""), "dob": read.get("dob", ""),
            "document_number": read.get("document_number", ""), "expiry_date": read.get("expiry_date", ""),
        }  # fmt: skip
        fields = "".join(
            f'<label><span>{LABELLED.get(key, key.replace("_", " ").capitalize())}</span> <input name="{key}" value="{html.escape(value)}"></label>'
            for key, value in values.items()
        )
        over = one.event in ("verification.accepted", "verification.declined")
        return (
            f'{facts}<form method="post"><fieldset><legend>What the document says</legend>{fields}</fieldset>'
            f'<button name="what" value="accept">{"Change to accepted" if over else "Accept"}</button>'
            f"<fieldset><legend>Reasons of a decline</legend>{choice('codes', REASONS)}</fieldset>"
            f'<button name="what" value="decline">{"Change to declined" if over else "Decline"}</button>'
            + (
                '<button class="quiet" name="what" value="delete">Erase the data</button>'
                if over
                else '<p><button class="quiet" name="what" value="hold">To a person for review</button>'
                '<button class="quiet" name="what" value="cancel">Cancel as the applicant</button>'
                '<button class="quiet" name="what" value="timeout">Let the time run out</button></p>'
            )
            + f"</form>{leave}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8150)
    parser.add_argument("--client-id", default="demo")
    parser.add_argument("--secret", required=True)
    parser.add_argument("--formula", choices=("hashed", "plain"), default="hashed")
    parser.add_argument("--domain", action="append", help="where callbacks may go; localhost where none is named")
    parser.add_argument("--speed", type=float, default=5, help="how many times faster callbacks are retried than documented")
    parser.add_argument("--state", type=Path, help="a file to keep what it knows in, over restarts")
    options = parser.parse_args()
    simulator = Shufti(
        host=options.host, port=options.port, client_id=options.client_id, secret=options.secret, formula=options.formula,
        domains=options.domain or ("localhost", "127.0.0.1"), speed=options.speed, state=options.state,
    )  # fmt: skip
    print(f"{simulator.title}: {simulator.url}", flush=True)
    simulator.run()


if __name__ == "__main__":
    main()
