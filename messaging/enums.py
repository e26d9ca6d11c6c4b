"""Words of mails and alerts."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Right(TextChoices):
    SEE_MAIL = "messaging.see_mail", _("See sent mail")
    EDIT_TEMPLATES = "messaging.edit_templates", _("Edit mail templates")
    SEE_ALERTS = "messaging.see_alerts", _("See alerts")
    SETTLE_ALERTS = "messaging.settle_alerts", _("Assign and settle alerts")


class MailStatus(TextChoices):
    QUEUED = "queued", _("Queued")
    SENDING = "sending", _("Sending")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")


class AlertStatus(TextChoices):
    OPEN = "open", _("Open")
    ASSIGNED = "assigned", _("Assigned")
    SETTLED = "settled", _("Settled")
