"""A chart as pages show it: what Chart.js draws (static/charts.js), and the table for those who can't see it (look.md, DSH-02)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language

from kit.cells import DATE_FORMATS


@dataclass(frozen=True)
class Chart:
    """`data` goes into the page as JSON; `heads` and `rows` are the same as a table. `note` says how to read it."""

    id: str
    title: str
    data: dict[str, Any]
    heads: list[str]
    rows: list[list[str]]
    note: str = ""
    is_empty: bool = False


def label_of(start: datetime, *, hours: int) -> str:
    """The name of a point that stands for so many hours: the time of day of an hour, the date of anything longer."""
    local = timezone.localtime(start)
    if hours == 1:
        return f"{local:%H:%M}"
    return local.strftime(DATE_FORMATS.get((get_language() or "en")[:2], DATE_FORMATS["en"]))
