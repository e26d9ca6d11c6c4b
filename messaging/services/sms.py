"""SMS: put into an outbox in the caller's transaction, handed to the provider by a worker once that has committed (CLI-10).

As with mail (sending.py) a worker claims a message (leases.py) and sends outside any transaction. Where it dies between the
provider's answer and the note, the message is sent again under the same reference, which the provider takes for the same message.
"""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Model, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.subjects import Subject, subject_of
from core.tasks import enqueue
from messaging.enums import MailStatus
from messaging.gateway import Undelivered, gateway
from messaging.models import OutgoingSms
from messaging.services.alerts import raise_alert
from messaging.services.leases import claim, send_overdue
from messaging.services.outbox import one_line

log = structlog.get_logger()
BACK_OFF = [timedelta(seconds=seconds) for seconds in (15, 30, 60, 120, 240)]  # a code is dead after ten minutes


def queue_sms(*, to: str, text: str, subject: Model | Subject, now: datetime) -> OutgoingSms:
    """Put a message into the outbox; it is forgotten as soon as it is sent, but for its result. Works in the caller's transaction."""
    about = subject_of(subject)
    message = OutgoingSms.objects.create(
        to=to, text=text, about_type=about.type, about_id=about.id, about_reference=about.reference, created_at=now, due_at=now
    )
    enqueue("messaging.tasks.send_sms", message_id=message.pk)
    return message


def send_sms(message_id: int, *, now: datetime) -> bool:
    """Send one message if it is due and nobody else has it; whether it was sent."""
    message = claim(OutgoingSms, message_id, now=now)
    if message is None:
        return False
    try:
        provider_id = gateway().send(to=message.to, text=message.text, reference=message.reference)
    except Undelivered as error:
        _note(message, answer=str(error), final=error.final)
        return False
    _note(message, answer="", final=True, provider_id=provider_id)
    return True


def sweep_sms(*, now: datetime, limit: int = 1000, seconds: float = 60) -> int:
    """Send what waits although its time has come. How many were sent."""
    return send_overdue(OutgoingSms, send_sms, now=now, limit=limit, seconds=seconds)


def forget_old_sms(*, now: datetime) -> int:
    """Delete what was sent or given up 90 days ago. How many."""
    done = Q(status__in=[MailStatus.SENT, MailStatus.FAILED])
    return OutgoingSms.objects.filter(done, created_at__lt=now - timedelta(days=90)).delete()[0]


def _note(message: OutgoingSms, *, answer: str, final: bool, provider_id: str | None = None) -> None:
    """Write down what happened, unless the lease has passed to somebody else meanwhile."""
    now, answer = timezone.now(), one_line(answer.replace("\0", ""))[:300]
    given_up = provider_id is None and (final or message.attempts > len(BACK_OFF))
    values: dict[str, object] = {"lease_until": None, "result": answer}
    if provider_id is not None:
        values |= {"status": MailStatus.SENT, "sent_at": now, "provider_id": provider_id, "text": ""}
    elif given_up:
        values |= {"status": MailStatus.FAILED, "text": ""}
    else:
        values |= {"status": MailStatus.QUEUED, "due_at": now + BACK_OFF[message.attempts - 1]}
    with transaction.atomic():
        ours = OutgoingSms.objects.filter(pk=message.pk, status=MailStatus.SENDING, attempts=message.attempts)
        if ours.update(**values) and given_up:
            about = Subject("messaging.outgoingsms", "sms", settings.SMS_URL[:80] or "SMS")
            raise_alert(kind="messaging.sms_failed", subject=about, message=answer or str(_("It was given up.")), now=now)
    log.info("sms", sms=message.reference, sent=provider_id is not None, final=given_up, answer=answer)
