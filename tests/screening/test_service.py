"""A screening's way through the database, on both engines."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import timedelta

import pytest

from app.catalog import service as catalog
from app.catalog.lifecycle import TrackState
from app.catalog.models import AssetRole
from app.core.actor import system
from app.core.clock import TestClock
from app.core.errors import NotFound
from app.core.storage import ObjectStorage
from app.core.unit_of_work import UnitOfWorkFactory
from app.provenance import service as provenance
from app.provenance.house import HouseKeys
from app.provenance.music_generation import Stem
from app.provenance.statement import SCREENING_COUNTERSIGNATURE
from app.screening import catalogue, neighbours, service
from app.screening.analysis import Analysis, Unready, Unusable
from app.screening.files import opened, stem_roles
from app.screening.lifecycle import ScreeningState
from app.screening.models import Screening
from licensing.errors import IllegalTransition
from similarity.match import Band, MatchKind, Verdict
from tests.catalog.conftest import SignUp, wav
from tests.conftest import RecordedJobs
from tests.provenance.generators import Vendor, envelope, generation, payload
from tests.screening.conftest import People, Ready, mix_of, open_with_files
from tests.screening.findings import GOOD, analysed, found

JOB = system("screening")


async def request(units: UnitOfWorkFactory, people: People, track_id: str) -> str:
    async with units.begin(people.creator) as uow:
        return (await service.request_screening(uow, track_id=track_id)).id


async def conclude(
    units: UnitOfWorkFactory, house: HouseKeys, screening_id: str, result: Analysis
) -> Screening:
    """As the job does it."""
    async with units.begin(JOB) as uow:
        await service.start(uow, screening_id=screening_id)
    async with units.begin(JOB) as uow:
        return await service.record_result(
            uow, house=house, screening_id=screening_id, result=result
        )


async def state_of(units: UnitOfWorkFactory, track_id: str) -> TrackState:
    async with units.look(JOB) as uow:
        return (await catalog.track_for(uow, track_id)).state


async def test_a_clear_track_is_countersigned_in_the_same_transaction(
    units: UnitOfWorkFactory,
    people: People,
    house: HouseKeys,
    verified_track: Ready,
    jobs: RecordedJobs,
) -> None:
    track_id = await verified_track(people.creator)
    screening_id = await request(units, people, track_id)
    assert ("screening.run", f"{screening_id}:1", (screening_id,)) in jobs.enqueued
    mix = await mix_of(units, people.creator, track_id)
    nearest = found(MatchKind.RECORDING, Band.NONE)
    screening = await conclude(units, house, screening_id, analysed(mix, nearest))
    assert screening.state is ScreeningState.CLEARED
    assert screening.evidence is not None
    assert screening.evidence_sha256 == hashlib.sha256(screening.evidence).hexdigest()
    async with units.look(JOB) as uow:
        track = await catalog.track_for(uow, track_id)
        statements = await provenance.statements_about(uow.session, track_id)
    assert track.state is TrackState.COUNTERSIGNED
    countersignature = {s.id: s for s in statements}[track.countersignature_id or ""]
    assert countersignature.predicate_type == SCREENING_COUNTERSIGNATURE
    assert screening.evidence_sha256.encode() in countersignature.payload


@pytest.mark.parametrize(
    ("band", "screening_state", "track_state"),
    [
        (Band.REVIEW, ScreeningState.IN_REVIEW, TrackState.IN_REVIEW),
        (Band.BLOCK, ScreeningState.BLOCKED, TrackState.BLOCKED),
    ],
)
async def test_a_resembling_track_waits_for_a_person(
    units: UnitOfWorkFactory,
    people: People,
    house: HouseKeys,
    *,
    verified_track: Ready,
    band: Band,
    screening_state: ScreeningState,
    track_state: TrackState,
) -> None:
    track_id = await verified_track(people.creator)
    screening_id = await request(units, people, track_id)
    mix = await mix_of(units, people.creator, track_id)
    findings = analysed(mix, found(MatchKind.MELODY, band), found(MatchKind.RECORDING, Band.NONE))
    screening = await conclude(units, house, screening_id, findings)
    assert screening.state is screening_state
    assert await state_of(units, track_id) is track_state
    async with units.look(people.creator) as uow:
        read = await service.latest_screening(uow, track_id)
        assert [(match.rank, match.band) for match in read.matches] == [(1, band), (2, Band.NONE)]
        evidence = service.evidence_of(read)
    assert evidence is not None
    assert evidence.matches[0].work.title == "The Ranting Highlandman"
    assert evidence.verdict is screening.verdict
    assert read.corpus_digest == "c" * 64


async def test_recording_a_result_twice_does_nothing_the_second_time(
    units: UnitOfWorkFactory, people: People, house: HouseKeys, verified_track: Ready
) -> None:
    track_id = await verified_track(people.creator)
    screening_id = await request(units, people, track_id)
    mix = await mix_of(units, people.creator, track_id)
    first = await conclude(units, house, screening_id, analysed(mix))
    other = analysed(mix, found(MatchKind.RECORDING, Band.BLOCK))
    again = await conclude(units, house, screening_id, other)
    assert (again.version, again.verdict) == (first.version, Verdict.CLEAR)
    async with units.look(JOB) as uow:
        assert len(await provenance.statements_about(uow.session, track_id)) == 2


async def test_results_recorded_at_once_act_once(
    units: UnitOfWorkFactory, people: People, house: HouseKeys, verified_track: Ready
) -> None:
    track_id = await verified_track(people.creator)
    screening_id = await request(units, people, track_id)
    mix = await mix_of(units, people.creator, track_id)
    async with units.begin(JOB) as uow:
        await service.start(uow, screening_id=screening_id)

    async def record() -> None:
        async with units.begin(JOB) as uow:
            await service.record_result(
                uow, house=house, screening_id=screening_id, result=analysed(mix)
            )

    await asyncio.gather(*(record() for _ in range(4)))
    async with units.look(JOB) as uow:
        assert len(await provenance.statements_about(uow.session, track_id)) == 2


async def test_an_unusable_file_refuses_the_track_until_another_is_uploaded(
    units: UnitOfWorkFactory, people: People, house: HouseKeys, verified_track: Ready
) -> None:
    track_id = await verified_track(people.creator)
    screening_id = await request(units, people, track_id)
    unusable = Unusable(slug="media-too-long", detail="Ten hours.", file_name="mix.wav")
    screening = await conclude(units, house, screening_id, unusable)
    assert screening.state is ScreeningState.FAILED
    assert screening.problem == {"slug": "media-too-long", "detail": "mix.wav: Ten hours."}
    assert screening.evidence is None
    assert await state_of(units, track_id) is TrackState.REFUSED


async def test_silence_refuses_the_track(
    units: UnitOfWorkFactory, people: People, house: HouseKeys, verified_track: Ready
) -> None:
    track_id = await verified_track(people.creator)
    screening_id = await request(units, people, track_id)
    mix = await mix_of(units, people.creator, track_id)
    silent = type(GOOD)(
        integrated_lufs=None, true_peak_dbtp=None, clipped_share=0.0, silent_share=1.0
    )
    screening = await conclude(units, house, screening_id, analysed(mix, quality=silent))
    assert screening.problem is not None
    assert screening.problem["slug"] == "recording-silent"
    assert await state_of(units, track_id) is TrackState.REFUSED


async def test_our_own_fault_stalls_and_is_tried_again_later_each_time(
    units: UnitOfWorkFactory,
    people: People,
    house: HouseKeys,
    *,
    verified_track: Ready,
    clock: TestClock,
    jobs: RecordedJobs,
) -> None:
    track_id = await verified_track(people.creator)
    screening_id = await request(units, people, track_id)
    waits = []
    for attempt in (1, 2, 3):
        unready = Unready(slug="corpus-missing", detail="Build one first.")
        screening = await conclude(units, house, screening_id, unready)
        assert screening.state is ScreeningState.STALLED
        assert await state_of(units, track_id) is TrackState.SCREENING
        assert screening.retry_at is not None
        waits.append(screening.retry_at - clock.now())
        async with units.begin(JOB) as uow:
            assert await service.requeue_stalled(uow) == 0
        clock.advance(waits[-1])
        async with units.begin(JOB) as uow:
            assert await service.requeue_stalled(uow) == 1
        assert jobs.enqueued[-1] == (
            "screening.run",
            f"{screening_id}:{attempt + 1}",
            (screening_id,),
        )
    assert waits == [timedelta(seconds=30), timedelta(seconds=60), timedelta(seconds=120)]
    mix = await mix_of(units, people.creator, track_id)
    assert (await conclude(units, house, screening_id, analysed(mix))).problem is None


async def test_a_file_that_kills_its_worker_each_time_is_refused(
    units: UnitOfWorkFactory,
    people: People,
    house: HouseKeys,
    *,
    verified_track: Ready,
    clock: TestClock,
) -> None:
    track_id = await verified_track(people.creator)
    screening_id = await request(units, people, track_id)
    death = Unready(slug="worker-died", detail="A worker process died.")
    for _ in range(2):
        assert (await conclude(units, house, screening_id, death)).state is ScreeningState.STALLED
        clock.advance(timedelta(hours=1))
        async with units.begin(JOB) as uow:
            await service.requeue_stalled(uow)
    assert (await conclude(units, house, screening_id, death)).state is ScreeningState.FAILED
    assert await state_of(units, track_id) is TrackState.REFUSED


async def test_a_track_is_screened_once(
    units: UnitOfWorkFactory, people: People, verified_track: Ready
) -> None:
    track_id = await verified_track(people.creator)
    await request(units, people, track_id)
    with pytest.raises(IllegalTransition):
        await request(units, people, track_id)


async def test_strangers_see_neither_screening_nor_reference(
    units: UnitOfWorkFactory,
    people: People,
    house: HouseKeys,
    *,
    verified_track: Ready,
    sign_up: SignUp,
) -> None:
    track_id = await verified_track(people.creator)
    screening_id = await request(units, people, track_id)
    mix = await mix_of(units, people.creator, track_id)
    match = found(MatchKind.RECORDING, Band.BLOCK)
    await conclude(units, house, screening_id, analysed(mix, match))
    reference = match.work.reference
    for actor in (people.creator, people.reviewer):
        async with units.look(actor) as uow:
            assert (await service.screening_for(uow, screening_id)).id == screening_id
            await service.require_reference_shown(uow, reference)
    eve, _ = await sign_up("eve")
    async with units.look(eve) as uow:
        with pytest.raises(NotFound):
            await service.screening_for(uow, screening_id)
        with pytest.raises(NotFound):
            await service.require_reference_shown(uow, reference)


async def test_ones_own_files_are_exempt(
    units: UnitOfWorkFactory, people: People, verified_track: Ready
) -> None:
    files = {(AssetRole.MIX, "mix.wav"): wav(seed=5)}
    one, two = await verified_track(people.creator), await verified_track(people.creator, files)
    mixes = {(await mix_of(units, people.creator, track_id)).id for track_id in (one, two)}
    async with units.begin(JOB) as uow:
        await catalogue.admit(uow, track_id=two, screened_at=uow.now)
    async with units.look(JOB) as uow:
        assert await neighbours.assets_of_owner(uow.session, one) == mixes


async def test_what_plays_on_a_stem_is_what_the_generator_declared(
    units: UnitOfWorkFactory, people: People, storage: ObjectStorage, vendor: Vendor
) -> None:
    files = {
        (AssetRole.MIX, "mix.wav"): wav(seed=1),
        (AssetRole.STEM, "stem 1.wav"): wav(seed=2),
        (AssetRole.STEM, "Lead.wav"): wav(seed=3),
    }
    track_id, digests = await open_with_files(units, storage, people.creator, files)
    stems = (Stem(sha256=digests[1], role="vocals"), Stem(sha256=digests[2], role="bass"))
    declared = generation(stems=stems, steps=())
    statement = envelope(vendor.signer, payload(declared, digests))
    async with units.begin(people.creator) as uow:
        track = await catalog.submit(uow, track_id=track_id, envelope=statement)
        roles = await stem_roles(uow.session, track)
    async with opened(storage, track.assets, roles) as read:
        plays = {file.name: file.plays for file in read}
    assert plays == {"mix.wav": "", "stem 1.wav": "vocals", "Lead.wav": "bass"}
