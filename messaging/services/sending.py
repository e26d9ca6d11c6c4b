"""Sending what the outbox holds (NOT-01).

A worker claims a mail (leases.py), hands it to the mail server outside any transaction, and notes the result. So a mail is
sent once, however often and late the task runs, with one exception that SMTP leaves open: a worker that dies after the
server took the mail and before the note is written. The lease then ends and the mail goes out a second time under the
same Message-ID, by which receivers recognise it.
"""

import smtplib
from datetime import datetime, timedelta
from email.utils import formataddr, parseaddr

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.template import TemplateDoesNotExist, TemplateSyntaxError
from django.utils import timezone

from core import instance
from core.subjects import Subject
from messaging.enums import MailStatus
from messaging.models import MailAttempt, OutgoingMail
from messaging.services.alerts import raise_alert
from messaging.services.leases import claim, send_overdue
from messaging.services.outbox import one_line
from messaging.services.rendering import render

log = structlog.get_logger()
BACK_OFF = [timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 720, 1440)]


def send(mail_id: int, *, now: datetime) -> bool:
    """Send one mail if it is due and nobody else has it; whether it was sent."""
    mail = claim(OutgoingMail, mail_id, now=now)
    if mail is None:
        return False
    try:
        if mail.template:
            parts = render(mail.template, mail.language, mail.context)
            mail.subject_line, mail.text, mail.html = parts.subject, parts.text, parts.html
        _hand_over(mail)
    except (TemplateDoesNotExist, TemplateSyntaxError) as error:
        _note(mail, answer=f"template: {error}", final=True)
    except (OSError, smtplib.SMTPException) as error:
        _note(mail, answer=_answer(error), final=_is_final(error))
    else:
        _note(mail, answer="", final=True, sent=True)
        return True
    return False


def sweep(*, now: datetime, limit: int = 5000, seconds: float = 60) -> int:
    """Send what waits although its time has come: messages were lost, or a retry is due. How many were sent."""
    return send_overdue(OutgoingMail, send, now=now, limit=limit, seconds=seconds)


def transport() -> BaseEmailBackend:
    """The real way out, MAIL_URL; in the demo nothing leaves the house."""
    way = settings.MAIL_TRANSPORT
    options = {
        "host": way.get("EMAIL_HOST"),
        "port": way.get("EMAIL_PORT"),
        "username": way.get("EMAIL_HOST_USER"),
        "password": way.get("EMAIL_HOST_PASSWORD"),
        "use_tls": way.get("EMAIL_USE_TLS", False),
        "use_ssl": way.get("EMAIL_USE_SSL", False),
        "timeout": settings.MAIL_TIMEOUT,
    }
    smtp = way["EMAIL_BACKEND"].endswith("smtp.EmailBackend")
    return get_connection(way["EMAIL_BACKEND"], **(options if smtp else {}))


def sender() -> str:
    """MAIL_FROM, under the instance's name where it brings none of its own."""
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return formataddr((name or instance.name(), address))


def _hand_over(mail: OutgoingMail) -> None:
    headers = {"Message-ID": mail.message_id, "Auto-Submitted": "auto-generated"}
    message = EmailMultiAlternatives(
        mail.subject_line, mail.text, sender(), [mail.to], headers=headers, connection=transport()
    )  # fmt: skip
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    message.send()


def _note(mail: OutgoingMail, *, answer: str, final: bool, sent: bool = False) -> None:
    """Write down what happened, unless the lease has passed to somebody else meanwhile."""
    now, answer = timezone.now(), one_line(answer.replace("\0", ""))[:300]
    final = final or mail.attempts > len(BACK_OFF)
    values: dict[str, object] = {"lease_until": None, "result": answer}
    if sent:
        values |= {"status": MailStatus.SENT, "sent_at": now}
    elif final:
        values |= {"status": MailStatus.FAILED}
    else:
        values |= {"status": MailStatus.QUEUED, "due_at": now + BACK_OFF[mail.attempts - 1]}
    if settings.MAIL_KEEP_CONTENT or not sent:
        values |= {"subject_line": mail.subject_line}
    if settings.MAIL_KEEP_CONTENT:
        values |= {"text": mail.text, "html": mail.html}
    elif sent:
        values |= {"subject_line": mail.subject_line, "text": "", "html": "", "context": {}}
    with transaction.atomic():
        MailAttempt.objects.create(mail=mail, number=mail.attempts, at=now, sent=sent, answer=answer)
        ours = OutgoingMail.objects.filter(pk=mail.pk, status=MailStatus.SENDING, attempts=mail.attempts)
        if ours.update(**values) and values.get("status") == MailStatus.FAILED:
            about = Subject("messaging.outgoingmail", mail.template or "other", mail.template or mail.reference)
            raise_alert(kind="messaging.mail_failed", subject=about, message=answer or "failed", now=now)
    log.info("mail", mail=mail.reference, template=mail.template, sent=sent, final=final, answer=answer)


def _answer(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
        return f"{code} {_text(text)}"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_text(error.smtp_error)}"
    return f"{type(error).__name__}: {error}"


def _is_final(error: Exception) -> bool:
    """The server took the question and said no for good. Wrong credentials (535) are ours to mend: those are retried."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(500 <= code < 600 for code, _text in error.recipients.values())
    return isinstance(error, (smtplib.SMTPDataError, smtplib.SMTPSenderRefused)) and 500 <= error.smtp_code < 600


def _text(answer: bytes | str) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
