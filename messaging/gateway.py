"""The way to an SMS provider. One class is one provider; another one needs `send` alone.

The request: POST <SMS_URL>/messages with a bearer key, JSON {"from", "to", "text"} and an Idempotency-Key, under which the provider
sends once however often it is asked. The answer: 2xx and {"id": …}.
"""

import json
from dataclasses import dataclass
from http import HTTPStatus

from django.conf import settings

from core.http_client import NoAnswer, ask

# Asking again can't help. Wrong credentials (401, 403) are ours to mend, 408 and 429 mean later: those are tried again.
FINAL = (400, 404, 409, 410, 413, 415, 422)


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
        try:
            answer = ask("POST", f"{self.url.rstrip('/')}/messages", body=body, headers=headers, seconds=self.timeout)
            if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
                words = answer.body[:200].decode(errors="replace")
                raise Undelivered(f"{answer.status} {words}", final=answer.status in FINAL)
            return str(answer.json()["id"])[:80]
        except NoAnswer as error:
            raise Undelivered(str(error), final=False) from None
        except KeyError:
            raise Undelivered("the answer has no id", final=False) from None


def gateway() -> HttpGateway:
    return HttpGateway(settings.SMS_URL, settings.SMS_KEY, settings.SMS_SENDER, settings.SMS_TIMEOUT)
