"""The clocks of a case as rows: computed when they start, acted upon when they come due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.cases.models import CaseClock, Notice
from app.core.unit_of_work import UnitOfWork
from licensing.calendar import local_day
from licensing.clocks import (
    COUNTER_NOTICE_RESTORE,
    NOTICE_CURE,
    STRIKE_CONFIRMATION,
    STRIKE_EXPIRY,
)
from licensing.deadlines import Deadline, StatutoryClock

_ACTS_ON: Final[Mapping[str, str]] = {COUNTER_NOTICE_RESTORE.slug: "restore_automatically"}
"""Clocks at one of whose milestones we act ourselves, before they are due."""

_ACTS_WHEN_DUE: Final = frozenset(
    clock.slug for clock in (NOTICE_CURE, STRIKE_CONFIRMATION, STRIKE_EXPIRY)
)


async def start(
    uow: UnitOfWork, notice: Notice, clock: StatutoryClock, zone: ZoneInfo
) -> CaseClock:
    """Start the clock now."""
    deadline = clock.run(uow.now, zone)
    row = CaseClock(
        id=uow.new_id("clk"),
        notice_id=notice.id,
        name=clock.slug,
        basis=clock.basis.value,
        source=clock.source,
        started_at=deadline.started_at,
        opens_at=deadline.opens_at,
        acts_at=_acts_at(clock, deadline),
        due_at=deadline.due_at,
        stopped_at=None,
    )
    uow.session.add(row)
    await uow.session.flush()
    return row


async def stop(uow: UnitOfWork, notice: Notice, *clocks: StatutoryClock) -> None:
    """Stop those of the clocks that run in the case."""
    await uow.session.execute(
        sa.update(CaseClock)
        .where(CaseClock.notice_id == notice.id, CaseClock.stopped_at.is_(None))
        .where(CaseClock.name.in_([clock.slug for clock in clocks]))
        .values(stopped_at=uow.now)
    )


async def resume(uow: UnitOfWork, notice: Notice, clock: StatutoryClock) -> None:
    """Let a stopped clock run on, by the dates that it had: the law does not stretch them."""
    row = await find(uow.session, notice.id, clock)
    if row is not None:
        row.stopped_at = None


async def find(session: AsyncSession, notice_id: str, clock: StatutoryClock) -> CaseClock | None:
    """The latest clock of that kind in the case, running or not."""
    found: CaseClock | None = await session.scalar(
        sa.select(CaseClock)
        .where(CaseClock.notice_id == notice_id, CaseClock.name == clock.slug)
        .order_by(CaseClock.started_at.desc())
        .limit(1)
    )
    return found


async def of_case(session: AsyncSession, notice_id: str) -> list[CaseClock]:
    """All clocks of the case, in the order in which they started."""
    query = (
        sa.select(CaseClock)
        .where(CaseClock.notice_id == notice_id)
        .order_by(CaseClock.started_at, CaseClock.name)
    )
    return list(await session.scalars(query))


async def due(session: AsyncSession, now: datetime, limit: int) -> list[str]:
    """Identifiers of the clocks to act upon, the most overdue first."""
    query = (
        sa.select(CaseClock.id)
        .where(CaseClock.stopped_at.is_(None), CaseClock.acts_at <= now)
        .order_by(CaseClock.acts_at)
        .limit(limit)
    )
    return list(await session.scalars(query))


def first_day(clock: CaseClock, zone: ZoneInfo) -> date:
    """The first day, on the agent's calendar, on which the clock allows the act."""
    return local_day(clock.opens_at, zone)


def last_day(clock: CaseClock, zone: ZoneInfo) -> date:
    """The last day, on the agent's calendar, on which the act is in time."""
    return local_day(clock.due_at - timedelta(microseconds=1), zone)


def _acts_at(clock: StatutoryClock, deadline: Deadline) -> datetime | None:
    milestone = _ACTS_ON.get(clock.slug)
    if milestone is not None:
        return dict(deadline.milestones)[milestone]
    return deadline.due_at if clock.slug in _ACTS_WHEN_DUE else None
