"""The mails of this app."""

from django.utils.translation import gettext_lazy as _

from messaging.registry import MailTemplate

MAILS = {
    "clients.deactivated": MailTemplate(_("Account deactivated"), {"name": "Anna Ozola", "date": "21 November 2026"}),
    "clients.reactivated": MailTemplate(_("Account reactivated"), {"name": "Anna Ozola", "date": "21 November 2026"}),
}
