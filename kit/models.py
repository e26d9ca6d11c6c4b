"""The kit's own tables: keys that make a request happen once, and exports made in the background."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from core.references import new_reference
from kit.enums import OPEN_JOBS, ExportFormat, JobStatus


class IdempotencyKey(models.Model):
    """One thing that somebody sent once or more, and what the first sending was answered (API-02, UIX-03).

    `owner` is who sent it ("api_key:12", "user:7"), since two senders may choose the same key.
    """

    owner = models.CharField(max_length=60)
    key = models.CharField(max_length=255)
    content_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_index=True)

    writes = "all"

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "key"], name="idempotency_key_once")]

    def __str__(self) -> str:
        return f"{self.owner} {self.key}"


class Job(models.Model):
    """Long work that a worker holds by `lease_token` until `lease_until` (kit.jobs, UIX-05). Each kind has its own table."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="%(class)ss")
    title = models.CharField(_("list"), max_length=120)
    language = models.CharField(max_length=5, default="en")
    status = models.CharField(_("status"), max_length=10, choices=JobStatus.choices, default=JobStatus.QUEUED)
    rows_total = models.PositiveIntegerField(_("rows expected"), null=True)
    rows_done = models.PositiveIntegerField(_("rows"), default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    error_reference = models.CharField(max_length=20, blank=True)
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(_("created"))
    finished_at = models.DateTimeField(_("finished"), null=True)

    writes = "all"
    trail: ClassVar[str] = ""  # the audit actions of its kind begin with it

    class Meta:
        abstract = True
        constraints = [models.CheckConstraint(condition=models.Q(status__in=JobStatus.values), name="%(class)s_status_known")]
        indexes = [
            models.Index(fields=["user", "-created_at", "-id"], name="%(class)s_of_user"),
            models.Index(fields=["lease_until"], name="%(class)s_open", condition=models.Q(status__in=OPEN_JOBS)),
        ]

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_JOBS

    @property
    def percent(self) -> int:
        """How far it is, 0 to 99 while it isn't done; 0 while the number of rows is not known."""
        if self.status == JobStatus.DONE:
            return 100
        return min(99, self.rows_done * 100 // self.rows_total) if self.rows_total else 0

    def about(self) -> dict[str, Any]:
        """What each of its events says: no personal data."""
        raise NotImplementedError


def export_reference() -> str:
    return new_reference("EXP")


class Export(Job):
    """A list written to a file in the background (EXP-X2)."""

    reference = models.CharField(_("reference"), max_length=20, unique=True, default=export_reference, editable=False)
    list_path = models.CharField(max_length=200)
    query = models.TextField(blank=True)
    format = models.CharField(_("format"), max_length=4, choices=ExportFormat.choices)
    size = models.PositiveBigIntegerField(_("size"), default=0)

    trail = "exports"

    class Meta(Job.Meta):
        constraints = [
            *Job.Meta.constraints,
            models.CheckConstraint(condition=models.Q(format__in=ExportFormat.values), name="export_format_known"),
        ]

    def __str__(self) -> str:
        return self.reference

    def about(self) -> dict[str, Any]:
        return {"list": self.list_path, "format": self.format, "filter": sorted(QueryDict(self.query))}
