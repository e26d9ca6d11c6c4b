"""A payment provider's messages: checked, stored, committed, answered; then worked on, each once (ORD-05, DESIGN section 6)."""

import hashlib
import hmac
import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from core.actors import SystemActor
from core.amounts import parse_quantity
from core.errors import DomainError
from core.locks import lock
from core.tasks import enqueue
from messaging.services import raise_alert
from orders.enums import CallbackStatus
from orders.models import Order, ProviderCallback
from orders.services.payments import record_payment

TOLERANCE = timedelta(minutes=5)
HEADER = re.compile(r"t=(?P<time>[0-9]{1,11})(?P<signatures>(,v1=[0-9a-f]{64}){1,5})", re.ASCII)


class CallbackRefused(DomainError):
    """No valid signature of our time. What was wrong with it isn't told to the sender."""

    code = "callback_refused"
    status = 401


class UnreadableCallback(Exception):
    """Signed, but not a message that we know: kept, and nothing is done."""


def sign(body: bytes, *, secret: str, now: datetime) -> str:
    """The header `Payment-Signature`: seconds since 1970 and the HMAC-SHA256 of "seconds.body"."""
    seconds = int(now.timestamp())
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"


def check_signature(body: bytes, header: str, *, secrets: list[str], now: datetime) -> None:
    """Raises CallbackRefused unless the raw body was signed with one of our secrets within 5 minutes. No secret: refuses all."""
    match = HEADER.fullmatch(header)
    fresh = match is not None and abs(now - datetime.fromtimestamp(int(match["time"]), tz=UTC)) <= TOLERANCE
    given = match["signatures"].split(",v1=")[1:] if match else []
    valid = False
    for secret in secrets:
        expected = hmac.new(secret.encode(), f"{match['time'] if match else 0}.".encode() + body, hashlib.sha256).hexdigest()
        for signature in given:
            valid |= hmac.compare_digest(expected, signature) and bool(secret)
    if not (fresh and valid):
        raise CallbackRefused(_("The signature isn't valid."))


@transaction.atomic(durable=True)
def receive_callback(*, body: bytes, signature: str, now: datetime) -> bool:
    """Store a provider's message once, by the hash of its bytes; whether it was new. Raises CallbackRefused."""
    check_signature(body, signature, secrets=settings.PAYMENT_HOOK_SECRETS, now=now)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO orders_providercallback (provider, body_sha256, body, status, note, received_at)"
            " VALUES (%s, %s, %s, %s, '', %s) ON CONFLICT (provider, body_sha256) DO NOTHING RETURNING id",
            [settings.PAYMENT_PROVIDER, hashlib.sha256(body).hexdigest(), body, CallbackStatus.RECEIVED, now],
        )
        row = cursor.fetchone()
    if row is None:
        return False
    enqueue("orders.tasks.work_on_callback", callback_id=row[0])
    return True


def process_callback(*, callback_id: int, now: datetime) -> CallbackStatus:
    """Do what a stored message asks, once. A payment is recorded once per provider reference, so that a crash between the
    two commits, or two workers at once, add nothing."""
    callback = ProviderCallback.objects.get(pk=callback_id)
    if callback.status != CallbackStatus.RECEIVED:
        return CallbackStatus(callback.status)
    order: Order | None = None
    try:
        payment = read_payment(bytes(callback.body))
        if payment is None:
            return _finish(callback_id, CallbackStatus.IGNORED, "not about a payment", None, now)
        order = Order.objects.filter(payment_reference=payment.pop("reference")).first()
        if order is None:
            return _finish(callback_id, CallbackStatus.UNMATCHED, "no order has this payment reference", None, now)
        record_payment(order_id=order.pk, provider=callback.provider, actor=SystemActor(callback.provider), now=now, **payment)
    except (UnreadableCallback, DomainError) as error:
        return _finish(callback_id, CallbackStatus.IGNORED, str(error), order, now)
    return _finish(callback_id, CallbackStatus.DONE, "", order, now)


def read_payment(body: bytes) -> dict[str, Any] | None:
    """What record_payment needs and the payment reference, or None for another kind of message. Raises UnreadableCallback."""
    try:
        message = json.loads(body)
        if message["type"] != "payment.succeeded":
            return None
        payment = message["payment"]
        fields = {name: payment[name] for name in ("reference", "id", "amount", "currency", "paid_at")}
        if not all(isinstance(value, str) and value.isprintable() and len(value) <= 80 for value in fields.values()):
            raise UnreadableCallback("a field has the wrong type or length")
        received_at = datetime.fromisoformat(fields["paid_at"])
        amount: Decimal = parse_quantity(fields["amount"])
    except (ValueError, KeyError, TypeError, RecursionError, DomainError) as error:
        raise UnreadableCallback(f"unreadable: {type(error).__name__}") from error
    if received_at.tzinfo is None or not 2000 <= received_at.year <= 2200:
        raise UnreadableCallback("unreadable: paid_at")
    if not re.fullmatch(r"[A-Z]{3}", fields["currency"]):
        raise UnreadableCallback("unreadable: currency")
    return {
        "reference": fields["reference"],
        "provider_reference": fields["id"],
        "amount": amount,
        "currency": fields["currency"],
        "received_at": received_at,
    }


@transaction.atomic(durable=True)
def _finish(callback_id: int, status: CallbackStatus, note: str, order: Order | None, now: datetime) -> CallbackStatus:
    callback = lock(ProviderCallback.objects.all(), pk=callback_id)
    if callback.status == CallbackStatus.RECEIVED:
        callback.status, callback.note, callback.order, callback.processed_at = status, note[:300], order, now
        callback.save(update_fields=["status", "note", "order", "processed_at"])
        if status != CallbackStatus.DONE and note != "not about a payment":
            raise_alert(kind="orders.callback_not_applied", subject=order or callback, message=note, now=now)
    return CallbackStatus(callback.status)


def waiting_callbacks(*, limit: int = 500) -> list[int]:
    """Ids of the stored messages that nobody has worked on, oldest first."""
    return list(ProviderCallback.objects.filter(status=CallbackStatus.RECEIVED).order_by("id").values_list("pk", flat=True)[:limit])
