"""When clients came, were activated and went, and how many in each hour (CLI-07)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from clients.enums import LifecycleEvent
from clients.models.client import Client


class LifecycleFigure(models.Model):
    """How many live clients signed up, were activated … in an hour (UTC): what dashboards read (DSH-01)."""

    type = models.CharField(_("event"), max_length=12, choices=LifecycleEvent.choices)
    hour = models.DateTimeField(_("hour"))
    count = models.BigIntegerField(_("clients"))

    writes = "all"

    class Meta:
        constraints = [models.UniqueConstraint(fields=["type", "hour"], name="lifecycle_figure_once")]

    def __str__(self) -> str:
        return f"{self.type} {self.hour}: {self.count}"


class ClientEvent(models.Model):
    """A sign-up, activation, deactivation, reactivation or deletion with its time (CLI-07). It names nobody, so that it outlives an erasure."""

    client = models.ForeignKey(Client, models.PROTECT, related_name="lifecycle")
    type = models.CharField(_("event"), max_length=12, choices=LifecycleEvent.choices)
    at = models.DateTimeField(_("at"))

    writes = "insert"

    class Meta:
        indexes = [models.Index(fields=["type", "at"], name="client_event_when")]

    def __str__(self) -> str:
        return f"{self.type} {self.client_id}"
