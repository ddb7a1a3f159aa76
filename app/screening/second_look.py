"""Use cases of another look at an accepted track: asked for by its creator, or called for by a
corpus that has grown or a key that was revoked.

The track stays accepted either way. What a person decides changes which licences may be sold, and
whether the track is on the market.
"""

from __future__ import annotations

import sqlalchemy as sa

from app.catalog import service as catalog
from app.catalog.lifecycle import TrackState
from app.catalog.models import RestrictionKind
from app.core.unit_of_work import UnitOfWork
from app.screening import findings, service
from app.screening.clearance import clearance_of
from app.screening.errors import LookPending, NothingWithheld
from app.screening.lifecycle import SCREENING, Occasion, ScreeningCommand
from app.screening.models import Decision, Screening
from similarity.match import Verdict


async def ask(uow: UnitOfWork, *, track_id: str) -> Screening:
    """The creator of an accepted track asks for a person's look at what is withheld of it.

    The person is shown the evidence of the last screening that said something.

    Raises:
        NotFound, Forbidden: not a track of the actor.
        NothingWithheld: it is not accepted yet, or all of it may be sold.
        LookPending: a screening of it waits or runs already.
    """
    track = await catalog.own_track(uow, track_id)
    clearance = await clearance_of(uow.session, track.id)
    if track.state is not TrackState.COUNTERSIGNED or set(clearance.values()) == {Verdict.CLEAR}:
        raise NothingWithheld("Ask when a licence of an accepted track may not be sold.")
    pending = sa.select(Screening.id).where(
        Screening.track_id == track.id, Screening.state.not_in(sorted(SCREENING.terminal))
    )
    if await uow.session.scalar(pending.limit(1)) is not None:
        raise LookPending("You will read the decision with the track.")
    return await call_for(uow, track_id=track.id, occasion=Occasion.REQUEST)


async def call_for(uow: UnitOfWork, *, track_id: str, occasion: Occasion) -> Screening:
    """A person is to look at an accepted track, with the evidence of its last screening."""
    shown = await service.latest_screening(uow, track_id)
    screening = await service.new_screening(uow, track_id=track_id, occasion=occasion)
    service.advance(screening, ScreeningCommand.START)
    service.advance(screening, ScreeningCommand.SEND_TO_REVIEW)
    screening.started_at = screening.finished_at = uow.now
    screening.verdict, screening.policy = shown.verdict, shown.policy
    screening.evidence, screening.evidence_sha256 = shown.evidence, shown.evidence_sha256
    screening.corpus_digest = shown.corpus_digest
    screening.catalogue_digest = shown.catalogue_digest
    evidence = service.evidence_of(shown)
    screening.matches = findings.match_rows(screening, evidence.matches if evidence else [])
    return screening


async def apply(uow: UnitOfWork, screening: Screening, decision: Decision) -> None:
    """What a person's decision about an accepted track does to it."""
    if decision is Decision.UPHOLD:
        service.advance(screening, ScreeningCommand.UPHOLD)
        if screening.occasion.may_take_down:
            await catalog.restrict(
                uow,
                track_id=screening.track_id,
                kind=RestrictionKind.UNLISTED,
                case_id=screening.id,
            )
        return
    service.advance(screening, ScreeningCommand.CLEAR)
    await _lift(uow, screening.track_id)


async def _lift(uow: UnitOfWork, track_id: str) -> None:
    """End what reviewers' decisions about the track withheld; cases' restrictions stay."""
    ours = set(
        await uow.session.scalars(sa.select(Screening.id).where(Screening.track_id == track_id))
    )
    for restriction in await catalog.restrictions_in_force(uow.session, track_id, uow.now):
        if restriction.case_id in ours:
            await catalog.lift(uow, restriction_id=restriction.id)
