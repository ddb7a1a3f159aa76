"""The corpus grows after tracks were accepted: searched in batches, shown to people, on both
engines."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from app.catalog import service as catalog
from app.catalog.lifecycle import TrackState
from app.catalog.models import RestrictionKind
from app.core.actor import Role
from app.core.audit import AuditEvent
from app.core.clock import TestClock
from app.core.errors import Forbidden
from app.core.unit_of_work import UnitOfWorkFactory
from app.provenance.house import HouseKeys
from app.screening import growth, review, second_look, service
from app.screening.clearance import clearance_of
from app.screening.errors import LookPending, NothingWithheld
from app.screening.lifecycle import GrowthState, Occasion, ScreeningState
from app.screening.models import CorpusGrowth, Decision, Screening
from licensing.templates import OfferKind
from similarity.match import Band, MatchKind, Verdict
from tests.catalog.conftest import SignUp
from tests.conftest import RecordedJobs
from tests.screening.conftest import People, Ready, mix_of
from tests.screening.findings import WORK, analysed, found
from tests.screening.test_review import claim, decide
from tests.screening.test_service import JOB, conclude

OLD = [f"ref_old_{number}" for number in range(3)]
NEW = [f"ref_new_{number:03}" for number in range(2 * growth.BATCH + 5)]

Found = Callable[..., Awaitable[Screening]]


async def notice(
    units: UnitOfWorkFactory, digest: str, references: list[str]
) -> CorpusGrowth | None:
    async with units.begin(JOB) as uow:
        return await growth.notice(uow, corpus_digest=digest * 64, references=references)


async def run(units: UnitOfWorkFactory, growth_id: str, *asset_ids: str, batches: int = 9) -> int:
    """As the job does it, if every batch found these files; the batches that there were."""
    for number in range(batches):
        async with units.look(JOB) as uow:
            references = await growth.next_batch(uow.session, growth_id)
        if not references:
            return number
        async with units.begin(JOB) as uow:
            await growth.record_batch(
                uow, growth_id=growth_id, references=references, asset_ids=asset_ids
            )
    return batches


async def screenings_of(units: UnitOfWorkFactory, track_id: str) -> list[Screening]:
    async with units.look(JOB) as uow:
        query = sa.select(Screening).where(Screening.track_id == track_id).order_by(Screening.id)
        return list(await uow.session.scalars(query))


async def test_before_anything_is_accepted_the_corpus_is_only_written_down(
    units: UnitOfWorkFactory, jobs: RecordedJobs
) -> None:
    first = await notice(units, "a", OLD)
    assert first is not None
    assert (first.state, first.total) == (GrowthState.FINISHED, len(OLD))
    assert await notice(units, "a", OLD) is None
    assert [name for name, _, _ in jobs.enqueued] == []


async def test_only_what_is_new_is_searched_for_in_batches(
    units: UnitOfWorkFactory, accepted: Ready, jobs: RecordedJobs, clock: TestClock
) -> None:
    await notice(units, "a", OLD)
    track_id = await accepted()
    clock.advance(timedelta(days=1))
    grown = await notice(units, "b", [*OLD, *NEW])
    assert grown is not None
    assert (grown.state, grown.total) == (GrowthState.RUNNING, len(NEW))
    assert (growth.SEARCH.name, f"{grown.id}:1", (grown.id, "1")) in jobs.enqueued
    mix = await mix_of(units, JOB, track_id)
    # Killed in the middle: another run goes on from the rows, and counts nothing twice.
    assert await run(units, grown.id, mix.id, batches=1) == 1
    assert await run(units, grown.id, mix.id) == 2
    async with units.look(JOB) as uow:
        [newest, _] = await growth.report(uow)
    assert (newest.state, newest.searched, newest.tracks) == (GrowthState.FINISHED, len(NEW), 1)
    again = [s for s in await screenings_of(units, track_id) if s.occasion != "submission"]
    assert [(s.occasion, s.state) for s in again] == [
        (Occasion.CORPUS_GROWTH, ScreeningState.QUEUED)
    ]


async def test_a_batch_that_is_recorded_twice_counts_once(
    units: UnitOfWorkFactory, accepted: Ready
) -> None:
    track_id = await accepted()
    grown = await notice(units, "b", NEW[:5])
    assert grown is not None
    mix = await mix_of(units, JOB, track_id)
    for _ in range(2):
        async with units.begin(JOB) as uow:
            row = await growth.record_batch(
                uow, growth_id=grown.id, references=NEW[:5], asset_ids=[mix.id]
            )
    assert (row.searched, row.tracks) == (5, 1)
    async with units.look(JOB) as uow:
        query = sa.select(AuditEvent.action).where(AuditEvent.subject == grown.id)
        actions = list(await uow.session.scalars(query))
    assert sorted(actions) == ["corpus.grew", "corpus.growth-searched"]


async def test_a_search_without_progress_is_resumed(
    units: UnitOfWorkFactory, accepted: Ready, jobs: RecordedJobs, clock: TestClock
) -> None:
    await accepted()
    grown = await notice(units, "b", NEW)
    assert grown is not None
    for wait, resumed in ((growth.STALLED_AFTER - timedelta(seconds=1), 0), (timedelta(1), 1)):
        clock.advance(wait)
        async with units.begin(JOB) as uow:
            assert await growth.resume_stalled(uow) == resumed
    assert (growth.SEARCH.name, f"{grown.id}:2", (grown.id, "2")) in jobs.enqueued


async def test_what_could_not_be_found_meanwhile_is_known(
    units: UnitOfWorkFactory, accepted: Ready, clock: TestClock
) -> None:
    async def missed(track_id: str) -> bool:
        async with units.look(JOB) as uow:
            return await growth.was_missed(uow.session, track_id)

    early = await accepted()
    assert not await missed(early)
    clock.advance(timedelta(hours=1))
    grown = await notice(units, "b", NEW)
    assert grown is not None
    # Screened before the growth, in the index only while or after it was searched for.
    assert await missed(early)
    clock.advance(timedelta(hours=1))
    await run(units, grown.id)
    assert await missed(early)
    clock.advance(timedelta(hours=1))
    assert not await missed(await accepted())


async def test_the_report_is_for_those_who_run_the_place(
    units: UnitOfWorkFactory, people: People, sign_up: SignUp
) -> None:
    await notice(units, "a", OLD)
    operator, _ = await sign_up("olga", Role.OPERATOR)
    async with units.look(operator) as uow:
        assert len(await growth.report(uow)) == 1
    async with units.look(people.creator) as uow:
        with pytest.raises(Forbidden):
            await growth.report(uow)


@pytest.fixture
def found_since(units: UnitOfWorkFactory, house: HouseKeys, clock: TestClock) -> Found:
    """Screens an accepted track again, with such matches; the screening."""

    async def make(track_id: str, *bands: Band, reference: str = "ref_new") -> Screening:
        clock.advance(timedelta(days=1))
        async with units.begin(JOB) as uow:
            assert await service.screen_again(uow, track_id=track_id)
        screening_id = (await screenings_of(units, track_id))[-1].id
        mix = await mix_of(units, JOB, track_id)
        work = replace(WORK, reference=reference)
        matches = [found(MatchKind.RECORDING, band, work=work) for band in bands]
        return await conclude(units, house, screening_id, analysed(mix, *matches))

    return make


async def test_what_is_found_since_waits_for_a_person_and_changes_nothing_by_itself(
    units: UnitOfWorkFactory, accepted: Ready, found_since: Found
) -> None:
    track_id = await accepted()
    screening = await found_since(track_id, Band.BLOCK)
    assert (screening.state, screening.verdict) == (ScreeningState.IN_REVIEW, Verdict.BLOCK)
    async with units.look(JOB) as uow:
        assert (await catalog.track_for(uow, track_id)).state is TrackState.COUNTERSIGNED
        assert await catalog.restrictions_in_force(uow.session, track_id, uow.now) == []
        assert [waiting.id for waiting in await review.queue(uow.session)] == [screening.id]
        assert (await service.latest_screening(uow, track_id)).id == screening.id


async def test_another_look_that_finds_nothing_is_no_news(
    units: UnitOfWorkFactory, accepted: Ready, found_since: Found
) -> None:
    track_id = await accepted()
    [submitted] = await screenings_of(units, track_id)
    assert (await found_since(track_id, Band.NONE)).state is ScreeningState.CLEARED
    async with units.look(JOB) as uow:
        assert (await service.latest_screening(uow, track_id)).id == submitted.id


async def test_what_a_person_has_decided_upon_is_not_brought_up_again(
    units: UnitOfWorkFactory,
    house: HouseKeys,
    people: People,
    *,
    accepted: Ready,
    found_since: Found,
) -> None:
    track_id = await accepted()
    screening = await found_since(track_id, Band.REVIEW)
    await claim(units, people.reviewer, screening.id)
    await decide(units, house, people.reviewer, screening.id, Decision.CLEAR)
    assert (await found_since(track_id, Band.BLOCK)).state is ScreeningState.CLEARED
    other = await found_since(track_id, Band.BLOCK, reference="ref_other")
    assert other.state is ScreeningState.IN_REVIEW


async def test_a_person_takes_it_down_and_a_second_look_brings_it_back(
    units: UnitOfWorkFactory,
    house: HouseKeys,
    people: People,
    *,
    accepted: Ready,
    found_since: Found,
    clock: TestClock,
) -> None:
    track_id = await accepted()
    screening = await found_since(track_id, Band.BLOCK)
    async with units.begin(people.creator) as uow:
        with pytest.raises(LookPending):
            await second_look.ask(uow, track_id=track_id)
    await claim(units, people.reviewer, screening.id)
    await decide(units, house, people.reviewer, screening.id, Decision.UPHOLD)
    async with units.look(JOB) as uow:
        [restriction] = await catalog.restrictions_in_force(uow.session, track_id, uow.now)
        assert set((await clearance_of(uow.session, track_id)).values()) == {Verdict.BLOCK}
    assert (restriction.kind, restriction.case_id) == (RestrictionKind.UNLISTED, screening.id)
    clock.advance(timedelta(days=1))
    async with units.begin(people.creator) as uow:
        asked = await second_look.ask(uow, track_id=track_id)
    assert (asked.occasion, asked.state) == (Occasion.REQUEST, ScreeningState.IN_REVIEW)
    assert asked.evidence_sha256 == screening.evidence_sha256
    await claim(units, people.second_reviewer, asked.id)
    await decide(units, house, people.second_reviewer, asked.id, Decision.CLEAR)
    async with units.look(JOB) as uow:
        assert await catalog.restrictions_in_force(uow.session, track_id, uow.now) == []
        assert set((await clearance_of(uow.session, track_id)).values()) == {Verdict.CLEAR}
        assert (await catalog.track_for(uow, track_id)).state is TrackState.COUNTERSIGNED


async def test_a_licence_that_the_machine_withholds_is_cleared_by_a_person(
    units: UnitOfWorkFactory,
    house: HouseKeys,
    people: People,
    *,
    verified_track: Ready,
    clock: TestClock,
) -> None:
    track_id = await verified_track(people.creator)
    async with units.begin(people.creator) as uow:
        screening_id = (await service.request_screening(uow, track_id=track_id)).id
    mix = await mix_of(units, people.creator, track_id)
    weak = found(MatchKind.MELODY, Band.REVIEW, transcribed=True)
    screening = await conclude(units, house, screening_id, analysed(mix, weak))
    assert screening.state is ScreeningState.CLEARED
    async with units.look(JOB) as uow:
        clearance = await clearance_of(uow.session, track_id)
    assert {kind for kind, verdict in clearance.items() if verdict is Verdict.REVIEW} == {
        OfferKind.EXCLUSIVE
    }
    clock.advance(timedelta(days=1))
    async with units.begin(people.creator) as uow:
        asked = await second_look.ask(uow, track_id=track_id)
        with pytest.raises(LookPending):
            await second_look.ask(uow, track_id=track_id)
    await claim(units, people.reviewer, asked.id)
    await decide(units, house, people.reviewer, asked.id, Decision.CLEAR)
    async with units.begin(people.creator) as uow:
        assert set((await clearance_of(uow.session, track_id)).values()) == {Verdict.CLEAR}
        with pytest.raises(NothingWithheld):
            await second_look.ask(uow, track_id=track_id)
