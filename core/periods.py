"""A stretch of time, exact to the minute, and its form in an address: ISO 8601, in UTC."""

from dataclasses import dataclass
from datetime import UTC, datetime

FORM = "%Y-%m-%dT%H:%MZ"
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Period:
    """From `start` up to, not including, `end`."""

    start: datetime
    end: datetime

    @property
    def text(self) -> str:
        return f"{self.start.astimezone(UTC):{FORM}}/{self.end.astimezone(UTC):{FORM}}"


def read_period(text: str) -> Period:
    """The period that `Period.text` wrote. Raises ValueError for anything but two moments, the earlier one first."""
    start, end = (datetime.strptime(moment, FORM).replace(tzinfo=UTC) for moment in text.split("/"))
    if not EARLIEST <= start < end <= LATEST:
        raise ValueError(text)
    return Period(start, end)
