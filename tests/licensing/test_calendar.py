"""US business days."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licensing.calendar import (
    add_business_days,
    add_months,
    end_of_day,
    is_business_day,
    local_day,
    start_of_day,
)
from licensing.errors import InvalidDeadline, NaiveTimestamp

NEW_YORK = ZoneInfo("America/New_York")
days = st.dates(date(2020, 1, 1), date(2040, 12, 31))


@pytest.mark.parametrize(
    "day",
    [
        "2026-11-26",  # Thanksgiving
        "2026-12-25",
        "2026-07-03",  # Independence Day falls on a Saturday
        "2027-12-31",  # New Year's Day 2028 falls on a Saturday and is observed the year before
        "2027-07-05",  # Independence Day falls on a Sunday
        "2026-06-19",
        "2026-11-21",
        "2026-11-22",
    ],
)
def test_offices_are_closed(day: str) -> None:
    assert not is_business_day(date.fromisoformat(day))


@pytest.mark.parametrize("day", ["2026-11-27", "2026-12-24", "2026-12-31", "2026-11-20"])
def test_offices_are_open(day: str) -> None:
    assert is_business_day(date.fromisoformat(day))


@given(days, st.integers(0, 60))
def test_counting_visits_exactly_so_many_business_days(start: date, count: int) -> None:
    end = add_business_days(start, count)
    between = [
        date.fromordinal(ordinal) for ordinal in range(start.toordinal() + 1, end.toordinal() + 1)
    ]
    assert sum(is_business_day(day) for day in between) == count
    assert count == 0 or is_business_day(end)


@given(days, st.integers(0, 40), st.integers(0, 40))
def test_counting_adds_up(start: date, first: int, second: int) -> None:
    assert add_business_days(add_business_days(start, first), second) == add_business_days(
        start, first + second
    )


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2026-08-31", 6, "2027-02-28"),
        ("2027-08-31", 6, "2028-02-29"),
        ("2026-11-20", 12, "2027-11-20"),
        ("2026-12-01", 1, "2027-01-01"),
        ("2026-12-01", 0, "2026-12-01"),
    ],
)
def test_months(start: str, months: int, end: str) -> None:
    assert add_months(date.fromisoformat(start), months) == date.fromisoformat(end)


@pytest.mark.parametrize("count", [-1, 1_001])
def test_counts_stay_in_reason(count: int) -> None:
    with pytest.raises(InvalidDeadline):
        add_business_days(date(2026, 1, 1), count)
    with pytest.raises(InvalidDeadline):
        add_months(date(2026, 1, 1), count)


def test_days_begin_and_end_where_the_agent_is() -> None:
    late_friday = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
    assert local_day(late_friday, NEW_YORK) == date(2026, 11, 20)
    assert start_of_day(date(2026, 11, 20), NEW_YORK) == datetime(2026, 11, 20, 5, tzinfo=UTC)
    clocks_go_back = date(2026, 11, 1)
    length = end_of_day(clocks_go_back, NEW_YORK) - start_of_day(clocks_go_back, NEW_YORK)
    assert length.total_seconds() == 25 * 3600


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(NaiveTimestamp):
        local_day(datetime(2026, 11, 20), NEW_YORK)  # noqa: DTZ001  the naive time is the point
