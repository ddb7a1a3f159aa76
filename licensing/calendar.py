"""US business days in the time zone of the designated agent.

17 U.S.C. 512 counts business days without defining them. We take Monday to Friday less the federal
holidays of 5 U.S.C. 6103, on the day they are observed.
"""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache
from typing import Final

import holidays

from licensing.errors import InvalidDeadline
from licensing.timestamps import require_aware

_SATURDAY: Final = 5
# No statute counts further; a larger number is a mistake, and counting it would take for ever.
LONGEST_COUNT: Final = 1_000


@cache
def _federal_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("US", years=year, expand=False))


def is_business_day(day: date) -> bool:
    """Whether US federal offices are open on ``day``."""
    return day.weekday() < _SATURDAY and day not in _federal_holidays(day.year)


def add_business_days(start: date, count: int) -> date:
    """The ``count``-th business day after ``start``; ``start`` is day 0 whatever day it is.

    Raises InvalidDeadline for a count outside 0..``LONGEST_COUNT``.
    """
    _require_countable(count)
    day = start
    while count:
        day += timedelta(days=1)
        if is_business_day(day):
            count -= 1
    return day


def add_months(start: date, count: int) -> date:
    """The same day ``count`` months later, or the last of that month where it has no such day.

    Raises InvalidDeadline for a count outside 0..``LONGEST_COUNT``.
    """
    _require_countable(count)
    years, month0 = divmod(start.month - 1 + count, 12)
    year, month = start.year + years, month0 + 1
    return date(year, month, min(start.day, calendar.monthrange(year, month)[1]))


def local_day(at: datetime, zone: tzinfo) -> date:
    """The date on the agent's wall when ``at`` happens. Raises NaiveTimestamp."""
    return require_aware(at).astimezone(zone).date()


def start_of_day(day: date, zone: tzinfo) -> datetime:
    """Midnight at which ``day`` begins for the agent, in UTC."""
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def end_of_day(day: date, zone: tzinfo) -> datetime:
    """Midnight at which ``day`` is over for the agent, in UTC: the first moment of the next day."""
    return start_of_day(day + timedelta(days=1), zone)


def _require_countable(count: int) -> None:
    if not 0 <= count <= LONGEST_COUNT:
        raise InvalidDeadline(f"A count of {count} is not within 0 to {LONGEST_COUNT}.")
