"""The kit's own tables: keys that make a request happen once, exports made in the background, saved views of lists."""

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.enums import Face
from accounts.models import Profile
from core.references import new_reference
from kit.enums import OPEN_JOBS, BulkOutcome, Cadence, ExportFormat, JobStatus, PauseReason, ScheduleStatus

FILES_KEPT = timedelta(days=7)


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
    page: ClassVar[str] = ""  # url name of the page about one of its kind

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

    def ending(self) -> Any:
        """What its person is told in the bell when it has ended; lazy, in whatever language that is."""
        raise NotImplementedError


def schedule_reference() -> str:
    return new_reference("SCH")


class ScheduledExport(models.Model):
    """An export that is made again and again, with its owner's rights of each time (EXP-X5).

    Hours and days are those of the instance's zone; the 31st is the last day of a shorter month.
    """

    reference = models.CharField(_("reference"), max_length=20, unique=True, default=schedule_reference, editable=False)
    name = models.CharField(_("name"), max_length=60)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="scheduled_exports", verbose_name=_("owner"))
    list_path = models.CharField(max_length=200)
    title = models.CharField(_("list"), max_length=120)
    query = models.TextField(blank=True)
    format = models.CharField(_("format"), max_length=4, choices=ExportFormat.choices)
    columns = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    language = models.CharField(max_length=5, default="en")
    cadence = models.CharField(_("how often"), max_length=10, choices=Cadence.choices)
    weekday = models.PositiveSmallIntegerField(_("day of the week"), null=True, blank=True)
    month_day = models.PositiveSmallIntegerField(_("day of the month"), null=True, blank=True)
    hour = models.PositiveSmallIntegerField(_("hour"))
    recipients = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="received_schedules", blank=True, verbose_name=_("recipients")
    )
    status = models.CharField(_("status"), max_length=10, choices=ScheduleStatus.choices, default=ScheduleStatus.ACTIVE)
    pause_reason = models.CharField(_("paused because"), max_length=20, choices=PauseReason.choices, blank=True)
    next_due_at = models.DateTimeField(_("next"), null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(_("created"))

    writes = "all"

    class Meta:
        verbose_name = _("scheduled export")
        verbose_name_plural = _("scheduled exports")
        constraints = [
            models.CheckConstraint(
                name="schedule_says_when",
                condition=models.Q(cadence=Cadence.DAILY)
                | models.Q(cadence=Cadence.WEEKLY, weekday__range=(1, 7))
                | models.Q(cadence=Cadence.MONTHLY, month_day__range=(1, 31)),
            ),
            models.CheckConstraint(name="schedule_hour", condition=models.Q(hour__lte=23)),
            models.CheckConstraint(name="schedule_format_known", condition=models.Q(format__in=ExportFormat.values)),
            models.CheckConstraint(
                name="schedule_active_or_paused",
                condition=models.Q(status=ScheduleStatus.ACTIVE, pause_reason="", next_due_at__isnull=False)
                | models.Q(status=ScheduleStatus.PAUSED, pause_reason__in=PauseReason.values, next_due_at=None),
            ),
        ]
        indexes = [
            models.Index(fields=["next_due_at"], name="schedule_due", condition=models.Q(status=ScheduleStatus.ACTIVE)),
            models.Index(fields=["owner", "-created_at", "-id"], name="schedule_of_owner"),
        ]

    def __str__(self) -> str:
        return self.name


def export_reference() -> str:
    return new_reference("EXP")


class Export(Job):
    """A list written to a file (EXP-X2), and what that file is compared with later (EXP-X4).

    `scope` are the organisations that the rows were confined to, null where they weren't. `marks` and `statement` are those of
    kit.exports.provenance; both are empty for what was made before there were any.
    """

    reference = models.CharField(_("reference"), max_length=20, unique=True, default=export_reference, editable=False)
    list_path = models.CharField(max_length=200)
    query = models.TextField(blank=True)
    format = models.CharField(_("format"), max_length=4, choices=ExportFormat.choices)
    columns = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    size = models.PositiveBigIntegerField(_("size"), default=0)
    scope = ArrayField(models.BigIntegerField(), null=True)
    content_hash = models.CharField(_("hash of the rows"), max_length=64, blank=True)
    marks = models.BinaryField(default=bytes)
    statement = models.JSONField(default=dict)
    schedule = models.ForeignKey(
        ScheduledExport, models.SET_NULL, null=True, blank=True, related_name="exports", verbose_name=_("schedule")
    )
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    followed_at = models.DateTimeField(_("mailed"), null=True, blank=True)

    trail, page = "exports", "export-detail"

    class Meta(Job.Meta):
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        constraints = [
            *Job.Meta.constraints,
            models.CheckConstraint(condition=models.Q(format__in=ExportFormat.values), name="export_format_known"),
            models.UniqueConstraint(fields=["schedule", "due_at"], name="schedule_once_a_time"),
        ]
        indexes = [
            models.Index(fields=["id"], name="export_to_follow", condition=models.Q(schedule__isnull=False, followed_at=None)),
            *Job.Meta.indexes,
            models.Index(fields=["-created_at", "-id"], name="export_newest"),
            models.Index(fields=["content_hash"], name="export_content", condition=~models.Q(content_hash="")),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def expires_at(self) -> datetime | None:
        """When its file goes; None while there is none."""
        return self.finished_at + FILES_KEPT if self.status == JobStatus.DONE and self.finished_at else None

    def about(self) -> dict[str, Any]:
        return {"list": self.list_path, "format": self.format, "filter": sorted(QueryDict(self.query))}

    def ending(self) -> Any:
        if self.status == JobStatus.DONE:
            return format_lazy(_("Your export of “{list}” is ready to be downloaded."), list=self.title)
        return format_lazy(
            _("Your export of “{list}” could not be made. Its reference is {reference}."), list=self.title, reference=self.error_reference
        )


def bulk_reference() -> str:
    return new_reference("BLK")


class BulkRun(Job):
    """One action done to many rows, which were fixed when it was confirmed (UIX-08).

    `action` is the code of a BulkAction of the list at `list_path`, `values` what was written into its form.
    """

    reference = models.CharField(_("reference"), max_length=20, unique=True, default=bulk_reference, editable=False)
    list_path = models.CharField(max_length=200)
    query = models.TextField(blank=True)
    action = models.CharField(_("action"), max_length=60)
    values = models.JSONField(default=dict, blank=True)
    subject_type = models.CharField(max_length=60)
    changed = models.PositiveIntegerField(_("done"), default=0)
    refused = models.PositiveIntegerField(_("not possible"), default=0)
    failed = models.PositiveIntegerField(_("failed rows"), default=0)
    retry_of = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="retries", verbose_name=_("again after"))

    trail, page = "bulk", "bulk-run-detail"

    class Meta(Job.Meta):
        verbose_name = _("bulk action")
        verbose_name_plural = _("bulk actions")

    def __str__(self) -> str:
        return self.reference

    def about(self) -> dict[str, Any]:
        return {"list": self.list_path, "action": self.action, "filter": sorted(QueryDict(self.query))}

    def ending(self) -> Any:
        words = {"action": self.title, "changed": self.changed, "total": self.rows_total, "reference": self.error_reference}
        if self.status == JobStatus.DONE:
            return format_lazy(_("“{action}”: {changed} of {total} rows are done."), **words)
        return format_lazy(_("“{action}” stopped after {changed} of {total} rows. Its reference is {reference}."), **words)


class BulkRow(models.Model):
    """One row of a bulk action: fixed when it was confirmed, its outcome written in the transaction of its change."""

    run = models.ForeignKey(BulkRun, models.CASCADE, related_name="rows", db_index=False, verbose_name=_("bulk action"))
    object_id = models.BigIntegerField()
    label = models.CharField(_("object"), max_length=80)
    outcome = models.CharField(_("outcome"), max_length=10, choices=BulkOutcome.choices, default=BulkOutcome.WAITING)
    message = models.CharField(_("reason"), max_length=300, blank=True)

    writes = "all"

    class Meta:
        verbose_name = _("row of a bulk action")
        verbose_name_plural = _("rows of a bulk action")
        constraints = [
            models.UniqueConstraint(fields=["run", "object_id"], name="bulk_row_once"),
            models.CheckConstraint(condition=models.Q(outcome__in=BulkOutcome.values), name="bulk_row_outcome_known"),
        ]
        # None has the outcome, and half of each page is left free (migration 0008): so it is written beside its row, and no index follows.
        indexes = [models.Index(fields=["run", "id"], name="bulk_row_of_run")]

    def __str__(self) -> str:
        return self.label


def view_reference() -> str:
    return new_reference("VW")


class SavedView(models.Model):
    """A list as somebody likes to see it: criteria, sorting, columns and page size, under a name (UIX-07).

    It is its owner's alone, or shared with everybody of the face who may see the list, or with a team, which is a profile. What a
    viewer finds in it are the rows that the viewer may see. Of merchants' people only those of `organisation_ids` share it.
    """

    reference = models.CharField(_("reference"), max_length=20, unique=True, default=view_reference, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views", verbose_name=_("owner"))
    face = models.CharField(max_length=10, choices=Face.choices)
    list_path = models.CharField(max_length=200)
    name = models.CharField(_("name"), max_length=60)
    query = models.TextField(blank=True)
    for_everybody = models.BooleanField(_("shared with everybody"), default=False)
    profile = models.ForeignKey(Profile, models.SET_NULL, null=True, blank=True, related_name="shared_views", verbose_name=_("shared with"))
    organisation_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    created_at = models.DateTimeField(_("created"))
    changed_at = models.DateTimeField(_("changed"))

    writes = "all"

    class Meta:
        verbose_name = _("view")
        verbose_name_plural = _("views")
        constraints = [
            models.CheckConstraint(condition=models.Q(face__in=Face.values), name="saved_view_face_known"),
            models.CheckConstraint(condition=~models.Q(name=""), name="saved_view_has_name"),
            models.CheckConstraint(condition=models.Q(for_everybody=False) | models.Q(profile=None), name="saved_view_one_audience"),
        ]
        indexes = [
            models.Index(fields=["owner", "list_path"], name="saved_view_of_owner"),
            models.Index(fields=["face", "list_path"], name="saved_view_shared", condition=models.Q(for_everybody=True)),
            models.Index(fields=["-changed_at", "-id"], name="saved_view_newest"),
        ]

    def __str__(self) -> str:
        return self.name


class ViewPin(models.Model):
    """A view that a person keeps in the navigation, under its list."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="view_pins")
    view = models.ForeignKey(SavedView, models.CASCADE, related_name="pins")

    writes = "all"

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "view"], name="view_pin_once")]

    def __str__(self) -> str:
        return f"pin {self.pk}"


class ListChoice(models.Model):
    """How a person likes one list: columns in order, rows a page, the view that it opens with. Empty: as it is declared."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="list_choices_made")
    list_path = models.CharField(max_length=200)
    columns = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    size = models.PositiveSmallIntegerField(null=True)
    view = models.ForeignKey(SavedView, models.SET_NULL, null=True, related_name="opens_for")

    writes = "all"

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "list_path"], name="list_choice_once")]

    def __str__(self) -> str:
        return f"choice {self.pk}"
