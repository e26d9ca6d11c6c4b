"""What administrators set for the whole instance (INS-03)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.models import AuditEvent


class InstanceSetting(models.Model):
    """A value that differs from its setting's default; who set it, and when, says the event (core/instance.py)."""

    key = models.CharField(_("setting"), max_length=80, unique=True)
    value = models.JSONField(_("value"))
    event = models.ForeignKey(AuditEvent, models.PROTECT, related_name="+")

    writes = "all"

    class Meta:
        verbose_name = _("instance setting")

    def __str__(self) -> str:
        return self.key
