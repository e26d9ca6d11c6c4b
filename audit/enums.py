"""Rights of the trail."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Right(TextChoices):
    SEE = "audit.see", _("See the audit trail")
    VERIFY = "audit.verify", _("Verify the audit trail")


class VerificationStatus(TextChoices):
    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    SOUND = "sound", _("Sound")
    BROKEN = "broken", _("Broken")
