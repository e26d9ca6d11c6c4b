"""The mails of this app."""

from django.utils.translation import gettext_lazy as _

from messaging.registry import MailTemplate

MAILS = {
    "accounts.password_reset": MailTemplate(
        _("Set a new password"),
        {"name": "Anna Ozola", "url": "https://backoffice.example/accounts/password/reset/key/1-abc/", "hours": "1"},
    ),
    "accounts.password_changed": MailTemplate(
        _("Password changed"), {"name": "Anna Ozola", "url": "https://backoffice.example/accounts/password/reset/"}
    ),
}
