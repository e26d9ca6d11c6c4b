"""The mails of this app."""

from django.utils.translation import gettext_lazy as _

from messaging.registry import MailTemplate

MAILS = {
    "kit.export_ready": MailTemplate(
        _("Scheduled export is ready"),
        {
            "name": "Anna Ozola",
            "schedule": "Orders of the week",
            "rows": "1240",
            "until": "2026-12-02",
            "url": "https://backoffice.example/exports/EXP-7K2M9Q4T/",
        },
    ),
    "kit.schedule_paused": MailTemplate(
        _("Scheduled export is paused"),
        {
            "name": "Anna Ozola",
            "schedule": "Orders of the week",
            "reason": "Three exports in a row could not be made",
            "url": "https://backoffice.example/exports/schedules/SCH-7K2M9Q4T/",
        },
    ),
}
