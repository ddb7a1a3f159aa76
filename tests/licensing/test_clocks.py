"""Statutory and internal clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licensing import clocks
from licensing.calendar import is_business_day
from licensing.deadlines import Basis, Milestone, Phase, StatutoryClock, Unit
from licensing.errors import InvalidDeadline, NaiveTimestamp

NEW_YORK = ZoneInfo("America/New_York")
HONOLULU = ZoneInfo("Pacific/Honolulu")
EVERY_CLOCK = [value for value in vars(clocks).values() if isinstance(value, StatutoryClock)]

moments = st.integers(0, 10 * 365 * 24 * 60).map(
    lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
zones = st.sampled_from([UTC, NEW_YORK, HONOLULU, ZoneInfo("Europe/Berlin")])


@pytest.mark.parametrize(
    ("received", "first", "last"),
    [
        ("2026-11-20T15:00-05:00", "2026-12-07", "2026-12-11"),
        ("2026-12-18T15:00-05:00", "2027-01-05", "2027-01-11"),
        ("2026-11-21T03:59:59+00:00", "2026-12-07", "2026-12-11"),  # still Friday in New York
        ("2026-11-21T12:00-05:00", "2026-12-07", "2026-12-11"),  # a Saturday is day 0 too
    ],
)
def test_the_restore_window(received: str, first: str, last: str) -> None:
    window = clocks.COUNTER_NOTICE_RESTORE.run(datetime.fromisoformat(received), NEW_YORK)
    assert window.opens_on == date.fromisoformat(first)
    assert window.due_on == date.fromisoformat(last)


def test_restoring_is_allowed_on_business_days_10_to_14_and_at_no_other_time() -> None:
    received = datetime(2026, 11, 20, 15, 0, tzinfo=NEW_YORK)
    window = clocks.COUNTER_NOTICE_RESTORE.run(received, NEW_YORK)
    midnight = datetime(2026, 12, 7, tzinfo=NEW_YORK)
    after_the_last = datetime(2026, 12, 12, tzinfo=NEW_YORK)
    instant = timedelta(microseconds=1)
    assert window.phase(received) is Phase.WAITING
    assert not window.permits(midnight - instant)
    assert window.permits(midnight)
    assert window.permits(after_the_last - instant)
    assert window.phase(after_the_last) is Phase.OVERDUE
    assert [(name, at.astimezone(NEW_YORK).date().day) for name, at in window.milestones] == [
        ("restore_possible", 7),
        ("restore_automatically", 9),
        ("page_lead", 10),
    ]


@given(moments, zones)
def test_the_window_holds_five_business_days_whenever_it_starts(
    received: datetime, zone: ZoneInfo
) -> None:
    window = clocks.COUNTER_NOTICE_RESTORE.run(received, zone)
    span = range(window.opens_on.toordinal(), window.due_on.toordinal() + 1)
    assert sum(is_business_day(date.fromordinal(day)) for day in span) == 5
    assert 12 <= (window.opens_on - received.astimezone(zone).date()).days <= 18
    assert window.due_at - window.opens_at >= timedelta(days=5) - timedelta(hours=1)
    assert all(window.permits(at) for _, at in window.milestones)


@given(moments, zones, st.sampled_from(EVERY_CLOCK))
def test_every_clock_runs_forward(started: datetime, zone: ZoneInfo, clock: StatutoryClock) -> None:
    deadline = clock.run(started, zone)
    assert deadline.started_at == started
    assert started <= deadline.opens_at < deadline.due_at
    assert deadline.permits(deadline.opens_at)
    assert not deadline.permits(deadline.due_at)
    assert all(started < at <= deadline.due_at for _, at in deadline.milestones)
    assert deadline.due_at.tzinfo is UTC


def test_hours_are_hours_across_a_change_of_clocks() -> None:
    started = datetime(2026, 10, 31, 12, 0, tzinfo=NEW_YORK)
    deadline = clocks.TAKE_IT_DOWN.run(started, NEW_YORK)
    assert deadline.due_at - started.astimezone(UTC) == timedelta(hours=48)
    assert deadline.opens_on == date(2026, 10, 31)
    assert deadline.due_on == date(2026, 11, 2)


def test_a_complaint_may_be_lodged_through_the_last_day_of_six_months() -> None:
    informed = datetime(2026, 8, 31, 10, 0, tzinfo=UTC)
    deadline = clocks.DSA_COMPLAINT.run(informed, UTC)
    assert deadline.due_on == date(2027, 2, 28)
    assert deadline.permits(datetime(2027, 2, 28, 23, 59, tzinfo=UTC))
    assert not deadline.permits(datetime(2027, 3, 1, tzinfo=UTC))


def test_what_the_law_sets_and_what_we_promise_are_told_apart() -> None:
    statutory = {clock.slug for clock in EVERY_CLOCK if clock.basis is Basis.STATUTE}
    assert statutory == {"counter-notice-restore", "dsa-complaint", "take-it-down"}
    assert len({clock.slug for clock in EVERY_CLOCK}) == len(EVERY_CLOCK)
    assert all(clock.source for clock in EVERY_CLOCK)


@pytest.mark.parametrize(
    ("not_before", "due", "milestones"),
    [
        (0, 0, ()),
        (-1, 2, ()),
        (5, 2, ()),
        (1, 5, (Milestone("late", 6),)),
        (3, 5, (Milestone("early", 2),)),
    ],
)
def test_counts_out_of_order_are_refused(
    not_before: int, due: int, milestones: tuple[Milestone, ...]
) -> None:
    with pytest.raises(InvalidDeadline):
        StatutoryClock(
            "odd", "never", Basis.INTERNAL, "nowhere", Unit.HOURS, due, not_before, milestones
        )


def test_a_time_without_a_zone_is_refused() -> None:
    naive = datetime(2026, 11, 20)  # noqa: DTZ001  the naive time is the point
    with pytest.raises(NaiveTimestamp):
        clocks.TAKE_IT_DOWN.run(naive, UTC)
    running = clocks.TAKE_IT_DOWN.run(naive.replace(tzinfo=UTC), UTC)
    with pytest.raises(NaiveTimestamp):
        running.permits(naive)
