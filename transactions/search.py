"""Held transactions in the global search, by their reference (UIX-04)."""

from django.utils.translation import gettext_lazy as _

from core.finding import SearchSource, register_search
from transactions.enums import Right
from transactions.models import Hold


def register() -> None:
    register_search(
        SearchSource(
            label=_("On hold"),
            model=Hold,
            right=Right.HOLDS_SEE,
            page="hold-detail",
            icon="hourglass",
            shown=("reference", "quantity", "asset__code", "arrived_at"),
            status="status",
            prefixes={"HLD": "reference"},
        )
    )
