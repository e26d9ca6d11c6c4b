"""A payment provider that reports a payment to /hooks/payments/, and can misbehave (ORD-05).

    python -m simulators.payment_provider PAY-7K2M9Q4T 250.00 EUR
    python -m simulators.payment_provider PAY-7K2M9Q4T 250.00 EUR --misbehave twice

Address and secret come from --url and --secret, else from BASE_URL and PAYMENT_HOOK_SECRET in the environment or in
var/demo.env.
"""

import argparse
import hashlib
import hmac
import json
import os
import secrets
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

DEMO = Path(__file__).resolve().parent.parent / "var" / "demo.env"
MISBEHAVIOURS = {
    "twice": "sends the same message twice",
    "pays-twice": "reports a second payment of the same amount",
    "late": "signs with a time ten minutes ago: a replay",
    "wrong-signature": "signs with another secret",
    "no-signature": "sends no signature",
    "tampered": "changes the amount after signing",
    "too-little": "reports half of the amount",
    "too-much": "reports twice the amount",
    "other-currency": "reports the amount in CHF",
    "unknown-order": "names a payment reference that nobody gave out",
    "not-json": "signs something that isn't JSON",
}


@dataclass(frozen=True)
class Sending:
    """One request as it goes over the wire."""

    body: bytes
    signature: str


def message(reference: str, amount: str, currency: str, *, paid_at: datetime | None = None, payment_id: str = "") -> bytes:
    """What the provider says of a payment that has succeeded."""
    return json.dumps(
        {
            "id": f"evt_{secrets.token_hex(8)}",
            "type": "payment.succeeded",
            "payment": {
                "id": payment_id or f"pp_{secrets.token_hex(8)}",
                "reference": reference,
                "amount": amount,
                "currency": currency,
                "paid_at": (paid_at or datetime.now(UTC)).isoformat(),
            },
        }
    ).encode()


def signature(body: bytes, secret: str, *, at: float | None = None) -> str:
    """`t=<seconds>,v1=<HMAC-SHA256 of "seconds.body">`."""
    seconds = int(time.time() if at is None else at)
    return f"t={seconds},v1={hmac.new(secret.encode(), f'{seconds}.'.encode() + body, hashlib.sha256).hexdigest()}"


def sendings(reference: str, amount: str, currency: str, *, secret: str, misbehave: str = "") -> list[Sending]:
    """The requests of one payment, as asked."""

    def signed(body: bytes) -> Sending:
        return Sending(body, signature(body, secret))

    good = message(reference, amount, currency)
    match misbehave:
        case "":
            return [signed(good)]
        case "twice":
            return [signed(good), signed(good)]
        case "pays-twice":
            return [signed(good), signed(message(reference, amount, currency))]
        case "late":
            return [Sending(good, signature(good, secret, at=time.time() - 600))]
        case "wrong-signature":
            return [Sending(good, signature(good, secrets.token_hex(32)))]
        case "no-signature":
            return [Sending(good, "")]
        case "tampered":
            return [Sending(good.replace(amount.encode(), b"9" + amount.encode()), signature(good, secret))]
        case "too-little":
            return [signed(message(reference, f"{Decimal(amount) / 2:.2f}", currency))]
        case "too-much":
            return [signed(message(reference, f"{Decimal(amount) * 2:.2f}", currency))]
        case "other-currency":
            return [signed(message(reference, amount, "CHF"))]
        case "unknown-order":
            return [signed(message("PAY-00000000", amount, currency))]
        case "not-json":
            return [signed(b"<html>504 Gateway Timeout</html>")]
    raise ValueError(misbehave)


def send(url: str, sending: Sending) -> tuple[int, str]:
    """POST it; the status and the body of the answer."""
    headers = {"Content-Type": "application/json"} | ({"Payment-Signature": sending.signature} if sending.signature else {})
    request = urllib.request.Request(f"{url.rstrip('/')}/hooks/payments/", sending.body, headers)  # noqa: S310  a test tool's own address
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def demo_values() -> dict[str, str]:
    lines = DEMO.read_text().splitlines() if DEMO.exists() else []
    return dict(line.split("=", 1) for line in lines if "=" in line) | os.environ


def main() -> int:
    values = demo_values()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reference", help="the order's payment reference, PAY-…")
    parser.add_argument("amount", help="for example 250.00")
    parser.add_argument("currency", nargs="?", default="EUR")
    parser.add_argument("--url", default=values.get("BASE_URL", "http://localhost:8000"))
    parser.add_argument("--secret", default=values.get("PAYMENT_HOOK_SECRET", ""))
    listed = "; ".join(f"{name}: {meaning}" for name, meaning in MISBEHAVIOURS.items())
    parser.add_argument("--misbehave", choices=MISBEHAVIOURS, default="", help=listed)
    options = parser.parse_args()
    if not options.secret:
        parser.error("no secret: pass --secret or set PAYMENT_HOOK_SECRET")
    for sending in sendings(options.reference, options.amount, options.currency, secret=options.secret, misbehave=options.misbehave):
        status, body = send(options.url, sending)
        print(status, body)
    return 0


if __name__ == "__main__":
    sys.exit(main())
