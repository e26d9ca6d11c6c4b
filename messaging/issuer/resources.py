"""What exports of mails and alerts hold (EXP-X1)."""

from kit.exports.resource import ListResource
from messaging.models import Alert, OutgoingMail


class MailResource(ListResource):
    excluded = {
        "context": "may hold links that work once",
        "text": "may hold links that work once",
        "html": "may hold links that work once",
        "lease_until": "of the worker alone",
    }

    class Meta:
        model = OutgoingMail


class AlertResource(ListResource):
    excluded = {"told_at": "bookkeeping of the subscriptions"}

    class Meta:
        model = Alert
