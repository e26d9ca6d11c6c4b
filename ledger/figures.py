"""What dashboards say of digital assets, read from the totals that the settle step keeps, never counted (DSH-02, DSH-05).

Spans are of whole hours (a month and a year: of whole days), in UTC: so the span before is exactly as long, and the list behind a figure can be asked
for the same moments. What has come since the last full hour is told apart.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from assets.models import Asset
from core.periods import Period
from ledger.enums import OperationType
from ledger.models import PendingFigure

ISSUING = (OperationType.ASSET_CREATION, OperationType.ADDITIONAL_ISSUING)


@dataclass(frozen=True)
class Span:
    """A choice of period: `bins` points of `hours` each."""

    code: str
    label: Any
    before: Any  # what the span before is called
    hours: int
    bins: int
    is_daily: bool = False  # read by whole days: a tenth of the rows and less

    @property
    def width(self) -> timedelta:
        return timedelta(hours=self.hours)

    def end(self, now: datetime) -> datetime:
        """The last full hour, or the last full day."""
        hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        return hour.replace(hour=0) if self.is_daily else hour

    def period(self, now: datetime, *, back: int = 0) -> Period:
        """The span itself, or the one `back` before it."""
        end = self.end(now) - back * self.bins * self.width
        return Period(end - self.bins * self.width, end)

    def starts(self, now: datetime) -> list[datetime]:
        start = self.period(now).start
        return [start + number * self.width for number in range(self.bins)]


SPANS = {
    span.code: span
    for span in (
        Span("24h", _("24 hours"), _("the 24 hours before"), 1, 24),
        Span("7d", _("7 days"), _("the 7 days before"), 24, 7),
        Span("30d", _("30 days"), _("the 30 days before"), 24, 30, is_daily=True),
        Span("12m", _("12 months"), _("the 52 weeks before"), 7 * 24, 52, is_daily=True),
    )
}


@dataclass
class Moved:
    """A number of operations and what they moved."""

    count: int = 0
    quantity: Decimal = Decimal(0)

    def add(self, count: int, quantity: Decimal) -> None:
        self.count += count
        self.quantity += quantity


@dataclass
class AssetFigures:
    """One asset: of all time, of the span, of the span before, and since the span's end."""

    total: Moved = field(default_factory=Moved)
    issued: Decimal = Decimal(0)
    burnt: Decimal = Decimal(0)
    span: Moved = field(default_factory=Moved)
    before: Moved = field(default_factory=Moved)
    since: Moved = field(default_factory=Moved)
    bins: dict[int, int] = field(default_factory=lambda: defaultdict(int))


TOTALS = """
SELECT f.asset_id, sum(f.count), sum(f.quantity), coalesce(sum(f.quantity) FILTER (WHERE f.type = ANY(%s)), 0),
    coalesce(sum(f.quantity) FILTER (WHERE f.type = %s), 0)
FROM ledger_dailyfigure f WHERE f.asset_id = ANY(%s) GROUP BY 1
"""
BINS = """
SELECT f.asset_id, date_bin(%s, f.{moment}, %s), sum(f.count), sum(f.quantity)
FROM {table} f WHERE f.{moment} >= %s AND f.asset_id = ANY(%s) GROUP BY 1, 2
"""
HOURS, DAYS = BINS.format(table="ledger_hourlyfigure", moment="hour"), BINS.format(table="ledger_dailyfigure", moment="day")


def read_figures(assets: list[Asset], *, span: Span, now: datetime) -> dict[int, AssetFigures]:
    """Asset id -> its figures, in two statements, however many operations there are."""
    ids = [asset.pk for asset in assets]
    found = {pk: AssetFigures() for pk in ids}
    with connection.cursor() as cursor:
        cursor.execute(TOTALS, [list(ISSUING), OperationType.BURNING, ids])
        for pk, count, quantity, issued, burnt in cursor.fetchall():
            found[pk].total, found[pk].issued, found[pk].burnt = Moved(int(count), quantity), issued, burnt
        start = span.period(now).start
        given: list[Any] = [span.width, start, span.period(now, back=1).start, ids]
        cursor.execute(DAYS if span.is_daily else HOURS, given)
        for pk, bin_start, count, quantity in cursor.fetchall():
            one, count, number = found[pk], int(count), (bin_start - start) // span.width
            if number < 0:
                one.before.add(count, quantity)
            elif number >= span.bins:
                one.since.add(count, quantity)
            else:
                one.span.add(count, quantity)
                one.bins[number] += count
    return found


def as_of(now: datetime) -> datetime:
    """The moment up to which the totals count: now, or the time of the oldest operation that still waits for the settle step."""
    oldest = PendingFigure.objects.order_by("pk").values_list("operation__posted_at", flat=True).first()
    return now if oldest is None else min(now, oldest)
