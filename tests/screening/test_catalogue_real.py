"""Real audio through the catalogue corpus: re-uploads are found, and so is what came later."""

from __future__ import annotations

import asyncio
import base64
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from app.catalog.models import AssetRole
from app.core.actor import Actor, Role
from app.core.clock import TestClock
from app.core.runtime import Runtime
from app.core.settings import Settings
from app.core.unit_of_work import UnitOfWorkFactory
from app.identity import service as identity
from app.provenance import log
from app.provenance.content_credentials.jumbf import active_manifest
from app.provenance.house import HouseKeys
from app.provenance.models import SoftBinding
from app.provenance.receipt import Receipt
from app.screening import growth, service
from app.screening.catalogue_jobs import CatalogueJobs
from app.screening.corpus.additions import Addition, add_work
from app.screening.growth_jobs import GrowthJobs
from app.screening.lanes import Corpus
from app.screening.lifecycle import GrowthState, Occasion, ScreeningState
from app.screening.models import Screening
from app.screening.soft_binding.api import ResolutionController
from app.screening.soft_binding.store_api import ManifestController
from similarity.index import ReferenceIndex
from similarity.match import MatchKind, Verdict
from tests.catalog.conftest import SignUp
from tests.conftest import RecordedJobs
from tests.http import client_for
from tests.releasing import ThisProcess, catalog_jobs
from tests.screening.conftest import People, Ready, mix_of
from tests.screening.real import screen_track, work_off
from tests.screening.test_service import JOB
from tests.similarity.synthesis import tune, write_wav

SECONDS = 24.0

Screened = Callable[[Actor, bytes], Awaitable[Screening]]


@pytest.fixture
def settings(sqlite_settings: Settings) -> Settings:
    """The engines differ in ``test_catalogue``; here the audio matters."""
    return sqlite_settings


@pytest.fixture
def corpus(corpus: Path, tmp_path: Path) -> Path:
    """A corpus that may be added to."""
    return shutil.copytree(corpus, tmp_path / "corpus of its own")


@pytest.fixture(scope="session")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A song that no corpus has."""
    return write_wav(tmp_path_factory.mktemp("song") / "song.wav", tune(77, SECONDS))


@pytest.fixture(scope="session")
def copy(song: Path) -> bytes:
    """The song without its beginning, as MP3, a little slower."""
    target = song.with_name("copy.mp3")
    change = "asetrate=22050*0.97,aresample=22050"
    command = ["ffmpeg", "-v", "error", "-y", "-ss", "3", "-i", song, "-af", change, target]
    subprocess.run(command, check=True)
    return target.read_bytes()


@pytest.fixture
async def runtime(runtime: Runtime) -> Runtime:
    """The room's runtime, computing in this process."""
    return replace(runtime, pool=ThisProcess())


@pytest.fixture
def screened(
    units: UnitOfWorkFactory, runtime: Runtime, house: HouseKeys, verified_track: Ready
) -> Screened:
    """Uploads a mix and has it screened."""

    async def make(seller: Actor, mix: bytes) -> Screening:
        track_id = await verified_track(seller, {(AssetRole.MIX, "mix"): mix})
        return await screen_track(units, runtime, house, seller, track_id)

    return make


def in_index(runtime: Runtime) -> set[str]:
    index = ReferenceIndex.open(runtime.settings.catalogue_path.absolute())
    return {reference for reference, _ in index.references()}


async def test_a_reupload_of_another_sellers_track_is_found(
    runtime: Runtime,
    house: HouseKeys,
    people: People,
    jobs: RecordedJobs,
    *,
    screened: Screened,
    sign_up: SignUp,
    song: Path,
    copy: bytes,
) -> None:
    first = await screened(people.creator, await asyncio.to_thread(song.read_bytes))
    assert first.verdict is Verdict.CLEAR
    assert await work_off(runtime, house, jobs, "screening.follow-catalogue") == 1
    own = await screened(people.creator, copy[:-500])
    assert own.verdict is Verdict.CLEAR, "one may upload one's own again"
    eve, _ = await sign_up("eve")
    again = await screened(eve, copy)
    assert again.verdict in {Verdict.REVIEW, Verdict.BLOCK}
    assert again.catalogue_digest is not None
    evidence = service.evidence_of(again)
    assert evidence is not None
    best = evidence.matches[0]
    assert (best.kind, best.corpus, best.role) == (MatchKind.RECORDING, Corpus.CATALOGUE, "mix")
    assert best.work.file is not None
    assert best.work.file.track_id == first.track_id
    assert best.speed == pytest.approx(0.97, abs=0.01)
    assert len(best.work.peaks) == 600
    assert "another seller's “Tide” (Ada)" in evidence.reasons[0]


async def test_a_copy_that_lost_its_credentials_finds_them_by_its_sound(
    runtime: Runtime,
    house: HouseKeys,
    people: People,
    jobs: RecordedJobs,
    *,
    screened: Screened,
    sign_up: SignUp,
    song: Path,
    copy: bytes,
) -> None:
    screening = await screened(people.creator, await asyncio.to_thread(song.read_bytes))
    assert await work_off(runtime, house, jobs, "screening.follow-catalogue") == 1
    await catalog_jobs(runtime, house).release(screening.track_id)
    async with runtime.units.begin(JOB) as uow:
        await log.seal(uow, house)
    _, headers = await sign_up("eve")
    controllers = [ResolutionController, ManifestController]
    async with client_for(runtime.units, controllers, runtime=runtime, house=house) as client:
        asked = await client.post("/c2pa/matches/byContent", content=copy, headers=headers)
        assert asked.status_code == 200, asked.text
        [match] = asked.json()["matches"]
        assert match["similarityScore"] > 50
        address = f"/c2pa/manifests/{match['manifestId']}"
        store = await client.get(address)
        assert store.headers["content-type"] == "application/c2pa"
        assert active_manifest(store.content).label == match["manifestId"]
        receipt = (await client.get(f"{address}/receipts")).json()
        assert receipt["repository"]["manifestId"] == match["manifestId"]
        Receipt.parse(receipt["anchor"]["proof"]["value"]).verify(house.log_key)
        # A copy that keeps its length is also found by the ISCC in the manifest, without our index.
        recoded = await asyncio.to_thread(_recoded, song)
        by_iscc = await client.post(
            "/c2pa/matches/byContent",
            params={"alg": "io.iscc.v0"},
            content=recoded,
            headers=headers,
        )
        [bound] = by_iscc.json()["matches"]
        assert bound["manifestId"] == match["manifestId"]
        assert bound["similarityScore"] >= 94
        await _assert_ours_stays(client, runtime, match["manifestId"])
        other = await asyncio.to_thread(_another_song, song)
        nothing = await client.post("/c2pa/matches/byContent", content=other, headers=headers)
        assert nothing.json() == {"matches": []}
        noise = await client.post("/c2pa/matches/byContent", content=b"no sound", headers=headers)
        assert (noise.status_code, noise.json()["type"].rpartition("/")[2]) == (
            422,
            "sound-unusable",
        )
        assert (await client.post("/c2pa/matches/byContent", content=copy)).status_code == 401
        assert (await client.get("/c2pa/manifests/urn:c2pa:nothing")).status_code == 404


async def _assert_ours_stays(client: httpx.AsyncClient, runtime: Runtime, manifest_id: str) -> None:
    """Nobody deletes what a certificate names, or leads others to it or away from it."""
    async with runtime.units.begin(JOB) as uow:
        operator = await identity.sign_up(
            uow,
            email="olga@music.example",
            display_name="Olga",
            password="a long password",
            roles=frozenset({Role.OPERATOR}),
        )
        _, secret = await identity.create_api_key(uow, person_id=operator.id, name="test")
        bound = await uow.session.scalar(
            sa.select(SoftBinding.value).where(SoftBinding.manifest_id == manifest_id)
        )
    assert bound is not None
    headers = {"Authorization": f"Bearer {secret}"}
    value = base64.b64encode(bound).decode()
    body = {"manifestId": manifest_id, "bindingValue": value}
    answers = [
        await client.delete(f"/c2pa/manifests/{manifest_id}", headers=headers),
        await client.post("/c2pa/bindings", json=body, headers=headers),
        await client.put("/c2pa/bindings", json=body, headers=headers),
    ]
    for answer in answers:
        assert answer.status_code == 409, answer.text
        assert answer.json()["type"].endswith("/manifest-released")
    assert (await client.get(f"/c2pa/manifests/{manifest_id}")).status_code == 200


def _recoded(song: Path) -> bytes:
    target = song.with_name("recoded.ogg")
    command = ["ffmpeg", "-v", "error", "-y", "-i", song, "-q:a", "2", target]
    subprocess.run(command, check=True)
    return target.read_bytes()


def _another_song(beside: Path) -> bytes:
    return write_wav(beside.with_name("another.wav"), tune(78, SECONDS)).read_bytes()


async def test_two_sellers_at_once_the_second_is_looked_at_again(
    units: UnitOfWorkFactory,
    runtime: Runtime,
    house: HouseKeys,
    people: People,
    *,
    jobs: RecordedJobs,
    clock: TestClock,
    screened: Screened,
    sign_up: SignUp,
    song: Path,
    copy: bytes,
) -> None:
    eve, _ = await sign_up("eve")
    first = await screened(people.creator, await asyncio.to_thread(song.read_bytes))
    clock.advance(timedelta(minutes=1))
    second = await screened(eve, copy)
    assert (first.verdict, second.verdict) == (Verdict.CLEAR, Verdict.CLEAR)
    clock.advance(timedelta(minutes=1))
    jobs.enqueued = [entry for entry in jobs.enqueued if entry[0] != service.RUN.name]
    assert await work_off(runtime, house, jobs) == 3  # two admitted, one screened again
    async with units.look(JOB) as uow:
        news = await service.latest_screening(uow, second.track_id)
        assert (await service.latest_screening(uow, first.track_id)).id == first.id
    assert (news.occasion, news.state) == (Occasion.CORPUS_GROWTH, ScreeningState.IN_REVIEW)


async def test_the_index_follows_the_database_and_is_made_again_when_lost(
    units: UnitOfWorkFactory,
    runtime: Runtime,
    house: HouseKeys,
    people: People,
    *,
    jobs: RecordedJobs,
    clock: TestClock,
    screened: Screened,
    song: Path,
    copy: bytes,
) -> None:
    sweeps = CatalogueJobs(runtime)
    one = await screened(people.creator, await asyncio.to_thread(song.read_bytes))
    two = await screened(people.creator, copy)
    mixes = {(await mix_of(units, JOB, s.track_id)).id for s in (one, two)}
    assert await work_off(runtime, house, jobs, "screening.follow-catalogue") == 2
    assert in_index(runtime) == mixes
    await asyncio.to_thread(shutil.rmtree, runtime.settings.catalogue_path)
    stalled = await screened(people.creator, copy[:-500])
    assert stalled.state is ScreeningState.STALLED
    assert stalled.problem is not None
    assert stalled.problem["slug"] == "catalogue-lost"
    await sweeps.rebuild_lost()
    assert await work_off(runtime, house, jobs, "screening.follow-catalogue") == 2
    assert in_index(runtime) == mixes


async def test_a_reference_that_comes_later_finds_what_was_accepted(
    units: UnitOfWorkFactory,
    runtime: Runtime,
    house: HouseKeys,
    people: People,
    *,
    jobs: RecordedJobs,
    clock: TestClock,
    screened: Screened,
    corpus: Path,
    song: Path,
    copy: bytes,
) -> None:
    sweeps = GrowthJobs(runtime)
    accepted = await screened(people.creator, copy)
    assert await work_off(runtime, house, jobs, "screening.follow-catalogue") == 1
    await sweeps.notice_growth()
    await sweeps.notice_growth()
    await work_off(runtime, house, jobs, growth.SEARCH.name)
    assert [name for name, _, _ in jobs.enqueued if name == service.RUN.name][1:] == []
    clock.advance(timedelta(minutes=1))
    label = Addition([song], "The Label's Song", "A. Writer", "A label's own")
    await asyncio.to_thread(add_work, corpus, label)
    await sweeps.notice_growth()
    assert await work_off(runtime, house, jobs, growth.SEARCH.name) == 1
    clock.advance(timedelta(minutes=1))
    jobs.enqueued = [entry for entry in jobs.enqueued if entry[2][0] != accepted.id]
    assert await work_off(runtime, house, jobs, service.RUN.name) == 1
    async with units.look(JOB) as uow:
        news = await service.latest_screening(uow, accepted.track_id)
        newest, *_ = await growth.report(uow)
    assert (newest.state, newest.total, newest.tracks) == (GrowthState.FINISHED, 1, 1)
    assert (news.occasion, news.state) == (Occasion.CORPUS_GROWTH, ScreeningState.IN_REVIEW)
    evidence = service.evidence_of(news)
    assert evidence is not None
    assert evidence.matches[0].work.title == "The Label's Song"
    assert news.corpus_digest != accepted.corpus_digest
