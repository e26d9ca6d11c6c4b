"""Who goes on with what was held: each type of operation has one resumer, named in `ready()` of the app that makes such operations.

register_resumer(
    OperationType.PURCHASE,
    Resumer(open=lambda: Order.objects.filter(status=OrderStatus.ON_HOLD, hold_kind=HoldKind.LEVEL), arrived="created_at", resume=resume_order),
)
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.core.exceptions import ImproperlyConfigured
from django.db.models import QuerySet

from ledger.enums import OperationType


class Resume(Protocol):
    """Go on with one that waits, in a transaction of its own: it is done, or refused, or waits on. One that doesn't wait any
    more is left alone, so that any number of calls at once do it once. What it raises besides is an alert, which `no_longer_stuck`
    settles where the row has gone on or ends."""

    def __call__(self, *, id: int, now: datetime) -> None: ...  # noqa: A002 - the row's


@dataclass(frozen=True, kw_only=True)
class Resumer:
    """`open` gives the rows, of all clients, that wait for their client's level; each has a `client`, a `reference`, and in `arrived` since when."""

    open: Callable[[], QuerySet[Any]]
    arrived: str
    resume: Resume


_resumers: dict[OperationType, Resumer] = {}


def register_resumer(type: OperationType, resumer: Resumer) -> None:  # noqa: A002 - the word of the field
    if type in _resumers:
        raise ImproperlyConfigured(f"operations of the type {type} have a resumer already")
    _resumers[type] = resumer


def resumers() -> dict[OperationType, Resumer]:
    return dict(_resumers)
