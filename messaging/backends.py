"""Django's door for mail: what Django itself or a library (allauth) sends goes through the outbox like all other mail."""

from collections.abc import Sequence

from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage
from django.utils import timezone

from messaging.models import OutgoingMail
from messaging.services.outbox import put


class OutboxBackend(BaseEmailBackend):
    """One row for each recipient, in the caller's transaction where there is one."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """How many messages were taken. Raises ValueError for attachments: the outbox carries none."""
        for message in email_messages:
            if message.attachments:
                raise ValueError("the outbox carries no attachments: give a link instead")
            html = next((content for content, kind in getattr(message, "alternatives", ()) if kind == "text/html"), "")
            for to in message.recipients():
                mail = OutgoingMail(to=to, subject_line=str(message.subject), text=str(message.body), html=str(html))
                put(mail, subject=None, now=timezone.now())
        return len(email_messages)
