"""A person's exports and bulk actions in the global search (UIX-04)."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.finding import EVERYBODY, SearchSource, register_search
from core.question import Question
from kit.enums import Right
from kit.models import BulkRun, Export, ScheduledExport


def failed_with(question: Question) -> Q | None:
    return Q(error_reference__in=question.references) if question.prefix == "ERR" else None


def named(question: Question) -> Q | None:
    """A person has dozens of them: their names are read as they stand."""
    return Q(name__icontains=question.text) if question.words else None


def register() -> None:
    for label, model, page, icon, prefix, shown in (
        (_("Scheduled exports"), ScheduledExport, "schedule-detail", "calendar-repeat", "SCH", ("name", "reference")),
        (_("Bulk actions"), BulkRun, "bulk-run-detail", "checks", "BLK", ("reference", "title", "created_at")),
    ):
        register_search(
            SearchSource(
                label=label,
                model=model,
                right=EVERYBODY,
                page=page,
                icon=icon,
                shown=shown,
                prefixes={prefix: "reference"},
                near=failed_with if model is BulkRun else named,
            )
        )
    register_search(
        SearchSource(
            label=_("Exports"),
            model=Export,
            right=Right.EXPORTS_MAKE,
            page="export-detail",
            icon="download",
            shown=("reference", "title", "created_at"),
            status="status",
            prefixes={"EXP": "reference"},
            near=failed_with,
        )
    )
