"""Use cases of a growing corpus: what was accepted is compared with what is new, in the background.

A sweep notices that the reference corpus has another digest and writes down which references are
new. A durable job searches the catalogue for them, a batch at a time, and sends the tracks that it
finds to be screened again. What that finds waits for a person: nothing on the market is taken down
by a machine. The rows are the progress; a job that was killed goes on from them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.models import Asset
from app.core.actor import Role
from app.core.errors import NotFound
from app.core.jobs import Job
from app.core.unit_of_work import UnitOfWork
from app.screening import service
from app.screening.lifecycle import EntryState, GrowthState
from app.screening.models import CatalogueEntry, CorpusGrowth, KnownReference

SEARCH: Final = Job("screening.search-growth", heavy=True)

BATCH: Final = 20
"""References searched for in one step: seconds of work, which is what a crash may cost."""

STALLED_AFTER: Final = timedelta(minutes=10)
"""Without progress for so long, a search is begun again from where it stopped."""

_ROWS_AT_ONCE: Final = 500  # values in one INSERT; both engines take more


async def is_known(session: AsyncSession, corpus_digest: str) -> bool:
    """Whether this state of the corpus was noticed before."""
    query = sa.select(CorpusGrowth.id).where(CorpusGrowth.corpus_digest == corpus_digest)
    return await session.scalar(query) is not None


async def notice(
    uow: UnitOfWork, *, corpus_digest: str, references: Collection[str]
) -> CorpusGrowth | None:
    """Write down what is new in the corpus, and have it searched for. None if that was done.

    Before anything was accepted there is nothing to search: what is there is only written down.
    """
    if await is_known(uow.session, corpus_digest):
        return None
    known = set(await uow.session.scalars(sa.select(KnownReference.reference)))
    new = sorted(set(references) - known)
    nothing_accepted = not await _anything_accepted(uow.session)
    idle = nothing_accepted or not new
    growth = CorpusGrowth(
        id=uow.new_id("grw"),
        corpus_digest=corpus_digest,
        state=GrowthState.FINISHED if idle else GrowthState.RUNNING,
        total=len(new),
        searched=len(new) if idle else 0,
        tracks=0,
        attempt=1,
        noticed_at=uow.now,
        moved_at=uow.now,
        finished_at=uow.now if idle else None,
    )
    uow.session.add(growth)
    await uow.session.flush()
    await _write_down(uow, growth, new, searched=idle)
    uow.record("corpus.grew", growth.id, references=len(new), corpus_digest=corpus_digest)
    if not idle:
        await _enqueue(uow, growth)
    return growth


async def resume_stalled(uow: UnitOfWork) -> int:
    """Go on with what made no progress: its process was lost, or a corpus could not be read."""
    query = (
        sa.select(CorpusGrowth)
        .where(
            CorpusGrowth.state == GrowthState.RUNNING,
            CorpusGrowth.moved_at <= uow.now - STALLED_AFTER,
        )
        .with_for_update(skip_locked=True)
    )
    stalled = list(await uow.session.scalars(query))
    for growth in stalled:
        growth.attempt += 1
        growth.moved_at = uow.now
        uow.record("corpus.growth-resumed", growth.id, attempt=growth.attempt)
        await _enqueue(uow, growth)
    return len(stalled)


async def next_batch(session: AsyncSession, growth_id: str) -> list[str]:
    """References of the growth that are still to be searched for, a batch of them."""
    query = (
        sa.select(KnownReference.reference)
        .where(KnownReference.growth_id == growth_id, KnownReference.searched_at.is_(None))
        .order_by(KnownReference.reference)
        .limit(BATCH)
    )
    return list(await session.scalars(query))


async def record_batch(
    uow: UnitOfWork, *, growth_id: str, references: Iterable[str], asset_ids: Collection[str]
) -> CorpusGrowth:
    """A batch was searched for: screen again the tracks that it found. Once per reference.

    Raises:
        NotFound
    """
    growth = await _locked(uow, growth_id)
    done = await uow.session.execute(
        sa.update(KnownReference)
        .where(
            KnownReference.reference.in_(sorted(references)), KnownReference.searched_at.is_(None)
        )
        .values(searched_at=uow.now)
        .returning(KnownReference.reference)
    )
    count = len(done.all())
    if count == 0:
        return growth
    growth.searched += count
    growth.moved_at = uow.now
    for track_id in await _tracks_of(uow.session, asset_ids):
        growth.tracks += await service.screen_again(uow, track_id=track_id)
    uow.record("corpus.growth-searched", growth.id, references=count, tracks=growth.tracks)
    if growth.searched >= growth.total:
        growth.state, growth.finished_at = GrowthState.FINISHED, uow.now
    return growth


async def was_missed(session: AsyncSession, track_id: str) -> bool:
    """Whether new references were searched for while the track could not be found by them."""
    entry = await session.get_one(CatalogueEntry, track_id)
    query = sa.select(CorpusGrowth.id).where(
        CorpusGrowth.total > 0,
        sa.or_(CorpusGrowth.finished_at.is_(None), CorpusGrowth.finished_at >= entry.out_since),
    )
    return await session.scalar(query.limit(1)) is not None


async def report(
    uow: UnitOfWork, *, after: str | None = None, limit: int = 50
) -> Sequence[CorpusGrowth]:
    """How far the searches for what grew have come, the newest first.

    Raises:
        Forbidden: the actor runs nothing here.
    """
    uow.actor.require(Role.OPERATOR, Role.AUDITOR, Role.REVIEWER)
    query = sa.select(CorpusGrowth)
    if after is not None:
        query = query.where(CorpusGrowth.id < after)
    return list(await uow.session.scalars(query.order_by(CorpusGrowth.id.desc()).limit(limit)))


async def _enqueue(uow: UnitOfWork, growth: CorpusGrowth) -> None:
    await uow.enqueue(SEARCH, f"{growth.id}:{growth.attempt}", growth.id, str(growth.attempt))


async def _write_down(
    uow: UnitOfWork, growth: CorpusGrowth, references: Sequence[str], *, searched: bool
) -> None:
    searched_at = uow.now if searched else None
    for start in range(0, len(references), _ROWS_AT_ONCE):
        rows = [
            {"reference": reference, "growth_id": growth.id, "searched_at": searched_at}
            for reference in references[start : start + _ROWS_AT_ONCE]
        ]
        await uow.session.execute(sa.insert(KnownReference), rows)


async def _anything_accepted(session: AsyncSession) -> bool:
    return await session.scalar(sa.select(CatalogueEntry.track_id).limit(1)) is not None


async def _tracks_of(session: AsyncSession, asset_ids: Collection[str]) -> Sequence[str]:
    query = (
        sa.select(Asset.track_id)
        .join(CatalogueEntry, CatalogueEntry.track_id == Asset.track_id)
        .where(
            Asset.id.in_(sorted(asset_ids)),
            CatalogueEntry.state.in_((EntryState.ADDING, EntryState.PRESENT)),
        )
        .distinct()
        .order_by(Asset.track_id)
    )
    return list(await session.scalars(query))


async def _locked(uow: UnitOfWork, growth_id: str) -> CorpusGrowth:
    growth = await uow.session.get(CorpusGrowth, growth_id, with_for_update=True)
    if growth is None:
        raise NotFound("There is no growth with this id.")
    return growth
