"""Which kinds of licence a track was cleared for, by the machine or by a person."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.screening.lifecycle import Occasion, ScreeningState
from app.screening.models import Decision, Screening
from app.screening.policy import DEMANDS, SEVERITY
from app.screening.service import evidence_of
from licensing.templates import OfferKind
from similarity.match import Verdict

Clearance = dict[OfferKind, Verdict]
"""A verdict for each kind of licence."""


async def clearance_of(session: AsyncSession, track_id: str) -> Clearance:
    """What the screenings of a track say together, the last word of a person above all.

    A machine's doubt that came later adds up with those before it; a reviewer who cleared the track
    has seen them all.
    """
    query = sa.select(Screening).where(Screening.track_id == track_id).order_by(Screening.id)
    standing = dict.fromkeys(DEMANDS, Verdict.CLEAR)
    for screening in await session.scalars(query):
        standing = _after(standing, screening)
    return standing


def _after(standing: Clearance, screening: Screening) -> Clearance:
    if any(review.decision is Decision.CLEAR for review in screening.reviews):
        return dict.fromkeys(DEMANDS, Verdict.CLEAR)
    if screening.state is ScreeningState.UPHELD and screening.occasion is not Occasion.REQUEST:
        return dict.fromkeys(DEMANDS, Verdict.BLOCK)
    evidence = evidence_of(screening)
    if evidence is None or screening.occasion is Occasion.REQUEST:
        return standing
    # Evidence of before there were kinds says the same of each.
    said = {kind: evidence.licences.get(kind, evidence.verdict) for kind in DEMANDS}
    return {kind: max(standing[kind], said[kind], key=SEVERITY.index) for kind in DEMANDS}
