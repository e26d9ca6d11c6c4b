"""Providers' callbacks: checked, stored, committed, answered; worked on later, however often and in whatever order they come (KYC-20 to KYC-23)."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog
from django.db import connection, transaction
from django.db.models import Count, F, Min, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services import record
from core import instance
from core.actors import Actor
from core.errors import DomainError
from core.locks import lock
from core.tasks import enqueue
from kyc.enums import MessageNote, MessageStatus
from kyc.models import Case, ProviderMessage
from kyc.models.inbox import message_reference
from kyc.providers import UnreadableMessage, provider
from kyc.services.asking import Asked, ask_provider, subject
from messaging.services import raise_alert, settle_alert

log = structlog.get_logger()

KEPT_HEADERS = 40
SECRET_HEADERS = {"authorization", "proxy-authorization", "cookie", "x-app-token", "x-api-key", "x-client-token"}
LEASE = timedelta(minutes=2)  # longer than a provider may take to answer
LONGEST_WAIT = timedelta(minutes=10)
UNKNOWN_FOR = timedelta(minutes=10)  # a callback may beat the commit of what it is about
SOON = timedelta(seconds=5)
GIVE_UP_AFTER = 12  # attempts: some 70 minutes
REFUSED_KEPT = 20  # refused bodies kept an hour, so that one sees why; the rest is only counted
REFUSED_ALERT = 10  # an hour


class NotToRepeat(DomainError):
    code = "message_not_to_repeat"


class CallbackRefused(DomainError):
    """No valid signature. What was wrong with it isn't told to the sender (KYC-21)."""

    code = "callback_refused"
    status = 401


# --- at the door ------------------------------------------------------------------------------------------------------------


def receive(*, code: str, body: bytes, headers: Mapping[str, str], now: datetime) -> bool:
    """Store a provider's message once, by the hash of its bytes, and wake who works on it; whether it was new.

    One statement, committed by itself: who is answered 2xx has been stored. A copy of what was handled already is to be looked at
    again. Raises CallbackRefused.
    """
    if not provider(code).verify(body, headers):
        _refuse(code=code, body=body, headers=headers, now=now)
        raise CallbackRefused(_("The signature isn't valid."))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kyc_providermessage AS m (reference, provider, body, body_sha256, headers, signature_holds, received_at, copies,"
            " last_received_at, event, provider_reference, status, note, attempts, next_attempt_at)"
            " VALUES (%s, %s, %s, %s, %s, true, %s, 1, %s, '', '', 'received', '', 0, %s)"
            " ON CONFLICT (provider, body_sha256) DO UPDATE SET copies = m.copies + 1, signature_holds = true,"
            " last_received_at = excluded.last_received_at, body = CASE WHEN m.body = '' THEN excluded.body ELSE m.body END,"
            " status = CASE WHEN m.status = 'ignored' THEN m.status ELSE 'received' END,"
            " attempts = CASE WHEN m.status = 'received' THEN m.attempts ELSE 0 END,"
            " next_attempt_at = CASE WHEN m.status = 'received' THEN m.next_attempt_at"
            " ELSE greatest(excluded.next_attempt_at, m.processed_at + interval '10 seconds') END"
            " RETURNING copies",
            [
                message_reference(), code, body, hashlib.sha256(body).hexdigest(), json.dumps(kept_headers(headers)), now, now, now,
            ],
        )  # fmt: skip
        row = cursor.fetchone()
    enqueue("kyc.tasks.sweep_messages")  # without its id: a wave of callbacks is one message to the broker
    return bool(row[0] == 1)


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """What is kept of the headers: nothing that opens a door, nothing endless."""
    kept = [(name, value) for name, value in headers.items() if name.lower() not in SECRET_HEADERS]
    return {name[:60]: value[:300].replace("\0", "") for name, value in kept[:KEPT_HEADERS]}


def _refuse(*, code: str, body: bytes, headers: Mapping[str, str], now: datetime) -> None:
    """Count it, and keep the first ones of an hour. Nothing else changes; a valid copy of the same bytes takes its place."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kyc_refusedcallbacks AS r (provider, hour, count) VALUES (%s, %s, 1)"
            " ON CONFLICT (provider, hour) DO UPDATE SET count = r.count + 1 RETURNING count",
            [code, hour],
        )
        count = cursor.fetchone()[0]
    log.warning("callback_refused", provider=code, bytes=len(body), count=count)
    if count <= REFUSED_KEPT:
        ProviderMessage.objects.bulk_create(
            [
                ProviderMessage(
                    provider=code, body=body, body_sha256=hashlib.sha256(body).hexdigest(), headers=kept_headers(headers),
                    signature_holds=False, status=MessageStatus.REFUSED, received_at=now, last_received_at=now,
                    note=MessageNote.BAD_SIGNATURE,
                )
            ],
            ignore_conflicts=True,
        )  # fmt: skip
    if count == REFUSED_ALERT:
        message = _("%(count)s callbacks without a valid signature came within an hour. Either the secret is wrong, or somebody tries.")
        raise_alert(kind="kyc.callbacks_refused", subject=subject(code), message=message % {"count": count}, now=now)


# --- the work ---------------------------------------------------------------------------------------------------------------


def due(now: datetime) -> QuerySet[ProviderMessage]:
    """Messages to be worked on now. One that waits longer than any wait was written by a clock that has been set back since."""
    rows = ProviderMessage.objects.filter(status=MessageStatus.RECEIVED)
    return rows.filter(Q(next_attempt_at__lte=now) | Q(next_attempt_at__gt=now + LONGEST_WAIT + LEASE)).order_by("next_attempt_at", "id")


def process_message(*, message_id: int, now: datetime) -> bool:
    """Do what a stored message asks for: ask the provider how the case stands, and take that over. What fails is tried again, ever
    more slowly, and at last shown to administrators (KYC-22). False: the provider gave no usable answer."""
    claimed = due(now).filter(pk=message_id).update(next_attempt_at=now + LEASE, attempts=F("attempts") + 1)
    if not claimed:
        return True
    message = ProviderMessage.objects.get(pk=message_id)
    try:
        event = provider(message.provider).parse(bytes(message.body))
    except UnreadableMessage as error:
        log.warning("message_unreadable", message=message.reference, why=str(error))
        _finish(message, MessageStatus.IGNORED, MessageNote.UNREADABLE, now=now)
        return True
    message.event, message.provider_reference = _printable(event.name), _printable(event.reference)
    message.case = Case.objects.filter(provider=message.provider, provider_reference=message.provider_reference).first()
    if not event.wakes:
        _finish(message, MessageStatus.IGNORED, MessageNote.NO_EFFECT, now=now)
    elif message.case is None:
        _wait_for_the_case(message, now=now)
    else:
        return _ask(message, now=now)
    return True


def _wait_for_the_case(message: ProviderMessage, *, now: datetime) -> None:
    if abs(now - message.last_received_at) < UNKNOWN_FOR:
        _try_again(message, MessageNote.NOT_YET, now + timedelta(seconds=15), counts=False)
    else:
        _finish(message, MessageStatus.UNMATCHED, MessageNote.NO_CASE, now=now)


def _ask(message: ProviderMessage, *, now: datetime) -> bool:
    assert message.case_id
    asked = ask_provider(case_id=message.case_id, now=now)
    if asked == Asked.ANSWERED:
        _finish(message, MessageStatus.DONE, "", now=now)
    elif asked == Asked.NOT_NOW:
        _try_again(message, message.note, now + SOON, counts=False)
    elif message.attempts >= GIVE_UP_AFTER:
        _finish(message, MessageStatus.FAILED, MessageNote.NO_ANSWER, now=now)
    else:
        wait = min(timedelta(seconds=5 * 2**message.attempts), LONGEST_WAIT)
        _try_again(message, MessageNote.NO_ANSWER, now + wait)
    return asked != Asked.FAILED


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "�" for char in text)


def _try_again(message: ProviderMessage, note: str, at: datetime, *, counts: bool = True) -> None:
    rows = ProviderMessage.objects.filter(pk=message.pk, status=MessageStatus.RECEIVED)
    rows.update(
        event=message.event, provider_reference=message.provider_reference, case=message.case, note=note, next_attempt_at=at,
        attempts=message.attempts - (0 if counts else 1),
    )  # fmt: skip


@transaction.atomic(durable=True)
def _finish(message: ProviderMessage, status: MessageStatus, note: str, *, now: datetime) -> None:
    """Unless a copy came while we worked: that one is a wake-up call of its own, and looked at when the wait is over."""
    fields = {"event": message.event, "provider_reference": message.provider_reference, "case": message.case, "processed_at": now}
    rows = ProviderMessage.objects.filter(pk=message.pk, status=MessageStatus.RECEIVED)
    if rows.filter(last_received_at=message.last_received_at).update(status=status, note=note, next_attempt_at=None, **fields):
        if status == MessageStatus.DONE:
            settle_alert(kind="kyc.message_not_handled", subject=message, note=_("It was handled."), now=now)
        elif status == MessageStatus.FAILED:
            text = _("A message about %(case)s could not be handled: the provider gives no usable answer.") % {"case": message.case}
            raise_alert(kind="kyc.message_not_handled", subject=message, message=text, now=now)
    else:
        rows.update(next_attempt_at=now + SOON, **fields)


@transaction.atomic(durable=True)
def process_again(*, message_id: int, actor: Actor, now: datetime) -> ProviderMessage:
    """By hand: look at a message anew that was given up, ignored, or unknown at its time (KYC-22). Raises NotToRepeat."""
    message = lock(ProviderMessage.objects.all(), pk=message_id)
    if not may_be_repeated(message):
        raise NotToRepeat(_("This message is %(status)s: there is nothing to repeat.") % {"status": message.get_status_display().lower()})
    message.status, message.attempts, message.next_attempt_at, message.last_received_at = MessageStatus.RECEIVED, 0, now, now
    message.save(update_fields=["status", "attempts", "next_attempt_at", "last_received_at"])
    record(action="kyc.message_repeated", actor=actor, subject=message, now=now)
    enqueue("kyc.tasks.work_on_message", message_id=message.pk)
    return message


def may_be_repeated(message: ProviderMessage) -> bool:
    return message.status in (MessageStatus.FAILED, MessageStatus.UNMATCHED, MessageStatus.IGNORED, MessageStatus.DONE)


def forget_contents(*, now: datetime) -> int:
    """Empty what was handled longer ago than the setting says: how many. The hash stays, so that a copy is still one."""
    before = now - timedelta(days=instance.value("kyc.message_days"))
    old = ProviderMessage.objects.filter(last_received_at__lt=before).exclude(status=MessageStatus.RECEIVED).exclude(body=b"")
    return old.update(body=b"", headers={})


def backlog() -> tuple[int, float]:
    """How many messages are to be worked on, and the age of the oldest in seconds (OPS-02)."""
    rows = ProviderMessage.objects.filter(status=MessageStatus.RECEIVED)
    found = rows.aggregate(count=Count("id"), oldest=Min("last_received_at"))
    return found["count"], (timezone.now() - found["oldest"]).total_seconds() if found["oldest"] else 0.0
