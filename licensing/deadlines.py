"""A clock set by law or by us, and what it says once it runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import assert_never

from licensing.calendar import add_business_days, add_months, end_of_day, local_day, start_of_day
from licensing.errors import InvalidDeadline
from licensing.timestamps import require_aware


class Unit(StrEnum):
    """What a clock counts. All but hours count whole days of the agent, the first one after."""

    HOURS = "hours"
    US_BUSINESS_DAYS = "us_business_days"
    CALENDAR_DAYS = "calendar_days"
    CALENDAR_MONTHS = "calendar_months"


class Basis(StrEnum):
    """Who set the clock: a statute, or we ourselves where the law gives no number."""

    STATUTE = "statute"
    INTERNAL = "internal"


class Phase(StrEnum):
    """Where a running clock stands."""

    WAITING = "waiting"
    OPEN = "open"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Milestone:
    """Something to do or to warn of when the clock has counted this far."""

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Deadline:
    """A clock that runs. The act is allowed from ``opens_at`` up to, not including, ``due_at``.

    Both are UTC; ``opens_at`` is the start itself where nothing has to be waited for. ``opens_on``
    and ``due_on`` are the first and last allowed day on the agent's calendar.
    """

    clock: str
    started_at: datetime
    opens_at: datetime
    opens_on: date
    due_at: datetime
    due_on: date
    milestones: tuple[tuple[str, datetime], ...]

    def phase(self, at: datetime) -> Phase:
        """Where the clock stands at ``at``. Raises NaiveTimestamp."""
        require_aware(at)
        if at < self.opens_at:
            return Phase.WAITING
        return Phase.OPEN if at < self.due_at else Phase.OVERDUE

    def permits(self, at: datetime) -> bool:
        """Whether ``at`` is neither too early nor too late. Raises NaiveTimestamp."""
        return self.phase(at) is Phase.OPEN


@dataclass(frozen=True, slots=True)
class StatutoryClock:
    """A rule of time: from which event it counts, in what unit, and on what authority.

    ``due`` and ``not_before`` count ``unit``; ``source`` is the section of law, or for an internal
    clock the practice it follows. Raises InvalidDeadline where the counts are out of order.
    """

    slug: str
    starts_with: str
    basis: Basis
    source: str
    unit: Unit
    due: int
    not_before: int = 0
    milestones: tuple[Milestone, ...] = ()

    def __post_init__(self) -> None:
        counts = [self.not_before, *(milestone.count for milestone in self.milestones), self.due]
        if self.due < 1 or self.not_before < 0 or counts != sorted(counts):
            raise InvalidDeadline(f"The counts of the clock {self.slug!r} are not in order.")

    def run(self, started_at: datetime, zone: tzinfo) -> Deadline:
        """Start the clock at ``started_at``, on the calendar of ``zone``. Raises NaiveTimestamp."""
        return Deadline(
            clock=self.slug,
            started_at=require_aware(started_at).astimezone(UTC),
            opens_at=self._opening(started_at, zone, self.not_before),
            opens_on=self._day(started_at, zone, self.not_before),
            due_at=self._expiry(started_at, zone),
            due_on=self._day(started_at, zone, self.due),
            milestones=tuple(
                (milestone.name, self._opening(started_at, zone, milestone.count))
                for milestone in self.milestones
            ),
        )

    def _opening(self, started_at: datetime, zone: tzinfo, count: int) -> datetime:
        """The first moment at which ``count`` units are reached."""
        if self.unit is Unit.HOURS or count == 0:
            return started_at.astimezone(UTC) + timedelta(hours=count)
        return start_of_day(self._day(started_at, zone, count), zone)

    def _expiry(self, started_at: datetime, zone: tzinfo) -> datetime:
        if self.unit is Unit.HOURS:
            return started_at.astimezone(UTC) + timedelta(hours=self.due)
        return end_of_day(self._day(started_at, zone, self.due), zone)

    def _day(self, started_at: datetime, zone: tzinfo, count: int) -> date:
        start = local_day(started_at, zone)
        match self.unit:
            case Unit.HOURS:
                return local_day(started_at + timedelta(hours=count), zone)
            case Unit.US_BUSINESS_DAYS:
                return add_business_days(start, count)
            case Unit.CALENDAR_DAYS:
                return start + timedelta(days=count)
            case Unit.CALENDAR_MONTHS:
                return add_months(start, count)
            case _:
                assert_never(self.unit)
