"""The way to an SMS provider. One class is one provider; another one needs `send` alone.

The request: POST <SMS_URL>/messages with a bearer key, JSON {"from", "to", "text"} and an Idempotency-Key, under which the provider
sends once however often it is asked. The answer: 2xx and {"id": …}.
"""

import http.client
import json
import urllib.error
import urllib.request
from dataclasses import dataclass

from django.conf import settings

LONGEST_ANSWER = 64 * 1024


class Undelivered(Exception):
    """It was not taken; `final` where asking again can't help."""

    def __init__(self, answer: str, *, final: bool) -> None:
        super().__init__(answer)
        self.final = final


@dataclass(frozen=True)
class HttpGateway:
    url: str
    key: str
    sender: str
    timeout: float

    def send(self, *, to: str, text: str, reference: str) -> str:
        """Hand one message over, and give the provider's own name for it. Raises Undelivered."""
        if not self.url:
            raise Undelivered("no SMS provider is set (SMS_URL)", final=False)
        body = json.dumps({"from": self.sender, "to": to, "text": text}).encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.key}", "Idempotency-Key": reference}
        request = urllib.request.Request(f"{self.url.rstrip('/')}/messages", body, headers)  # noqa: S310  the operator's own setting
        try:
            with OPENER.open(request, timeout=self.timeout) as answer:
                given = json.loads(answer.read(LONGEST_ANSWER))
                return str(given["id"])[:80]
        except urllib.error.HTTPError as error:
            with error:
                # Wrong credentials (401, 403) are ours to mend, 408 and 429 mean later: those are tried again.
                final = error.code in (400, 404, 409, 410, 413, 415, 422)
                raise Undelivered(f"{error.code} {error.read(200).decode(errors='replace')}", final=final) from error
        except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
            raise Undelivered(f"{type(error).__name__}: {error}", final=False) from error


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the key to wherever the answer names."""

    def redirect_request(self, *args: object, **options: object) -> None:
        return None


OPENER = urllib.request.build_opener(NoRedirect)


def gateway() -> HttpGateway:
    return HttpGateway(settings.SMS_URL, settings.SMS_KEY, settings.SMS_SENDER, settings.SMS_TIMEOUT)
