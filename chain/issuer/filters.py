"""The search form of the settlement's list."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chain.enums import ChainOpKind, ChainOpStatus, TxPurpose, TxStatus
from chain.selectors import stuck_transactions
from kit.filters import Choices, Criteria, Dates, Exact, SearchText, YesNo


class Reference(django_filters.Filter):  # type: ignore[misc]  # the library has no types
    """CHN-123, in any case: the number is the row's own."""

    field_class, kind = SearchText, "text"

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return qs.filter(pk=key_of(value)) if value else qs


def key_of(reference: str) -> int | None:
    """The row that a reference names, None where it is none."""
    digits = reference.strip().upper().removeprefix("CHN-")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 18 else None


class Stuck(YesNo):
    """The newest version of what no block has taken for longer than usual."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return qs.filter(pk__in=stuck_transactions(now=timezone.now()).values("pk")) if value == "yes" else qs


class TransactionFilter(Criteria):
    hash = Exact(label=_("Transaction hash"))
    status = Choices(choices=TxStatus.choices, label=_("Status"))
    stuck = Stuck(label=_("Stuck"))
    purpose = Choices(choices=TxPurpose.choices, label=_("Purpose"))
    created_at = Dates(label=_("Built"))


class OperationFilter(Criteria):
    q = Reference(label=_("Reference"))
    status = Choices(choices=ChainOpStatus.choices, label=_("Settlement"))
    chain_tx__hash = Exact(label=_("Transaction hash"))
    kind = Choices(choices=ChainOpKind.choices, label=_("Kind"))
