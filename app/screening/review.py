"""Use cases of the review desk: one queue, one reviewer at a time, a reason for every decision."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import service as catalog
from app.core.actor import Role
from app.core.errors import NotFound
from app.core.unit_of_work import UnitOfWork
from app.provenance.countersignature import ScreeningVerdict
from app.provenance.house import HouseKeys
from app.screening import second_look, service
from app.screening.errors import (
    ClaimedByOther,
    NotClaimed,
    OwnTrack,
    ReasonMissing,
    ScreeningChanged,
)
from app.screening.lifecycle import SCREENING, Occasion, ScreeningCommand, ScreeningState
from app.screening.models import Decision, Review, Screening
from similarity.match import Verdict

CLAIM_LASTS: Final = timedelta(minutes=10)
"""Long enough to listen to both sides; a reviewer who left does not hold up the queue."""

REASON_MIN_LENGTH: Final = 10
REASON_MAX_LENGTH: Final = 4000

WAITING: Final = frozenset({ScreeningState.IN_REVIEW, ScreeningState.BLOCKED})
"""What a machine blocked costs somebody their income: it waits for a person, like a doubt does."""


async def queue(
    session: AsyncSession,
    *,
    states: Collection[ScreeningState] = WAITING,
    after: str | None = None,
    limit: int = 50,
) -> list[Screening]:
    """Screenings in these states, the longest waiting first, starting after the one named."""
    query = sa.select(Screening).where(Screening.state.in_(sorted(states)))
    if after is not None:
        query = query.where(Screening.id > after)
    return list(await session.scalars(query.order_by(Screening.id).limit(limit)))


async def claim(uow: UnitOfWork, *, screening_id: str, expected_version: int) -> Screening:
    """Take a screening for ten minutes; claiming one's own again extends it.

    Raises:
        OwnTrack, ScreeningChanged, ClaimedByOther, IllegalTransition
    """
    screening = await _for_decision(uow, screening_id, expected_version)
    reviewer = uow.actor.person_id
    if _held(screening, uow) and screening.claimed_by != reviewer:
        raise ClaimedByOther("Take another one, or come back when their ten minutes are over.")
    screening.claimed_by = reviewer
    screening.claimed_until = uow.now + CLAIM_LASTS
    screening.version += 1
    uow.record("screening.claimed", screening.id)
    return screening


async def decide_review(
    uow: UnitOfWork,
    *,
    house: HouseKeys,
    screening_id: str,
    decision: Decision,
    reason: str,
    expected_version: int,
) -> Screening:
    """Clear the track, or uphold the machine's verdict.

    A submission that is cleared is countersigned. A track that was accepted before stays so, and
    upholding what was found since takes it off the market, by a person's decision.

    Raises:
        ReasonMissing: no reason that a creator could understand.
        NotClaimed: the reviewer holds no claim, or no longer.
        OwnTrack, ScreeningChanged, ClaimedByOther, IllegalTransition
    """
    reason = reason.strip()
    if not REASON_MIN_LENGTH <= len(reason) <= REASON_MAX_LENGTH:
        raise ReasonMissing(
            f"Write {REASON_MIN_LENGTH} to {REASON_MAX_LENGTH} characters; the creator reads them."
        )
    screening = await _for_decision(uow, screening_id, expected_version)
    if not _held(screening, uow):
        raise NotClaimed("Claim it, look at the evidence, then decide.")
    if screening.claimed_by != uow.actor.person_id:
        raise ClaimedByOther("Another reviewer holds the claim.")
    screening.reviews.append(
        Review(
            id=uow.new_id("rvw"),
            screening_id=screening.id,
            reviewer_id=uow.actor.person_id,
            decision=decision,
            reason=reason,
            decided_at=uow.now,
        )
    )
    screening.claimed_by = screening.claimed_until = None
    await _apply(uow, house, screening, decision)
    return screening


async def _apply(
    uow: UnitOfWork, house: HouseKeys, screening: Screening, decision: Decision
) -> None:
    was_in_review = screening.state is ScreeningState.IN_REVIEW
    uow.record(
        "screening.reviewed",
        screening.id,
        decision=decision.value,
        occasion=screening.occasion.value,
    )
    if screening.occasion is not Occasion.SUBMISSION:
        await second_look.apply(uow, screening, decision)
        return
    if decision is Decision.CLEAR:
        service.advance(screening, ScreeningCommand.CLEAR)
        await catalog.mark_screened(uow, track_id=screening.track_id, verdict=Verdict.CLEAR)
        await service.countersign(
            uow,
            house=house,
            screening=screening,
            verdict=ScreeningVerdict.CLEARED_BY_REVIEWER,
        )
        return
    service.advance(screening, ScreeningCommand.UPHOLD)
    if was_in_review:
        await catalog.mark_screened(uow, track_id=screening.track_id, verdict=Verdict.BLOCK)


async def _for_decision(uow: UnitOfWork, screening_id: str, expected_version: int) -> Screening:
    uow.actor.require(Role.REVIEWER)
    screening = await uow.session.get(Screening, screening_id, with_for_update=True)
    if screening is None:
        raise NotFound("There is no screening with this id.")
    track = await catalog.track_for(uow, screening.track_id)
    if track.owner_id == uow.actor.user_id:
        raise OwnTrack("Leave it to another reviewer.")
    if screening.version != expected_version:
        raise ScreeningChanged(
            "Look at it again and repeat your request with its present version.",
            version=screening.version,
        )
    if screening.state not in WAITING:
        # Raises IllegalTransition, which says what is possible.
        SCREENING.advance(screening.state, ScreeningCommand.UPHOLD)
    return screening


def _held(screening: Screening, uow: UnitOfWork) -> bool:
    return screening.claimed_until is not None and screening.claimed_until > uow.now
