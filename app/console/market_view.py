"""A track's place on the market as its creator sees it: listing, licences, shares, obstacles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from app.catalog.models import Track
from app.console.formats import LOCALE
from app.core.unit_of_work import UnitOfWork
from app.identity.models import Person
from app.market.errors import NotPublishable, Obstacle
from app.market.models import Listing
from app.market.publish_gate import require_publishable
from app.market.splits import current_split
from licensing.lifecycles.listing import ListingState
from licensing.money import Money
from licensing.templates import template_of

_TONES: Final = {
    ListingState.DRAFT: "plain",
    ListingState.PUBLISHED: "good",
    ListingState.PAUSED: "warn",
    ListingState.SUSPENDED: "bad",
    ListingState.SOLD_EXCLUSIVE: "info",
    ListingState.WITHDRAWN: "plain",
    ListingState.REMOVED: "bad",
}


@dataclass(frozen=True, slots=True)
class ShareRow:
    """Who gets how much of the earnings."""

    name: str
    role: str
    basis_points: int


@dataclass(frozen=True, slots=True)
class OnTheMarket:
    """The listing of a track; ``obstacles`` says what keeps a draft from being published."""

    listing: Listing
    tone: str
    licences: list[tuple[str, str]]
    shares: list[ShareRow]
    obstacles: tuple[Obstacle, ...]


async def on_the_market(uow: UnitOfWork, track: Track) -> OnTheMarket | None:
    """The newest listing of the track, or None before there is one."""
    listing = await uow.session.scalar(
        sa.select(Listing).where(Listing.track_id == track.id).order_by(Listing.id.desc()).limit(1)
    )
    if listing is None:
        return None
    licences = [
        (template_of(offer.template).title, Money(offer.price_minor, offer.currency).format(LOCALE))
        for offer in listing.offers
        if offer.withdrawn_at is None
    ]
    return OnTheMarket(
        listing=listing,
        tone=_TONES[listing.state],
        licences=licences,
        shares=await _shares(uow, listing),
        obstacles=await _obstacles(uow, listing, track),
    )


async def _shares(uow: UnitOfWork, listing: Listing) -> list[ShareRow]:
    split = await current_split(uow.session, listing.id)
    if split is None:
        return []
    wanted = [share.party_id for share in split.shares]
    people = await uow.session.scalars(sa.select(Person).where(Person.id.in_(wanted)))
    names = {person.id: person.display_name for person in people}
    return [
        ShareRow(names[share.party_id], share.role.value, share.basis_points)
        for share in split.shares
    ]


async def _obstacles(uow: UnitOfWork, listing: Listing, track: Track) -> tuple[Obstacle, ...]:
    if listing.state is not ListingState.DRAFT:
        return ()
    try:
        await require_publishable(uow, listing, track)
    except NotPublishable as refusal:
        return refusal.obstacles
    return ()
