"""Which tracks were made from which: no cycles, since a parent is there before its child.

Whether a seller may make something from another seller's track is a question of licences, which
the market answers; here it is only written down.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.errors import ParentNotAvailable
from app.catalog.lifecycle import TrackState
from app.catalog.models import Lineage, Relation, Track
from app.core.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Derivation:
    """A track made from another. ``generations`` lie between it and the one asked about."""

    child: Track
    parent: Track
    relation: Relation
    generations: int


async def derive(uow: UnitOfWork, track: Track, parent_id: str, relation: Relation) -> None:
    """Write down that a new track is made from another: one's own, or one that was accepted.

    Raises:
        ParentNotAvailable
    """
    parent = await uow.session.get(Track, parent_id)
    own = parent is not None and parent.owner_id == track.owner_id
    if parent is None or not (own or parent.state is TrackState.COUNTERSIGNED):
        raise ParentNotAvailable(f"{parent_id} is neither a track of yours nor one accepted here.")
    uow.session.add(Lineage(child_track_id=track.id, parent_track_id=parent.id, relation=relation))
    await uow.session.flush()


async def parents_of(session: AsyncSession, track_id: str) -> list[Lineage]:
    """The tracks from which this one was derived."""
    query = sa.select(Lineage).where(Lineage.child_track_id == track_id)
    return list(await session.scalars(query.order_by(Lineage.parent_track_id)))


async def ancestry_of(session: AsyncSession, track_id: str) -> list[Derivation]:
    """Every step from the track back to its origins, the nearest first."""
    return await _walk(session, track_id, Lineage.child_track_id, Lineage.parent_track_id)


async def descendants_of(session: AsyncSession, track_id: str) -> list[Derivation]:
    """Every track that was made from this one, directly or not, the nearest first."""
    return await _walk(session, track_id, Lineage.parent_track_id, Lineage.child_track_id)


async def _walk(
    session: AsyncSession,
    track_id: str,
    here: sa.orm.InstrumentedAttribute[str],
    there: sa.orm.InstrumentedAttribute[str],
) -> list[Derivation]:
    reached = (
        sa.select(Lineage.child_track_id, Lineage.parent_track_id, sa.literal(1).label("steps"))
        .where(here == track_id)
        .cte("reached", recursive=True)
    )
    reached = reached.union(
        sa.select(Lineage.child_track_id, Lineage.parent_track_id, reached.c.steps + 1).join(
            reached, here == reached.c[there.key]
        )
    )
    child, parent = sa.orm.aliased(Track), sa.orm.aliased(Track)
    query = (
        sa.select(child, parent, Lineage.relation, sa.func.min(reached.c.steps))
        .join(child, child.id == reached.c.child_track_id)
        .join(parent, parent.id == reached.c.parent_track_id)
        .join(
            Lineage,
            sa.and_(Lineage.child_track_id == child.id, Lineage.parent_track_id == parent.id),
        )
        .group_by(child.id, parent.id, Lineage.relation)
        .order_by(sa.func.min(reached.c.steps), child.id)
    )
    rows = await session.execute(query)
    return [Derivation(*row) for row in rows.unique()]
