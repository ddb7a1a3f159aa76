"""The review desk, on both engines: one reviewer at a time, and never about one's own track."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from app.catalog import service as catalog
from app.catalog.lifecycle import TrackState
from app.core.actor import Actor
from app.core.clock import TestClock
from app.core.errors import Forbidden
from app.core.unit_of_work import UnitOfWorkFactory
from app.provenance import service as provenance
from app.provenance.house import HouseKeys
from app.screening import review, service
from app.screening.errors import (
    ClaimedByOther,
    NotClaimed,
    OwnTrack,
    ReasonMissing,
    ScreeningChanged,
)
from app.screening.lifecycle import ScreeningState
from app.screening.models import Decision, Screening
from licensing.errors import IllegalTransition
from similarity.match import Band, MatchKind
from tests.screening.conftest import People, Ready, mix_of
from tests.screening.findings import analysed, found
from tests.screening.test_service import JOB, conclude

REASON = "A common folk tune, long in the public domain."


@pytest.fixture
def waiting(
    units: UnitOfWorkFactory, people: People, house: HouseKeys, verified_track: Ready
) -> Ready:
    """Makes a screening that waits for a person; the screening's id."""

    async def make(creator: Actor | None = None, band: Band = Band.REVIEW) -> str:
        owner = creator or people.creator
        track_id = await verified_track(owner)
        async with units.begin(owner) as uow:
            screening_id = (await service.request_screening(uow, track_id=track_id)).id
        mix = await mix_of(units, owner, track_id)
        findings = analysed(mix, found(MatchKind.MELODY, band))
        await conclude(units, house, screening_id, findings)
        return screening_id

    return make


async def version_of(units: UnitOfWorkFactory, screening_id: str) -> int:
    async with units.look(JOB) as uow:
        return (await service.screening_for(uow, screening_id)).version


async def claim(units: UnitOfWorkFactory, reviewer: Actor, screening_id: str) -> Screening:
    version = await version_of(units, screening_id)
    async with units.begin(reviewer) as uow:
        return await review.claim(uow, screening_id=screening_id, expected_version=version)


async def decide(
    units: UnitOfWorkFactory,
    house: HouseKeys,
    reviewer: Actor,
    screening_id: str,
    decision: Decision,
) -> Screening:
    version = await version_of(units, screening_id)
    async with units.begin(reviewer) as uow:
        return await review.decide_review(
            uow,
            house=house,
            screening_id=screening_id,
            decision=decision,
            reason=REASON,
            expected_version=version,
        )


@pytest.mark.parametrize("band", [Band.REVIEW, Band.BLOCK])
async def test_what_a_reviewer_clears_is_countersigned(
    units: UnitOfWorkFactory, people: People, house: HouseKeys, waiting: Ready, *, band: Band
) -> None:
    screening_id = await waiting(band=band)
    await claim(units, people.reviewer, screening_id)
    screening = await decide(units, house, people.reviewer, screening_id, Decision.CLEAR)
    assert screening.state is ScreeningState.CLEARED
    assert screening.claimed_by is None
    async with units.look(JOB) as uow:
        track = await catalog.track_for(uow, screening.track_id)
        statements = await provenance.statements_about(uow.session, track.id)
    assert track.state is TrackState.COUNTERSIGNED
    assert b"cleared-by-reviewer" in statements[-1].payload + statements[0].payload


@pytest.mark.parametrize("band", [Band.REVIEW, Band.BLOCK])
async def test_what_a_reviewer_upholds_stays_blocked(
    units: UnitOfWorkFactory, people: People, house: HouseKeys, waiting: Ready, *, band: Band
) -> None:
    screening_id = await waiting(band=band)
    await claim(units, people.reviewer, screening_id)
    screening = await decide(units, house, people.reviewer, screening_id, Decision.UPHOLD)
    assert screening.state is ScreeningState.UPHELD
    assert [(r.decision, r.reason) for r in screening.reviews] == [(Decision.UPHOLD, REASON)]
    async with units.look(JOB) as uow:
        assert (await catalog.track_for(uow, screening.track_id)).state is TrackState.BLOCKED
    with pytest.raises(IllegalTransition):
        await claim(units, people.reviewer, screening_id)


async def test_a_claim_keeps_others_away_for_ten_minutes(
    units: UnitOfWorkFactory, people: People, house: HouseKeys, waiting: Ready, *, clock: TestClock
) -> None:
    screening_id = await waiting()
    with pytest.raises(NotClaimed):
        await decide(units, house, people.reviewer, screening_id, Decision.CLEAR)
    await claim(units, people.reviewer, screening_id)
    with pytest.raises(ClaimedByOther):
        await claim(units, people.second_reviewer, screening_id)
    with pytest.raises(ClaimedByOther):
        await decide(units, house, people.second_reviewer, screening_id, Decision.CLEAR)
    clock.advance(timedelta(minutes=9))
    await claim(units, people.reviewer, screening_id)
    clock.advance(timedelta(minutes=9))
    with pytest.raises(ClaimedByOther):
        await claim(units, people.second_reviewer, screening_id)
    clock.advance(timedelta(minutes=1))
    with pytest.raises(NotClaimed):
        await decide(units, house, people.reviewer, screening_id, Decision.CLEAR)
    await claim(units, people.second_reviewer, screening_id)
    decided = await decide(units, house, people.second_reviewer, screening_id, Decision.CLEAR)
    assert decided.state is ScreeningState.CLEARED


async def test_reviewers_at_once_one_wins(
    units: UnitOfWorkFactory, people: People, waiting: Ready
) -> None:
    screening_id = await waiting()
    version = await version_of(units, screening_id)

    async def take(reviewer: Actor) -> Screening:
        async with units.begin(reviewer) as uow:
            return await review.claim(uow, screening_id=screening_id, expected_version=version)

    outcomes = await asyncio.gather(
        take(people.reviewer), take(people.second_reviewer), return_exceptions=True
    )
    refused = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert [type(refusal) for refusal in refused] == [ScreeningChanged]


async def test_nobody_reviews_their_own_track(
    units: UnitOfWorkFactory, people: People, waiting: Ready
) -> None:
    screening_id = await waiting(people.reviewer)
    with pytest.raises(OwnTrack):
        await claim(units, people.reviewer, screening_id)
    await claim(units, people.second_reviewer, screening_id)


async def test_creators_decide_nothing(
    units: UnitOfWorkFactory, people: People, waiting: Ready
) -> None:
    screening_id = await waiting()
    with pytest.raises(Forbidden):
        await claim(units, people.creator, screening_id)


@pytest.mark.parametrize("reason", ["", "   ", "no", " " * 30 + "short", "x" * 4001])
async def test_a_decision_needs_a_reason(
    units: UnitOfWorkFactory, people: People, house: HouseKeys, waiting: Ready, *, reason: str
) -> None:
    screening_id = await waiting()
    claimed = await claim(units, people.reviewer, screening_id)
    with pytest.raises(ReasonMissing):
        async with units.begin(people.reviewer) as uow:
            await review.decide_review(
                uow,
                house=house,
                screening_id=screening_id,
                decision=Decision.CLEAR,
                reason=reason,
                expected_version=claimed.version,
            )


async def test_a_decision_on_what_has_changed_is_refused(
    units: UnitOfWorkFactory, people: People, house: HouseKeys, waiting: Ready
) -> None:
    screening_id = await waiting()
    claimed = await claim(units, people.reviewer, screening_id)
    with pytest.raises(ScreeningChanged) as changed:
        async with units.begin(people.reviewer) as uow:
            await review.decide_review(
                uow,
                house=house,
                screening_id=screening_id,
                decision=Decision.CLEAR,
                reason=REASON,
                expected_version=claimed.version - 1,
            )
    assert changed.value.extra == {"version": claimed.version}


async def test_the_queue_shows_the_longest_waiting_first(
    units: UnitOfWorkFactory, waiting: Ready, clock: TestClock, people: People
) -> None:
    made = []
    for band in (Band.REVIEW, Band.BLOCK, Band.REVIEW):
        clock.advance(timedelta(seconds=1))
        made.append(await waiting(band=band))
    async with units.look(people.reviewer) as uow:
        assert [s.id for s in await review.queue(uow.session)] == made
        doubtful = await review.queue(uow.session, states=[ScreeningState.IN_REVIEW])
        assert [s.id for s in doubtful] == [made[0], made[2]]
        page = await review.queue(uow.session, limit=2)
        assert [s.id for s in page] == made[:2]
        rest = await review.queue(uow.session, after=page[-1].id)
        assert [s.id for s in rest] == made[2:]
