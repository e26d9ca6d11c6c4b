"""A person's own exports in the global search (UIX-04)."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.finding import SearchSource, register_search
from core.question import Question
from kit.enums import Right
from kit.models import Export


def failed_with(question: Question) -> Q | None:
    return Q(error_reference__in=question.references) if question.prefix == "ERR" else None


def register() -> None:
    register_search(
        SearchSource(
            label=_("My exports"),
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
