from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Verdict(TextChoices):
    """What became of a question to the rules (UIX-09). An alert only: it moved, and somebody is told."""

    ALLOWED = "allowed", _("Allowed")
    ALERT_ONLY = "alert_only", _("Allowed, with an alert")
    REFUSED = "refused", _("Refused")
