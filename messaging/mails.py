"""The mails of this app."""

from django.utils.translation import gettext_lazy as _

from messaging.registry import MailTemplate

MAILS = {
    "alerts.raised": MailTemplate(
        _("Alert"),
        {
            "name": "Anna Ozola", "kind": "Settlement has halted", "about": "operation OPR-7K2M9Q4T", "message": "The node doesn't answer.",
            "url": "https://backoffice.example/alerts/ALR-7K2M9Q4T/",
        },
    ),
    "alerts.many": MailTemplate(
        _("Several alerts"),
        {
            "name": "Anna Ozola", "number": "3", "lines": "Settlement has halted: OPR-7K2M9Q4T\nA mail could not be sent: ML-7K2M9Q4T",
            "url": "https://backoffice.example/alerts/?open=yes",
        },
    ),
}  # fmt: skip
