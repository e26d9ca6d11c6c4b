from django.utils.translation import gettext_lazy as _

from core.subjects import type_label
from kit import cells
from kit.lists import Column
from messaging.enums import MailStatus
from messaging.models import OutgoingMail

cells.register_meanings(
    OutgoingMail,
    "status",
    **{
        MailStatus.QUEUED: cells.WAITS,
        MailStatus.SENDING: cells.UNDER_WAY,
        MailStatus.SENT: cells.DONE,
        MailStatus.FAILED: cells.FAILED,
    },
)

MAIL_COLUMNS = [
    Column("reference", _("Reference"), width="w-3"),
    Column("created_at", _("Queued"), sort="created_at"),
    Column("to", _("To")),
    Column("subject_line", _("Subject"), cell=lambda mail: mail.subject_line or mail.label),
    Column("about_reference", _("About"), cell=cells.mono("about_reference")),
    Column("status", _("Status")),
    Column("attempts", _("Attempts")),
    Column("sent_at", _("Sent")),
]

ALERT_COLUMNS = [
    Column("raised_at", _("Raised"), sort="raised_at"),
    Column("kind", _("Kind"), cell=lambda alert: alert.label),
    Column(
        "subject_type", _("Object"), cell=lambda alert: f"{type_label(alert.subject_type).capitalize()} {alert.subject_reference}".strip()
    ),
    Column("message", _("Message")),
    Column(
        "settled_at",
        _("State"),
        cell=lambda alert: cells.badge_html(_("Settled"), cells.DONE) if alert.settled_at else cells.badge_html(_("Open"), cells.WAITS),
    ),
    Column("note", _("Note")),
]
