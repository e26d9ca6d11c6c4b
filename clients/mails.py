"""The mails of this app."""

from django.utils.translation import gettext_lazy as _

from messaging.registry import MailTemplate

LINK = "https://backoffice.example/clients/password/CLT-7K2M9Q4T/abc-def/"
MAILS = {
    "clients.deactivated": MailTemplate(_("Account deactivated"), {"name": "Anna Ozola", "date": "21 November 2026"}),
    "clients.reactivated": MailTemplate(_("Account reactivated"), {"name": "Anna Ozola", "date": "21 November 2026"}),
    "clients.blocked": MailTemplate(_("Account blocked"), {"name": "Anna Ozola", "date": "21 November 2026"}),
    "clients.unblocked": MailTemplate(_("Account unblocked"), {"name": "Anna Ozola", "date": "21 November 2026"}),
    "clients.frozen": MailTemplate(_("Account frozen"), {"name": "Anna Ozola", "date": "21 November 2026"}),
    "clients.unfrozen": MailTemplate(_("Account unfrozen"), {"name": "Anna Ozola", "date": "21 November 2026"}),
    "clients.code": MailTemplate(_("Client's code"), {"name": "Anna Ozola", "code": "271828", "minutes": "10"}),
    "clients.address_known": MailTemplate(_("Client signed up a second time"), {"name": "Anna Ozola", "url": LINK, "hours": "1"}),
    "clients.password_reset": MailTemplate(_("Client's new password"), {"name": "Anna Ozola", "url": LINK, "hours": "1"}),
    "clients.password_changed": MailTemplate(_("Client's password changed"), {"name": "Anna Ozola"}),
    "clients.email_changed": MailTemplate(_("Client's e-mail address changed"), {"name": "Anna Ozola"}),
    "clients.account_deleted": MailTemplate(_("Account deleted by the client"), {"name": "Anna Ozola", "date": "21 November 2026"}),
}
