from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Right(TextChoices):
    """Rights of this app (USR-01)."""

    EXPORTS_MAKE = "exports.make", _("Export what one may see")
    EXPORTS_SEE_ALL = "exports.see_all", _("See what everybody has exported")
    VIEWS_MANAGE = "views.manage", _("Change and delete views that others share")


class ExportFormat(TextChoices):
    XLSX = "xlsx", _("Excel (XLSX)")
    CSV = "csv", _("CSV")


class JobStatus(TextChoices):
    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Under way")
    DONE = "done", _("Ready")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


OPEN_JOBS = (JobStatus.QUEUED, JobStatus.RUNNING)


class Cadence(TextChoices):
    DAILY = "daily", _("Every day")
    WEEKLY = "weekly", _("Every week")
    MONTHLY = "monthly", _("Every month")


class ScheduleStatus(TextChoices):
    ACTIVE = "active", _("Active")
    PAUSED = "paused", _("Paused")


class PauseReason(TextChoices):
    """Why a schedule makes nothing for the time being."""

    PERSON = "person", _("Paused by its owner")
    ERRORS = "errors", _("Three exports in a row could not be made")
    RIGHT_LOST = "right_lost", _("The owner has lost the right to the list or to exports")
    OWNER_INACTIVE = "owner_inactive", _("The owner's account is deactivated")


class BulkOutcome(TextChoices):
    """What became of one row of a bulk action."""

    WAITING = "waiting", _("Waits")
    CHANGED = "changed", _("Done")
    REFUSED = "refused", _("Not possible")
    FAILED = "failed", _("Failed")
