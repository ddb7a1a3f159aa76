"""Use cases of the catalogue corpus: which tracks other sellers' uploads are compared with.

A track belongs in it from the moment the house signs for it, and for as long as it is neither
withdrawn nor taken down. The rows say where each track should be; a durable job makes the index
follow, and a sweep notices what lower floors wrote down (a takedown, a withdrawal) and whatever a
crash left undone. Everything is repeatable: the index is brought to a state, not moved by a step.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.lifecycle import TrackState
from app.catalog.models import Restriction, RestrictionKind, Track
from app.core.jobs import Job
from app.core.unit_of_work import UnitOfWork
from app.screening.lifecycle import ENTRY, EntryCommand, EntryState
from app.screening.models import CatalogueEntry

FOLLOW: Final = Job("screening.follow-catalogue", heavy=True)

BATCH: Final = 50
"""Entries that one sweep sets in motion: a few minutes' work for a screening process."""

STUCK_AFTER: Final = timedelta(minutes=10)
"""Work not done by then was lost with its process or could not be done; it is begun again."""

_MEANT_TO_BE_IN: Final = (EntryState.ADDING, EntryState.PRESENT)
_UNDER_WAY: Final = (EntryState.ADDING, EntryState.REMOVING)


@dataclass(frozen=True, slots=True)
class Task:
    """What the index has to do about one track: hold its files, or not."""

    wanted: bool
    track: Track


async def admit(uow: UnitOfWork, *, track_id: str, screened_at: datetime) -> None:
    """The track belongs in the corpus from now on. Admitting it again changes nothing.

    ``screened_at``: references that came later than that have not been compared with it.
    """
    entry = await uow.session.get(CatalogueEntry, track_id, with_for_update=True)
    if entry is not None and entry.state in _MEANT_TO_BE_IN:
        return
    if entry is None:
        entry = CatalogueEntry(
            track_id=track_id,
            state=ENTRY.initial,
            turn=1,
            admitted_at=uow.now,
            out_since=screened_at,
            changed_at=uow.now,
        )
        uow.session.add(entry)
        await uow.session.flush()
        await _enqueue(uow, entry)
    else:
        await _turn(uow, entry, EntryCommand.ADMIT)
    uow.record("catalogue.admitted", track_id, turn=entry.turn)


async def follow(uow: UnitOfWork) -> int:
    """Set right what is not where it should be, a batch at a time; the number of tracks."""
    for track in list(await uow.session.scalars(_to_admit(uow.now))):
        await admit(uow, track_id=track.id, screened_at=track.created_at)
    expelled = list(await uow.session.scalars(_to_expel(uow.now)))
    for entry in expelled:
        await _turn(uow, entry, EntryCommand.EXPEL)
        uow.record("catalogue.expelled", entry.track_id, turn=entry.turn)
    stuck = list(await uow.session.scalars(_stuck(uow.now)))
    for entry in stuck:
        await _turn(uow, entry, None)
    return len(expelled) + len(stuck)


async def rebuild(uow: UnitOfWork) -> int:
    """The index was lost: everything that was in it is added again. How many tracks that is."""
    query = sa.select(CatalogueEntry).where(CatalogueEntry.state == EntryState.PRESENT)
    lost = list(await uow.session.scalars(query.with_for_update(skip_locked=True)))
    for entry in lost:
        await _turn(uow, entry, EntryCommand.REBUILD)
    if lost:
        uow.record("catalogue.rebuilt", "catalogue", tracks=len(lost))
    return len(lost)


async def task_of(session: AsyncSession, *, track_id: str, turn: int) -> Task | None:
    """What this turn asks of the index; None where a later turn has taken over, or it is done."""
    entry = await session.get(CatalogueEntry, track_id)
    if entry is None or entry.turn != turn or entry.state not in _UNDER_WAY:
        return None
    track = await session.get_one(Track, track_id)
    return Task(entry.state is EntryState.ADDING, track)


async def confirm(uow: UnitOfWork, *, track_id: str, turn: int) -> bool:
    """The index has done what this turn asked; whether that made the track present.

    Where a later turn has come meanwhile, its work may have been undone by ours: it is done again.
    """
    entry = await uow.session.get_one(CatalogueEntry, track_id, with_for_update=True)
    if entry.turn != turn:
        undone = {
            EntryState.PRESENT: EntryCommand.REBUILD,
            EntryState.ABSENT: EntryCommand.EXPEL,
        }
        await _turn(uow, entry, undone.get(entry.state))
        return False
    if entry.state not in _UNDER_WAY:
        return False
    entry.state = ENTRY.advance(entry.state, EntryCommand.CONFIRM)
    entry.changed_at = uow.now
    uow.record("catalogue.followed", track_id, state=entry.state.value, turn=turn)
    return entry.state is EntryState.PRESENT


async def anything_present(session: AsyncSession) -> bool:
    """Whether there is anything that an upload could be compared with."""
    query = sa.select(CatalogueEntry.track_id).where(CatalogueEntry.state == EntryState.PRESENT)
    return await session.scalar(query.limit(1)) is not None


async def _turn(uow: UnitOfWork, entry: CatalogueEntry, command: EntryCommand | None) -> None:
    if entry.state is EntryState.PRESENT:
        entry.out_since = uow.now
    if command is not None:
        entry.state = ENTRY.advance(entry.state, command)
    entry.turn += 1
    entry.changed_at = uow.now
    await _enqueue(uow, entry)


async def _enqueue(uow: UnitOfWork, entry: CatalogueEntry) -> None:
    key = f"{entry.track_id}:{entry.turn}"
    await uow.enqueue(FOLLOW, key, entry.track_id, str(entry.turn))


def _belongs(at: datetime) -> sa.ColumnElement[bool]:
    taken_down = sa.exists().where(
        Restriction.track_id == Track.id,
        Restriction.kind == RestrictionKind.UNLISTED,
        Restriction.since <= at,
        sa.or_(Restriction.until.is_(None), Restriction.until > at),
    )
    return sa.and_(
        Track.state == TrackState.COUNTERSIGNED, Track.withdrawn_at.is_(None), ~taken_down
    )


def _to_admit(at: datetime) -> sa.Select[Track]:
    return (
        sa.select(Track)
        .outerjoin(CatalogueEntry, CatalogueEntry.track_id == Track.id)
        .where(
            _belongs(at),
            sa.or_(CatalogueEntry.track_id.is_(None), CatalogueEntry.state.not_in(_MEANT_TO_BE_IN)),
        )
        .order_by(Track.id)
        .limit(BATCH)
    )


def _to_expel(at: datetime) -> sa.Select[CatalogueEntry]:
    return (
        sa.select(CatalogueEntry)
        .join(Track, Track.id == CatalogueEntry.track_id)
        .where(CatalogueEntry.state.in_(_MEANT_TO_BE_IN), ~_belongs(at))
        .order_by(CatalogueEntry.track_id)
        .limit(BATCH)
        .with_for_update(of=CatalogueEntry, skip_locked=True)
    )


def _stuck(at: datetime) -> sa.Select[CatalogueEntry]:
    return (
        sa.select(CatalogueEntry)
        .where(CatalogueEntry.state.in_(_UNDER_WAY), CatalogueEntry.changed_at <= at - STUCK_AFTER)
        .order_by(CatalogueEntry.changed_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
