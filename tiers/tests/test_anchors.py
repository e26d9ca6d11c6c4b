"""When recurring fees are due (TIE-05): a model that walks day by day says the same as the rule."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiers.services.anchors import day_after, periods_due

pytestmark = pytest.mark.spec("TIE-05", "L3")
RIGA = ZoneInfo("Europe/Riga")
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class AFee:
    period: str = "monthly"
    valid_from: datetime = LONG_AGO
    valid_to: datetime | None = None


def due(anchor: date, today: date, *fees: AFee, charged_until: int = 0) -> list[tuple[date, date]]:
    found = periods_due(anchor=anchor, fees=fees or [AFee()], charged_until=charged_until, today=today, zone=RIGA)
    return [(one.due_on, one.ends_on) for one in found]


def test_the_31st_is_the_last_day_where_there_is_none_and_comes_back():
    days = [start for start, _end in due(date(2026, 1, 31), date(2026, 5, 31))]
    assert days == [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31)]


def test_the_29th_of_february_is_paid_for_on_the_28th_and_in_leap_years_again_on_the_29th():
    days = [start for start, _end in due(date(2024, 2, 29), date(2028, 3, 1), AFee("yearly"))]
    assert days == [date(2025, 2, 28), date(2026, 2, 28), date(2027, 2, 28), date(2028, 2, 29)]


def test_the_first_period_is_after_the_change_and_the_due_day_counts_whole():
    anchor = date(2026, 3, 29)  # clocks go forward in Riga
    assert due(anchor, date(2026, 4, 28)) == []
    assert due(anchor, date(2026, 4, 29)) == [(date(2026, 4, 29), date(2026, 5, 29))]
    assert due(date(2026, 9, 25), date(2026, 10, 25)) == [(date(2026, 10, 25), date(2026, 11, 25))]  # and back: a day of 25 hours


def test_only_where_a_fee_is_in_force_that_day_and_not_in_time_that_is_charged():
    midnight = datetime(2026, 3, 10, tzinfo=RIGA)
    anchor, today = date(2026, 1, 10), date(2026, 6, 10)
    days = [start.month for start, _end in due(anchor, today, AFee(valid_from=midnight + timedelta(hours=15)))]
    assert days == [3, 4, 5, 6], "a fee holds from the day on which it begins"
    assert [start.month for start, _end in due(anchor, today, AFee(valid_to=midnight))] == [2]
    assert [start.month for start, _end in due(anchor, today, charged_until=4)] == [5, 6]
    both = (AFee(valid_to=midnight), AFee("yearly", valid_from=midnight))
    assert due(anchor, date(2027, 2, 1), *both) == [(date(2026, 2, 10), date(2026, 3, 10)), (date(2027, 1, 10), date(2028, 1, 10))]


DAYS = st.dates(date(2019, 1, 1), date(2030, 12, 31))


@given(anchor=DAYS, months=st.integers(1, 400))
def test_a_month_later_is_the_same_day_or_the_last_one(anchor: date, months: int):
    later = day_after(anchor, months)
    assert (later.year - anchor.year) * 12 + later.month - anchor.month == months
    assert later.day == anchor.day or (later.day < anchor.day and (later + timedelta(days=1)).day == 1)


@given(anchor=DAYS, span=st.integers(0, 1500), period=st.sampled_from(["monthly", "yearly"]), begins=DAYS, lasts=st.integers(1, 1500))
def test_periods_touch_never_overlap_and_none_is_left_out(anchor: date, span: int, period: str, begins: date, lasts: int):
    fee = AFee(period, datetime.combine(begins, time.min, RIGA), datetime.combine(begins + timedelta(days=lasts), time.min, RIGA))
    today = anchor + timedelta(days=span)
    step = 12 if period == "yearly" else 1
    wanted, months = [], step
    while (day := day_after(anchor, months)) <= today:
        if begins <= day < begins + timedelta(days=lasts):
            wanted.append((day, day_after(anchor, months + step)))
        months += step
    assert due(anchor, today, fee) == wanted


@given(anchor=DAYS, looks=st.lists(st.integers(1, 900), max_size=6, unique=True))
def test_however_often_one_looks_each_period_comes_once(anchor: date, looks: list[int]):
    seen: list[tuple[date, date]] = []
    charged = 0
    for days in sorted(looks):
        for one in periods_due(anchor=anchor, fees=[AFee()], charged_until=charged, today=anchor + timedelta(days=days), zone=RIGA):
            seen.append((one.due_on, one.ends_on))
            charged = one.months + 1
    assert seen == (due(anchor, anchor + timedelta(days=max(looks))) if looks else [])
