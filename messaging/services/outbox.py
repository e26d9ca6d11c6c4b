"""Putting mail into the outbox: a row in the caller's transaction; a mail never leaves before its reason has committed,
and never undoes it (NOT-01)."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email
from django.db.models import Model

from core.subjects import Subject, subject_of
from core.tasks import enqueue
from messaging import registry
from messaging.enums import MailStatus
from messaging.models import OutgoingMail


def queue_mail(
    *, template: str, to: str, language: str, context: Mapping[str, str], subject: Model | Subject | None = None, now: datetime
) -> OutgoingMail:
    """Put a registered mail into the outbox. `context` gives every variable of the template; `subject` is what it is about.

    Raises ImproperlyConfigured for an unknown template or a missing variable (mistakes in the code). An address that
    can't be one does not undo the caller's work: the mail is kept as failed.
    """
    return put(_of(template, to, language, context), subject=subject, now=now)


def queue_mails(mails: Iterable[tuple[str, str, Mapping[str, str], Model | Subject]], *, template: str, now: datetime) -> None:
    """Put one mail for each (to, language, context, what it is about), in a few statements; the sweeper sends them. As `queue_mail`."""
    rows = [_complete(_of(template, to, language, context), subject, now) for to, language, context, subject in mails]
    OutgoingMail.objects.bulk_create(rows, batch_size=2000)
    enqueue("messaging.tasks.sweep_mail")


def put(mail: OutgoingMail, *, subject: Model | Subject | None, now: datetime) -> OutgoingMail:
    """Complete, save and wake the sender; also the door for mail that a library has rendered."""
    _complete(mail, subject, now).save(force_insert=True)
    if mail.status == MailStatus.QUEUED:
        enqueue("messaging.tasks.send_mail", mail_id=mail.pk)
    return mail


def _of(template: str, to: str, language: str, context: Mapping[str, str]) -> OutgoingMail:
    missing = sorted(set(registry.mail_template(template).variables) - set(context))
    if missing:
        raise ImproperlyConfigured(f"the mail {template} needs {', '.join(missing)}")
    return OutgoingMail(template=template, language=language, to=to, context=dict(context))


def _complete(mail: OutgoingMail, subject: Model | Subject | None, now: datetime) -> OutgoingMail:
    mail.created_at = mail.due_at = now
    mail.message_id = f"<{uuid.uuid4().hex}@{urlsplit(settings.BASE_URL).hostname or 'localhost'}>"
    mail.subject_line = one_line(mail.subject_line)[:200]
    if subject is not None:
        about = subject_of(subject)
        mail.about_type, mail.about_id, mail.about_reference = about.type, about.id, about.reference
    if not is_address(mail.to):
        mail.to, mail.status, mail.result = one_line(mail.to)[:254], MailStatus.FAILED, "not an e-mail address"
    return mail


def is_address(text: str) -> bool:
    """One plain address: no second one, no display name, no line end that could start a header (U12)."""
    if not text.isprintable() or len(text) > 254:
        return False
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def one_line(text: str) -> str:
    """For headers: every run of white space, line ends among them, is one space; other control characters go (U12)."""
    return " ".join("".join(char if char.isprintable() or char.isspace() else "" for char in text).split())
