"""Assets in the global search (UIX-04). There are dozens of them: their names are read as they stand."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from assets.enums import Right
from assets.models import Asset
from core.finding import SearchSource, register_search
from core.question import Question


def coded(question: Question) -> Q | None:
    return Q(code=question.text.upper()) if 3 <= len(question.text) <= 5 else None


def named(question: Question) -> Q | None:
    return Q(name__icontains=question.text) | Q(code__istartswith=question.text) if question.words else None


def register() -> None:
    register_search(
        SearchSource(
            label=_("Assets"),
            model=Asset,
            right=Right.ASSETS_SEE,
            page="asset-detail",
            icon="coins",
            key="code",
            shown=("code", "name", "kind"),
            status="status",
            exact=coded,
            near=named,
        )
    )
