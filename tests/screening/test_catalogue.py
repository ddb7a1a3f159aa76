"""The catalogue corpus: what the database wants of the index, on both engines."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from app.catalog import service as catalog
from app.catalog.models import RestrictionKind
from app.core.actor import system
from app.core.clock import TestClock
from app.core.unit_of_work import UnitOfWorkFactory
from app.provenance.house import HouseKeys
from app.screening import catalogue, neighbours, service
from app.screening.evidence import FoundMatch
from app.screening.lanes import Corpus
from app.screening.lifecycle import ENTRY, EntryCommand, EntryState, ScreeningState
from app.screening.models import CatalogueEntry, Screening
from licensing.errors import IllegalTransition
from similarity.match import Band, MatchKind, Verdict
from tests.catalog.conftest import SignUp
from tests.conftest import RecordedJobs
from tests.screening.conftest import People, Ready, mix_of
from tests.screening.findings import WORK, analysed, found
from tests.screening.test_service import JOB, conclude

CASES = system("cases")

Again = Callable[..., Awaitable[Screening]]


@given(st.sampled_from(EntryState), st.sampled_from(EntryCommand))
def test_only_the_table_moves_an_entry(state: EntryState, command: EntryCommand) -> None:
    if (state, command) in ENTRY.transitions:
        assert ENTRY.advance(state, command) is ENTRY.transitions[state, command]
    else:
        with pytest.raises(IllegalTransition):
            ENTRY.advance(state, command)


async def entry_of(units: UnitOfWorkFactory, track_id: str) -> CatalogueEntry:
    async with units.look(JOB) as uow:
        return await uow.session.get_one(CatalogueEntry, track_id)


async def sweep(units: UnitOfWorkFactory) -> None:
    async with units.begin(JOB) as uow:
        await catalogue.follow(uow)


async def finish(units: UnitOfWorkFactory, track_id: str) -> EntryState:
    """The index has followed; where the track is now."""
    turn = (await entry_of(units, track_id)).turn
    async with units.begin(JOB) as uow:
        await catalogue.confirm(uow, track_id=track_id, turn=turn)
    return (await entry_of(units, track_id)).state


def followed(jobs: RecordedJobs, track_id: str) -> list[str]:
    """The turns for which the index was sent to work."""
    return [
        arguments[1]
        for name, _, arguments in jobs.enqueued
        if name == catalogue.FOLLOW.name and arguments[0] == track_id
    ]


async def test_a_track_that_passes_is_admitted_once(
    units: UnitOfWorkFactory, accepted: Ready, jobs: RecordedJobs
) -> None:
    track_id = await accepted()
    assert (await entry_of(units, track_id)).state is EntryState.ADDING
    await sweep(units)
    async with units.begin(JOB) as uow:
        await catalogue.admit(uow, track_id=track_id, screened_at=uow.now)
    assert followed(jobs, track_id) == ["1"]
    assert await finish(units, track_id) is EntryState.PRESENT
    assert await finish(units, track_id) is EntryState.PRESENT
    async with units.look(JOB) as uow:
        assert await catalogue.anything_present(uow.session)


async def test_a_takedown_takes_it_out_and_its_end_brings_it_back(
    units: UnitOfWorkFactory, accepted: Ready
) -> None:
    track_id = await accepted()
    await finish(units, track_id)
    async with units.begin(CASES) as uow:
        kind = RestrictionKind.UNLISTED
        taken = await catalog.restrict(uow, track_id=track_id, kind=kind, case_id="ntc_1")
    await sweep(units)
    assert await finish(units, track_id) is EntryState.ABSENT
    first = (await entry_of(units, track_id)).admitted_at
    async with units.begin(CASES) as uow:
        await catalog.lift(uow, restriction_id=taken.id)
    await sweep(units)
    assert await finish(units, track_id) is EntryState.PRESENT
    assert (await entry_of(units, track_id)).admitted_at == first


async def test_held_money_alone_takes_nothing_out(
    units: UnitOfWorkFactory, accepted: Ready
) -> None:
    track_id = await accepted()
    async with units.begin(CASES) as uow:
        kind = RestrictionKind.PAYOUT_HELD
        await catalog.restrict(uow, track_id=track_id, kind=kind, case_id="ntc_1")
    await sweep(units)
    assert (await entry_of(units, track_id)).state is EntryState.ADDING


async def test_what_its_seller_withdraws_leaves_and_returns_when_offered_again(
    units: UnitOfWorkFactory, people: People, accepted: Ready
) -> None:
    track_id = await accepted()
    await finish(units, track_id)
    async with units.begin(people.creator) as uow:
        await catalog.mark_withdrawn(uow, track_id=track_id)
    await sweep(units)
    assert (await entry_of(units, track_id)).state is EntryState.REMOVING
    async with units.begin(people.creator) as uow:
        await catalog.mark_offered(uow, track_id=track_id)
    await sweep(units)
    assert await finish(units, track_id) is EntryState.PRESENT


async def test_work_of_an_earlier_turn_that_ends_late_is_set_right(
    units: UnitOfWorkFactory, people: People, accepted: Ready
) -> None:
    track_id = await accepted()
    async with units.begin(people.creator) as uow:
        await catalog.mark_withdrawn(uow, track_id=track_id)
    await sweep(units)
    assert await finish(units, track_id) is EntryState.ABSENT
    # Only now the first turn's work ends: it may have added what the second had removed.
    async with units.begin(JOB) as uow:
        await catalogue.confirm(uow, track_id=track_id, turn=1)
    assert (await entry_of(units, track_id)).state is EntryState.REMOVING
    assert await finish(units, track_id) is EntryState.ABSENT


async def test_work_that_was_lost_is_begun_again(
    units: UnitOfWorkFactory, accepted: Ready, jobs: RecordedJobs, clock: TestClock
) -> None:
    track_id = await accepted()
    clock.advance(catalogue.STUCK_AFTER - timedelta(seconds=1))
    await sweep(units)
    assert followed(jobs, track_id) == ["1"]
    clock.advance(timedelta(seconds=1))
    await sweep(units)
    assert followed(jobs, track_id) == ["1", "2"]
    async with units.look(JOB) as uow:
        assert await catalogue.task_of(uow.session, track_id=track_id, turn=1) is None
        assert await catalogue.task_of(uow.session, track_id=track_id, turn=2) is not None


async def test_a_lost_index_is_made_again(
    units: UnitOfWorkFactory, accepted: Ready, jobs: RecordedJobs
) -> None:
    there, leaving = await accepted(), await accepted()
    await finish(units, there)
    async with units.begin(JOB) as uow:
        assert await catalogue.rebuild(uow) == 1
    assert (await entry_of(units, there)).state is EntryState.ADDING
    assert followed(jobs, there) == ["1", "2"]
    assert followed(jobs, leaving) == ["1"]


@pytest.fixture
def uploaded_again(
    units: UnitOfWorkFactory,
    house: HouseKeys,
    sign_up: SignUp,
    verified_track: Ready,
) -> Again:
    """Another seller's upload in which the analysis found the mix of a track."""

    async def make(of: str, band: Band = Band.BLOCK) -> Screening:
        eve, _ = await sign_up("eve")
        track_id = await verified_track(eve)
        async with units.begin(eve) as uow:
            screening_id = (await service.request_screening(uow, track_id=track_id)).id
        theirs = await mix_of(units, JOB, of)
        match = found(
            MatchKind.RECORDING,
            band,
            corpus=Corpus.CATALOGUE,
            work=replace(WORK, reference=theirs.id, title="", peaks=[]),
        )
        mix = await mix_of(units, eve, track_id)
        return await conclude(units, house, screening_id, analysed(mix, match))

    return make


async def test_another_sellers_track_is_held_against_an_upload(
    units: UnitOfWorkFactory, accepted: Ready, uploaded_again: Again
) -> None:
    track_id = await accepted()
    await finish(units, track_id)
    screening = await uploaded_again(track_id)
    assert screening.state is ScreeningState.BLOCKED
    evidence = service.evidence_of(screening)
    assert evidence is not None
    [match] = evidence.matches
    assert match.work.title == "Tide"
    assert match.work.file is not None
    assert match.work.file.track_id == track_id
    assert match.work.peaks == [0.1, 0.9]
    assert "another seller's “Tide” (Ada)" in evidence.reasons[0]
    assert [row.corpus for row in screening.matches] == [Corpus.CATALOGUE]


async def test_what_has_left_the_catalogue_is_held_against_nobody(
    units: UnitOfWorkFactory, people: People, accepted: Ready, uploaded_again: Again
) -> None:
    track_id = await accepted()
    await finish(units, track_id)
    async with units.begin(people.creator) as uow:
        await catalog.mark_withdrawn(uow, track_id=track_id)
    await sweep(units)
    # The index has not followed yet, and still found it.
    screening = await uploaded_again(track_id)
    assert screening.verdict is Verdict.CLEAR


async def test_strangers_tracks_that_do_not_resemble_are_not_shown(
    units: UnitOfWorkFactory, accepted: Ready, uploaded_again: Again
) -> None:
    screening = await uploaded_again(await accepted(), Band.NONE)
    assert screening.verdict is Verdict.CLEAR
    assert screening.matches == []


async def test_of_two_accepted_tracks_the_first_one_counts(
    units: UnitOfWorkFactory, accepted: Ready, clock: TestClock
) -> None:
    first = await accepted()
    clock.advance(timedelta(minutes=1))
    second = await accepted()
    mixes = {track_id: (await mix_of(units, JOB, track_id)).id for track_id in (first, second)}

    def match(track_id: str) -> FoundMatch:
        work = replace(WORK, reference=mixes[track_id])
        return found(MatchKind.RECORDING, Band.BLOCK, corpus=Corpus.CATALOGUE, work=work)

    async with units.look(JOB) as uow:
        against_first = await neighbours.counting(uow.session, first, [match(second)])
        against_second = await neighbours.counting(uow.session, second, [match(first)])
    assert against_first == []
    assert [found.work.reference for found in against_second] == [mixes[first]]
