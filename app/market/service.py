"""Use cases of sellers: listings, their offers and splits, and putting them on the market."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import service as catalog
from app.catalog.models import Restriction, RestrictionKind, Track
from app.core.actor import Role
from app.core.errors import Forbidden, NotFound
from app.core.unit_of_work import UnitOfWork
from app.market.errors import ListingWithheld, NotForSale, NotPublishable, TrackListedAlready
from app.market.models import ExclusiveReservation, Listing, Offer, Split
from app.market.publish_gate import offer_obstacles, require_publishable
from app.market.splits import add_split, current_split
from licensing.lifecycles.listing import LISTING, ListingCommand, ListingState
from licensing.money import Money
from licensing.offers import LicenceOffer
from licensing.rights_gate import GenerationBasis
from licensing.splits import Share
from licensing.templates import template_of
from licensing.terms import LicenceTerms

_STAFF: Final = (Role.OPERATOR, Role.REVIEWER, Role.LEGAL, Role.FINANCE, Role.AUDITOR)
_GONE: Final = (ListingState.WITHDRAWN, ListingState.REMOVED)
_SHOWN: Final = (ListingState.PUBLISHED, ListingState.SOLD_EXCLUSIVE)


async def open_listing(
    uow: UnitOfWork,
    *,
    track_id: str,
    description: str,
    generation_plan: str,
    generation_terms_sha256: str,
) -> Listing:
    """A draft listing of one's own track. The plan and terms are those of the day of generation.

    Raises:
        NotFound, Forbidden: not a track of the actor.
        TrackListedAlready: it has a listing, or was sold exclusively.
        InvalidTerms: the plan is blank, or the digest of its terms is none.
    """
    track = await catalog.own_track(uow, track_id)
    query = sa.select(Listing.id).where(Listing.track_id == track.id, Listing.state.not_in(_GONE))
    listed = await uow.session.scalar(query)
    if listed is not None:
        raise TrackListedAlready(f"Change its listing {listed} instead.", listing_id=listed)
    # The names of generator and model come from the provenance statement once it is verified.
    GenerationBasis("unknown", "unknown", generation_plan, generation_terms_sha256)
    listing = Listing(
        id=uow.new_id("lst"),
        track_id=track.id,
        owner_id=track.owner_id,
        description=description,
        state=LISTING.initial,
        generation_plan=generation_plan,
        generation_terms_sha256=generation_terms_sha256,
        ownership_evidence=None,
        created_at=uow.now,
        published_at=None,
        ended_at=None,
        offers=[],
    )
    uow.session.add(listing)
    await uow.session.flush()
    uow.record("listing.opened", listing.id, track=track.id)
    return listing


async def add_offer(
    uow: UnitOfWork,
    *,
    listing_id: str,
    template: str,
    price: Money,
    terms: LicenceTerms | None = None,
) -> Offer:
    """Offer a licence; the template's own terms unless others are given.

    On a published listing it is for sale at once, and must pass the gate's rule for it.

    Raises:
        UnknownTemplate, InvalidTerms: not a licence that we keep, or terms that leave its text.
        NotPublishable: the generator's terms do not allow this kind of licence.
    """
    listing = await _own_listing(uow, listing_id)
    value = LicenceOffer(template, terms or template_of(template).standard_terms, price)
    offer = Offer(
        id=uow.new_id("off"),
        listing_id=listing.id,
        template=template,
        terms=value.terms.document(),
        terms_hash=value.terms_hash,
        price_minor=price.minor,
        currency=price.currency,
        created_at=uow.now,
        withdrawn_at=None,
    )
    if listing.state is not ListingState.DRAFT:
        await _require_sellable(uow, listing, offer)
    uow.session.add(offer)
    await uow.session.flush()
    await uow.session.refresh(listing, ["offers"])
    uow.record("offer.added", offer.id, listing=listing.id, terms=offer.terms_hash)
    return offer


async def withdraw_offer(uow: UnitOfWork, *, listing_id: str, offer_id: str) -> Offer:
    """Stop offering a licence; licences already bought keep their terms. Again changes nothing.

    Raises:
        NotFound: no such offer in a listing of the actor.
    """
    listing = await _own_listing(uow, listing_id)
    offer = next((offer for offer in listing.offers if offer.id == offer_id), None)
    if offer is None:
        raise NotFound("The listing has no such offer.")
    if offer.withdrawn_at is None:
        offer.withdrawn_at = uow.now
        uow.record("offer.withdrawn", offer.id, listing=listing.id)
    return offer


async def set_split_sheet(uow: UnitOfWork, *, listing_id: str, shares: Sequence[Share]) -> Split:
    """Say who shares the earnings of coming sales, in basis points that add up to 10,000.

    Raises:
        InvalidSplitSheet, UnknownParty: see ``splits.add_split``.
    """
    listing = await _own_listing(uow, listing_id)
    return await add_split(uow, listing_id=listing.id, shares=shares)


async def split_for(uow: UnitOfWork, *, listing_id: str) -> Split:
    """The current split sheet, for the listing's owner, the parties in it, and staff.

    Raises:
        NotFound: there is none that the actor may see.
    """
    listing = await uow.session.get(Listing, listing_id)
    split = await current_split(uow.session, listing_id)
    if listing is None or split is None:
        raise NotFound("There is no split sheet that you may see.")
    concerned = {listing.owner_id, *(share.party_id for share in split.shares)}
    if uow.actor.user_id not in concerned and not uow.actor.has(*_STAFF):
        raise NotFound("There is no split sheet that you may see.")
    return split


async def accept_ownership_evidence(
    uow: UnitOfWork, *, listing_id: str, document_sha256: str
) -> Listing:
    """A reviewer has seen a document that shows the creator's ownership of the track.

    Raises:
        Forbidden: the actor is no reviewer, or reviews their own listing.
        InvalidTerms: not a SHA-256.
    """
    uow.actor.require(Role.REVIEWER, Role.LEGAL)
    listing = await _locked(uow.session, listing_id)
    if listing.owner_id == uow.actor.user_id:
        raise Forbidden("Somebody else must look at the evidence for your own listing.")
    GenerationBasis(
        "unknown",
        "unknown",
        listing.generation_plan,
        listing.generation_terms_sha256,
        ownership_evidence=document_sha256,
    )
    listing.ownership_evidence = document_sha256
    uow.record("ownership-evidence.accepted", listing.id, sha256=document_sha256)
    return listing


async def publish(uow: UnitOfWork, *, listing_id: str) -> Listing:
    """Put a listing on the market.

    Raises:
        NotPublishable: names everything that is in the way.
        IllegalTransition: it is not a draft.
    """
    listing = await _own_listing(uow, listing_id)
    state = LISTING.advance(listing.state, ListingCommand.PUBLISH)
    # The lock keeps a case from opening between this look and our commit.
    track = await catalog.own_track(uow, listing.track_id)
    await require_publishable(uow, listing, track)
    listing.state, listing.published_at = state, uow.now
    await catalog.mark_offered(uow, track_id=track.id)
    uow.record("listing.published", listing.id, track=track.id)
    return listing


async def withdraw(uow: UnitOfWork, *, listing_id: str) -> Listing:
    """Take a listing off the market for good; licences already bought stay.

    Raises:
        NotForSale: somebody is paying for an exclusive licence of it.
        IllegalTransition: it has ended already.
    """
    listing = await _own_listing(uow, listing_id)
    if await uow.session.get(ExclusiveReservation, listing.track_id) is not None:
        raise NotForSale("Somebody is paying for an exclusive licence; wait until that has ended.")
    listing.state = LISTING.advance(listing.state, ListingCommand.WITHDRAW)
    listing.ended_at = uow.now
    await catalog.mark_withdrawn(uow, track_id=listing.track_id)
    uow.record("listing.withdrawn", listing.id)
    return listing


async def listing_for(uow: UnitOfWork, listing_id: str) -> tuple[Listing, Track]:
    """A listing as the actor may see it: published ones are for all, the rest for owner and staff.

    Raises:
        NotFound: no such listing, or not yet published.
        ListingWithheld: it was taken off the market, or a case withholds it.
    """
    listing = await uow.session.get(Listing, listing_id)
    if listing is None:
        raise NotFound("There is no listing with this id.")
    track = await uow.session.get_one(Track, listing.track_id)
    if uow.actor.user_id == listing.owner_id or uow.actor.has(*_STAFF):
        return listing, track
    if listing.state is ListingState.DRAFT:
        raise NotFound("There is no listing with this id.")
    if listing.state not in _SHOWN or await is_unlisted(uow.session, track.id, uow.now):
        raise ListingWithheld("It may come back; licences already bought keep their certificate.")
    return listing, track


async def newest_listing(session: AsyncSession, track_id: str) -> Listing:
    """The listing under which a track is or was last offered.

    Raises:
        NotFound: it was never offered.
    """
    query = (
        sa.select(Listing)
        .where(Listing.track_id == track_id, Listing.published_at.is_not(None))
        .order_by(Listing.published_at.desc())
        .limit(1)
    )
    listing: Listing | None = await session.scalar(query)
    if listing is None:
        raise NotFound("This track was never offered here.")
    return listing


async def published(
    session: AsyncSession, *, at: datetime, before: str | None, limit: int
) -> list[tuple[Listing, Track]]:
    """Listings for sale, newest first, without those that a case withholds."""
    query = (
        sa.select(Listing, Track)
        .join(Track, Track.id == Listing.track_id)
        .where(
            Listing.state == ListingState.PUBLISHED,
            ~_unlisted(at),
        )
        .order_by(Listing.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(Listing.id < before)
    return [(listing, track) for listing, track in await session.execute(query)]


async def listings_of(session: AsyncSession, owner_id: str) -> list[tuple[Listing, Track]]:
    """All listings of a creator, newest first."""
    query = (
        sa.select(Listing, Track)
        .join(Track, Track.id == Listing.track_id)
        .where(Listing.owner_id == owner_id)
        .order_by(Listing.id.desc())
    )
    return [(listing, track) for listing, track in await session.execute(query)]


async def is_unlisted(session: AsyncSession, track_id: str, at: datetime) -> bool:
    """Whether a case withholds the track from the market."""
    in_force = await catalog.restrictions_in_force(session, track_id, at)
    return any(restriction.kind is RestrictionKind.UNLISTED for restriction in in_force)


def _unlisted(at: datetime) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        Restriction.track_id == Listing.track_id,
        Restriction.kind == RestrictionKind.UNLISTED,
        Restriction.since <= at,
        sa.or_(Restriction.until.is_(None), Restriction.until > at),
    )


async def _own_listing(uow: UnitOfWork, listing_id: str) -> Listing:
    listing = await _locked(uow.session, listing_id)
    if listing.owner_id != uow.actor.user_id:
        if listing.state is ListingState.DRAFT and not uow.actor.has(*_STAFF):
            raise NotFound("There is no listing with this id.")
        raise Forbidden("Only the listing's owner may do this.")
    return listing


async def _locked(session: AsyncSession, listing_id: str) -> Listing:
    listing = await session.get(Listing, listing_id, with_for_update=True)
    if listing is None:
        raise NotFound("There is no listing with this id.")
    return listing


async def _require_sellable(uow: UnitOfWork, listing: Listing, offer: Offer) -> None:
    track = await uow.session.get_one(Track, listing.track_id)
    obstacles = await offer_obstacles(uow.session, listing, track, [offer])
    if obstacles:
        raise NotPublishable(obstacles)
