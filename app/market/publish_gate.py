"""The gate before publication: what must be true of a track before anybody can buy it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import service as catalog
from app.catalog.lifecycle import TrackState
from app.catalog.lineage import ancestry_of
from app.catalog.models import Track
from app.catalog.release import is_released
from app.core.unit_of_work import UnitOfWork
from app.market.errors import NotPublishable, Obstacle
from app.market.grants import may_adapt
from app.market.models import Listing, Offer
from app.market.splits import current_split
from app.provenance import music_generation
from app.provenance.models import Statement
from app.provenance.statement import parse as parse_statement
from app.screening.clearance import clearance_of
from licensing.attestations import missing
from licensing.rights_gate import GenerationBasis, decide
from licensing.templates import template_of
from similarity.match import Verdict


async def require_publishable(uow: UnitOfWork, listing: Listing, track: Track) -> None:
    """
    Raises:
        NotPublishable: names every obstacle, so that a creator can clear all of them at once.
    """
    obstacles = [
        *_clearance(track),
        *await _release(uow.session, track),
        *await _attestations(uow.session, track),
        *await _sharing(uow.session, listing),
        *await _offers(uow.session, listing, track),
        *await _restrictions(uow, track),
        *await _lineage(uow, track),
    ]
    if obstacles:
        raise NotPublishable(obstacles)


async def generation_basis(
    session: AsyncSession, listing: Listing, track: Track
) -> GenerationBasis | None:
    """On what terms the track was generated; None before its provenance is verified."""
    if track.provenance_statement_id is None:
        return None
    statement = await session.get_one(Statement, track.provenance_statement_id)
    made_with = music_generation.parse(parse_statement(statement.payload))
    return GenerationBasis(
        generator=made_with.generator.name,
        model_version=made_with.model.version,
        plan_at_generation=listing.generation_plan,
        terms_hash=listing.generation_terms_sha256,
        ownership_evidence=listing.ownership_evidence,
    )


def forbidden_offers(basis: GenerationBasis, offers: Iterable[Offer]) -> Iterator[Obstacle]:
    """Offers that the generator's terms do not let the creator sell."""
    for offer in offers:
        decision = decide(basis, template_of(offer.template).kind)
        if not decision.allowed:
            yield Obstacle(
                "offer-not-permitted",
                f"The {decision.kind.value} licence cannot be sold for music made with "
                f"{basis.generator} ({basis.plan_at_generation}): {decision.reason}",
            )


def _clearance(track: Track) -> Iterator[Obstacle]:
    # A track is countersigned only after the engine or a reviewer has cleared it.
    if track.state is not TrackState.COUNTERSIGNED:
        yield Obstacle(
            "not-countersigned",
            f"The track is {track.state.value}; it must be screened, cleared and countersigned.",
        )


async def _release(session: AsyncSession, track: Track) -> list[Obstacle]:
    if track.state is not TrackState.COUNTERSIGNED or await is_released(session, track.id):
        return []
    return [Obstacle("not-released", "Its files are being signed; that takes less than a minute.")]


async def _attestations(session: AsyncSession, track: Track) -> list[Obstacle]:
    absent = missing(await catalog.attestations_of(session, track.id))
    if not absent:
        return []
    names = ", ".join(attestation.reference for attestation in absent)
    return [Obstacle("attestations-missing", f"Sign these attestations: {names}.")]


async def _sharing(session: AsyncSession, listing: Listing) -> list[Obstacle]:
    if await current_split(session, listing.id) is None:
        return [Obstacle("split-missing", "Say who shares the earnings: put a split sheet.")]
    return []


async def _offers(session: AsyncSession, listing: Listing, track: Track) -> list[Obstacle]:
    offers = [offer for offer in listing.offers if offer.withdrawn_at is None]
    if not offers:
        return [Obstacle("offer-missing", "Add at least one licence offer.")]
    return await offer_obstacles(session, listing, track, offers)


async def offer_obstacles(
    session: AsyncSession, listing: Listing, track: Track, offers: Sequence[Offer]
) -> list[Obstacle]:
    """What keeps these offers from being sold: the generator's terms, and what screening found."""
    basis = await generation_basis(session, listing, track)
    if basis is None:
        return []
    if track.state is not TrackState.COUNTERSIGNED:
        # Said once, for all licences.
        return list(forbidden_offers(basis, offers))
    clearance = await clearance_of(session, track.id)
    withheld = [
        Obstacle(
            "licence-not-cleared",
            f"The {kind.value} licence is not cleared by screening: ask for a review with "
            f"POST /v1/tracks/{track.id}/screening/review.",
        )
        for kind in (template_of(offer.template).kind for offer in offers)
        if clearance[kind] is not Verdict.CLEAR
    ]
    return [*forbidden_offers(basis, offers), *withheld]


async def _restrictions(uow: UnitOfWork, track: Track) -> list[Obstacle]:
    if not await catalog.restrictions_in_force(uow.session, track.id, uow.now):
        return []
    return [Obstacle("restricted", "A case about the track is open; wait for its end.")]


async def _lineage(uow: UnitOfWork, track: Track) -> list[Obstacle]:
    """Each step from the track back to its origins, where it goes from one seller to another."""
    found = []
    for step in await ancestry_of(uow.session, track.id):
        child, parent = step.child, step.parent
        if child.owner_id == parent.owner_id or await may_adapt(
            uow.session, buyer_id=child.owner_id, track_id=parent.id, at=uow.now
        ):
            continue
        found.append(
            Obstacle(
                "parent-not-licensed",
                f"“{child.title}” was made from “{parent.title}” ({parent.id}) of another seller; "
                "that takes an active licence that allows adaptation.",
            )
        )
    return found
