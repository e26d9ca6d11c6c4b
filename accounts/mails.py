"""The mails of this app."""

from django.utils.translation import gettext_lazy as _

from messaging.registry import MailTemplate

MAILS = {
    "accounts.invitation": MailTemplate(
        _("Invitation"),
        {
            "name": "Anna Ozola",
            "login": "anna@example.com",
            "instance": "Amber Coast",
            "url": "https://backoffice.example/accounts/invitation/abc/",
            "hours": "72",
        },
    ),
    "accounts.factor_reset": MailTemplate(
        _("Second factor reset"), {"name": "Anna Ozola", "url": "https://backoffice.example/accounts/login/"}
    ),
    "accounts.password_reset": MailTemplate(
        _("Set a new password"),
        {"name": "Anna Ozola", "url": "https://backoffice.example/accounts/password/reset/key/1-abc/", "hours": "1"},
    ),
    "accounts.password_changed": MailTemplate(
        _("Password changed"), {"name": "Anna Ozola", "url": "https://backoffice.example/accounts/password/reset/"}
    ),
    "accounts.second_factor": MailTemplate(
        _("Second factor changed"),
        {"name": "Anna Ozola", "change": "passkey_added", "url": "https://backoffice.example/accounts/password/reset/"},
    ),
}
