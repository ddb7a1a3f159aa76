"""Split sheets: every change is a new version, and a sale keeps the one it was made under."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import Unprocessable
from app.core.unit_of_work import UnitOfWork
from app.identity.models import Person
from app.market.models import Split, SplitShare
from licensing.splits import Share, SplitSheet


class UnknownParty(Unprocessable):
    """A party of a split sheet has no account here; ``party_ids`` names them."""

    slug = "unknown-party"
    title = "A party of the split has no account here"


async def add_split(uow: UnitOfWork, *, listing_id: str, shares: Sequence[Share]) -> Split:
    """The next version of a listing's split sheet; the caller has checked who asks.

    Raises:
        InvalidSplitSheet: shares that do not add up to 10,000, repeat or leave their range.
        UnknownParty: a party has no account.
    """
    latest = await current_split(uow.session, listing_id)
    sheet = SplitSheet(1 if latest is None else latest.version + 1, tuple(shares))
    await _require_people(uow.session, sheet)
    split = Split(
        listing_id=listing_id,
        version=sheet.version,
        created_by=uow.actor.person_id,
        created_at=uow.now,
        shares=[
            SplitShare(
                position=position,
                party_id=share.party_id,
                role=share.role,
                basis_points=share.basis_points,
            )
            for position, share in enumerate(sheet.shares)
        ],
    )
    uow.session.add(split)
    await uow.session.flush()
    uow.record("split-sheet.set", listing_id, version=sheet.version)
    return split


async def current_split(session: AsyncSession, listing_id: str) -> Split | None:
    """The newest version of a listing's split sheet."""
    query = (
        sa.select(Split)
        .where(Split.listing_id == listing_id)
        .order_by(Split.version.desc())
        .limit(1)
    )
    found: Split | None = await session.scalar(query)
    return found


async def split_of(session: AsyncSession, listing_id: str, version: int) -> SplitSheet:
    """One version as the value that sales are divided by."""
    return sheet_of(await session.get_one(Split, (listing_id, version)))


def sheet_of(split: Split) -> SplitSheet:
    """A stored version as a value."""
    return SplitSheet(
        split.version,
        tuple(Share(share.party_id, share.role, share.basis_points) for share in split.shares),
    )


async def _require_people(session: AsyncSession, sheet: SplitSheet) -> None:
    wanted = set(sheet.weights)
    query = sa.select(Person.id).where(Person.id.in_(wanted), Person.closed_at.is_(None))
    unknown = wanted - set(await session.scalars(query))
    if unknown:
        raise UnknownParty(
            "Each party signs up first; give the person ids (usr_…).", party_ids=sorted(unknown)
        )
