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
