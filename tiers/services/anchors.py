"""When recurring fees are due: anchored at the day of the tier's change (TIE-05).

The first period begins one period after the change. A month that lacks the day has its last day in its place, and the next month
has the day again. Days are those of the instance's time zone, so that a change of the clocks moves nothing.
"""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Generic, Protocol, TypeVar
from zoneinfo import ZoneInfo

from tiers.enums import Period


class Fee(Protocol):
    """What of a recurring fee decides when it is due."""

    @property
    def period(self) -> str: ...
    @property
    def valid_from(self) -> datetime: ...
    @property
    def valid_to(self) -> datetime | None: ...


F = TypeVar("F", bound=Fee)


@dataclass(frozen=True, slots=True)
class Due(Generic[F]):
    """A period to be charged: from `due_on` until before `ends_on`; `months` after the change."""

    fee: F
    months: int
    due_on: date
    ends_on: date


def day_after(anchor: date, months: int) -> date:
    """The anchor's day so many months later, or the last of that month."""
    years, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    return date(years, month + 1, min(anchor.day, monthrange(years, month + 1)[1]))


def periods_due(*, anchor: date, fees: Sequence[F], charged_until: int, today: date, zone: ZoneInfo) -> Iterator[Due[F]]:
    """The periods that have come and aren't charged yet, oldest first. `charged_until` are the months after the change that are
    charged already, 0 for none. `fees` are those of the client's price list for its tier, one at a time.

    A yearly fee falls due at each anniversary, a monthly one at each month's day; never in time that is charged already, and not
    where no fee was in force on that day.
    """
    if not fees:
        return
    begins = min(fee.valid_from for fee in fees).astimezone(zone).date()
    whole_months = (begins.year - anchor.year) * 12 + begins.month - anchor.month
    months = max(1, charged_until, whole_months)
    while (due_on := day_after(anchor, months)) <= today:
        fee = in_force(fees, datetime.combine(due_on, time.max, zone))
        length = Period(fee.period).months if fee is not None else 1
        if fee is not None and months % length == 0:
            yield Due(fee, months, due_on, day_after(anchor, months + length))
            months += length
        else:
            months += 1


def in_force(fees: Sequence[F], moment: datetime) -> F | None:
    """The fee that holds then; of a day it is asked for its end, so that a fee holds from the day on which it begins."""
    return next((fee for fee in fees if fee.valid_from <= moment and (fee.valid_to is None or fee.valid_to > moment)), None)
