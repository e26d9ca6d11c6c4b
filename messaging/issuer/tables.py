from django.utils.translation import gettext_lazy as _

from kit import cells
from kit.lists import Column
from kit.subjects import subject_html
from messaging.enums import AlertStatus, MailStatus
from messaging.models import Alert, OutgoingMail

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

cells.register_meanings(
    Alert, "status", **{AlertStatus.OPEN: cells.WAITS, AlertStatus.ASSIGNED: cells.UNDER_WAY, AlertStatus.SETTLED: cells.DONE}
)

ALERT_COLUMNS = [
    Column("reference", _("Reference"), width="w-3"),
    Column("raised_at", _("Raised"), sort="raised_at"),
    Column("kind", _("Kind"), cell=lambda alert: alert.label),
    Column("subject_reference", _("Object"), cell=subject_html),
    Column("message", _("Message")),
    Column("status", _("Status")),
    Column("assigned_to__last_name", _("Assigned to"), cell=lambda alert: alert.assigned_to or cells.NOTHING),
    Column("note", _("Note")),
]
