"""An SMS provider (CLI-10): it takes messages, sends none, and shows on its page what it would have sent.

    python -m simulators.sms --port 8152 --key …

Requests: POST /messages with `Authorization: Bearer <key>`, JSON {"from", "to", "text"} and an `Idempotency-Key`: the same key
sends once, however often it is asked. Answers 201 {"id"}, 401, 409 for a key with other content, 422 for a number that can't be.
What it can be told to do wrong: `simulators/serving.py`.
"""

import argparse
import hmac
import html
import json
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from simulators.serving import Answer, Request, Simulator

NUMBER = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
KEPT = 500


@dataclass(frozen=True)
class Message:
    id: str
    key: str
    sender: str
    to: str
    text: str
    at: float


class Sms(Simulator):
    title = "SMS provider (simulator)"

    def __init__(self, *, key: str, **options: Any) -> None:
        self.key = key
        self.messages: list[Message] = []
        super().__init__(**options)
        self.remember()

    def dump(self) -> Any:
        return [asdict(one) for one in self.messages[-KEPT:]]

    def load(self, kept: Any) -> None:
        self.messages = [Message(**one) for one in kept]

    def api(self, request: Request) -> Answer:
        if request.method != "POST" or request.path != "/messages":
            return self.error(404)
        if not hmac.compare_digest(request.headers.get("Authorization", ""), f"Bearer {self.key}"):
            return self.error(401)
        try:
            asked = json.loads(request.body)
            sender, to, text = (asked[name] for name in ("from", "to", "text"))
        except (ValueError, KeyError, TypeError):
            return self.error(400)
        if not all(isinstance(one, str) for one in (sender, to, text)) or not NUMBER.fullmatch(to) or not 0 < len(text) <= 300:
            return self.error(422)
        key = request.headers.get("Idempotency-Key", "")
        with self.lock:
            known = next((one for one in self.messages if key and one.key == key), None)
            if known is None:
                known = Message(f"msg_{secrets.token_hex(8)}", key, sender, to, text, time.time())
                self.messages.append(known)
            elif (known.to, known.text) != (to, text):
                return self.error(409)
        return Answer(201, json.dumps({"id": known.id}).encode(), {"Content-Type": "application/json"})

    def error(self, status: int) -> Answer:
        return Answer(status, json.dumps({"error": status}).encode(), {"Content-Type": "application/json"})

    def wrong_types(self, answer: Answer) -> bytes:
        return b'{"id": ["x"]}'

    def signed(self, body: bytes, *, secret: str | None = None) -> Mapping[str, str]:
        return {}

    def page(self, request: Request) -> Answer:
        return self.error(404)

    def overview(self) -> str:
        with self.lock:
            rows = "".join(
                f"<tr><td>{time.strftime('%H:%M:%S', time.localtime(one.at))} to {html.escape(one.to)}<td>{html.escape(one.text)}"
                for one in reversed(self.messages[-100:])
            )
        if not rows:
            return "<p>Nothing was sent yet. A code comes here when a client signs up, or changes its phone number.</p>"
        return f"<table><tr><th>Sent<th>Text{rows}</table>"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8152)
    parser.add_argument("--key", default="demo")
    parser.add_argument("--state", type=Path, help="a file to keep what was sent in, over restarts")
    options = parser.parse_args()
    simulator = Sms(host=options.host, port=options.port, key=options.key, state=options.state)
    print(f"{simulator.title}: {simulator.url}", flush=True)
    simulator.run()


if __name__ == "__main__":
    main()
