"""Real audio and scores through the whole of screening: job, command, HTTP."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace as with_fields

from app.catalog import api as catalog_api
from app.catalog import service as catalog
from app.catalog.lifecycle import TrackState
from app.catalog.models import AssetRole
from app.core.actor import Role
from app.core.runtime import Runtime
from app.core.settings import Settings
from app.core.storage import ObjectStorage
from app.core.unit_of_work import UnitOfWorkFactory
from app.provenance.house import HouseKeys
from app.screening import api as screening_api
from app.screening import service
from app.screening.commands import screen
from app.screening.corpus.instrumentations import Instrumentation
from app.screening.corpus.scores import load_score
from app.screening.corpus.synthesis import arrange
from app.screening.corpus.works import Work
from app.screening.evidence import RecordingProof
from app.screening.jobs import ScreeningJobs
from app.screening.lifecycle import ScreeningState
from app.screening.references import works_of
from similarity.match import Verdict
from tests.catalog.conftest import SignUp, wav
from tests.http import client_for
from tests.provenance.generators import Vendor
from tests.screening.conftest import People, Ready, open_with_files, signed
from tests.screening.real import screen_track
from tests.screening.test_service import JOB


@pytest.fixture
def settings(sqlite_settings: Settings) -> Settings:
    """The engines differ in ``test_service``; here the audio matters."""
    return sqlite_settings


@pytest.fixture
def work(corpus: Path) -> Work:
    """A work with a recording, the longest there is."""
    return max(
        (work for work in works_of(corpus) if work.recordings),
        key=lambda work: work.recordings[0].duration_s,
    )


def ffmpeg(*arguments: str | Path) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments], check=True)


@pytest.fixture
def excerpt(corpus: Path, work: Work, tmp_path: Path) -> Path:
    """Twenty seconds of the work's recording, as MP3."""
    source, target = corpus / work.recordings[0].file, tmp_path / "my song.mp3"
    ffmpeg("-ss", "4", "-t", "20", "-i", source, "-b:a", "128k", target)
    return target


async def test_an_excerpt_of_a_reference_is_found_where_it_was_taken(
    units: UnitOfWorkFactory,
    runtime: Runtime,
    house: HouseKeys,
    people: People,
    *,
    verified_track: Ready,
    excerpt: Path,
    work: Work,
) -> None:
    files = {(AssetRole.MIX, "my song.mp3"): await asyncio.to_thread(excerpt.read_bytes)}
    track_id = await verified_track(people.creator, files)
    screening = await screen_track(units, runtime, house, people.creator, track_id)
    assert screening.verdict in {Verdict.REVIEW, Verdict.BLOCK}
    assert screening.timings_ms is not None
    assert {"decode", "recording_search", "open_references"} <= set(screening.timings_ms)
    evidence = service.evidence_of(screening)
    assert evidence is not None
    best = evidence.matches[0]
    assert best.work.title == work.title
    assert best.work.rights == work.rights
    assert best.reference_span.start_s - best.query_span.start_s == pytest.approx(4.0, abs=0.5)
    assert isinstance(best.proof, RecordingProof)
    assert len(best.work.peaks) == len(evidence.files[0].peaks) == 600
    assert evidence.corpora == {"references": screening.corpus_digest}


async def test_a_score_with_a_reference_tune_is_found(
    units: UnitOfWorkFactory,
    runtime: Runtime,
    house: HouseKeys,
    people: People,
    *,
    verified_track: Ready,
    corpus: Path,
    work: Work,
    tmp_path: Path,
) -> None:
    score = load_score(corpus / "scores" / f"{work.reference}.npz")
    arrange(score, Instrumentation("piano", (0,))).shift_pitch(5).dump_midi(tmp_path / "tune.mid")
    files = {
        (AssetRole.MIX, "mix.wav"): wav(5.0),
        (AssetRole.SCORE, "tune.mid"): (tmp_path / "tune.mid").read_bytes(),
    }
    track_id = await verified_track(people.creator, files)
    screening = await screen_track(units, runtime, house, people.creator, track_id)
    evidence = service.evidence_of(screening)
    assert evidence is not None
    best = evidence.matches[0]
    assert (best.kind, best.work.reference) == ("melody", work.reference)
    assert best.pitch_semitones == pytest.approx(5.0)
    assert screening.verdict in {Verdict.REVIEW, Verdict.BLOCK}


async def test_noise_of_ones_own_is_clear(
    units: UnitOfWorkFactory,
    runtime: Runtime,
    house: HouseKeys,
    people: People,
    *,
    verified_track: Ready,
) -> None:
    track_id = await verified_track(people.creator, {(AssetRole.MIX, "mix.wav"): wav(12.0)})
    screening = await screen_track(units, runtime, house, people.creator, track_id)
    assert screening.verdict is Verdict.CLEAR
    async with units.look(JOB) as uow:
        assert (await catalog.track_for(uow, track_id)).state is TrackState.COUNTERSIGNED


BAD = {
    "no samples": (wav(0.0), "media-too-short"),
    "noise behind a header": (b"fLaC" + bytes(range(256)) * 40, "unreadable-media"),
    "too short": (wav(1.0), "recording-too-short"),
}


@pytest.mark.parametrize("case", BAD)
async def test_bad_audio_refuses_the_track_with_its_own_problem(
    units: UnitOfWorkFactory,
    runtime: Runtime,
    house: HouseKeys,
    people: People,
    *,
    verified_track: Ready,
    case: str,
) -> None:
    data, slug = BAD[case]
    track_id = await verified_track(people.creator, {(AssetRole.MIX, "mix"): data})
    screening = await screen_track(units, runtime, house, people.creator, track_id)
    assert screening.state is ScreeningState.FAILED
    assert screening.problem is not None
    assert screening.problem["slug"] == slug
    async with units.look(JOB) as uow:
        assert (await catalog.track_for(uow, track_id)).state is TrackState.REFUSED


async def test_a_file_that_breaks_off_refuses_the_track(
    units: UnitOfWorkFactory,
    runtime: Runtime,
    house: HouseKeys,
    people: People,
    *,
    verified_track: Ready,
    tmp_path: Path,
) -> None:
    (whole := tmp_path / "whole.wav").write_bytes(wav(30.0))
    await asyncio.to_thread(ffmpeg, "-i", whole, tmp_path / "mix.flac")
    data = await asyncio.to_thread((tmp_path / "mix.flac").read_bytes)
    files = {(AssetRole.MIX, "mix.flac"): data[: len(data) // 2]}
    track_id = await verified_track(people.creator, files)
    screening = await screen_track(units, runtime, house, people.creator, track_id)
    assert screening.problem is not None
    assert screening.problem["slug"] == "unreadable-media"


async def test_hours_of_silence_in_few_bytes_are_refused(
    units: UnitOfWorkFactory,
    runtime: Runtime,
    house: HouseKeys,
    people: People,
    *,
    verified_track: Ready,
    tmp_path: Path,
) -> None:
    bomb = tmp_path / "bomb.flac"
    await asyncio.to_thread(
        ffmpeg, "-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", "11000", bomb
    )
    track_id = await verified_track(
        people.creator, {(AssetRole.MIX, "bomb.flac"): bomb.read_bytes()}
    )
    screening = await screen_track(units, runtime, house, people.creator, track_id)
    assert screening.problem is not None
    assert screening.problem["slug"] == "media-too-long"


async def test_without_a_corpus_the_screening_waits(
    units: UnitOfWorkFactory,
    runtime: Runtime,
    house: HouseKeys,
    people: People,
    *,
    verified_track: Ready,
    tmp_path: Path,
) -> None:
    elsewhere = with_fields(runtime.settings, corpus_dir=str(tmp_path / "nothing"))
    track_id = await verified_track(people.creator)
    runtime = replace(runtime, settings=elsewhere)
    screening = await screen_track(units, runtime, house, people.creator, track_id)
    assert screening.state is ScreeningState.STALLED
    assert screening.problem is not None
    assert screening.problem["slug"] == "corpus-missing"


@pytest.fixture
async def client(
    units: UnitOfWorkFactory, runtime: Runtime, house: HouseKeys
) -> AsyncIterator[httpx.AsyncClient]:
    controllers = [*catalog_api.CONTROLLERS, *screening_api.CONTROLLERS]
    async with client_for(units, controllers, runtime=runtime, house=house) as client:
        yield client


async def test_submission_verdict_review_and_evidence_over_http(
    client: httpx.AsyncClient,
    units: UnitOfWorkFactory,
    storage: ObjectStorage,
    runtime: Runtime,
    *,
    house: HouseKeys,
    vendor: Vendor,
    sign_up: SignUp,
    corpus: Path,
    work: Work,
    excerpt: Path,
) -> None:
    creator, ada = await sign_up("ada")
    (_, rosa), (_, eve) = await sign_up("rosa", Role.REVIEWER), await sign_up("eve")
    files = {(AssetRole.MIX, "my song.mp3"): await asyncio.to_thread(excerpt.read_bytes)}
    track_id, digests = await open_with_files(units, storage, creator, files)
    tampered = signed(vendor, ("0" * 64,))
    refused = await client.post(f"/v1/tracks/{track_id}/submission", content=tampered, headers=ada)
    assert refused.status_code == 422
    assert refused.json()["type"].rsplit("/", 1)[1] in {"subject-missing", "subject-undeclared"}
    assert (await client.get(f"/v1/tracks/{track_id}", headers=ada)).json()["state"] == "open"
    taken = await client.post(
        f"/v1/tracks/{track_id}/submission", content=signed(vendor, digests), headers=ada
    )
    assert (taken.status_code, taken.json()["state"]) == (202, "screening")
    read = await client.get(f"/v1/tracks/{track_id}/screening", headers=ada)
    screening_id = read.json()["screening"]["id"]
    await ScreeningJobs(runtime, house).run(screening_id)

    shown = (await client.get(f"/v1/screenings/{screening_id}", headers=ada)).json()
    reference = shown["evidence"]["matches"][0]["work"]["reference"]
    assert shown["evidence"]["matches"][0]["work"]["title"] == work.title
    exact = await client.get(f"/v1/screenings/{screening_id}/evidence", headers=ada)
    assert json.loads(exact.content) == shown["evidence"]
    assert exact.headers["etag"] == f'"{shown["screening"]["evidence_sha256"]}"'

    described = await client.get(f"/v1/references/{reference}", headers=eve)
    assert described.json()["rights"] == work.rights
    for headers, status in ((ada, 206), (rosa, 206), (eve, 404)):
        played = await client.get(
            f"/v1/references/{reference}/audio", headers={**headers, "Range": "bytes=0-3"}
        )
        assert played.status_code == status
        assert status == 404 or played.content == b"OggS"

    states = "state=in_review&state=blocked"
    queue = (await client.get(f"/v1/screenings?{states}", headers=rosa)).json()
    assert [entry["id"] for entry in queue] == [screening_id]
    assert (await client.get("/v1/screenings", headers=ada)).status_code == 403
    claimed = await client.post(
        f"/v1/screenings/{screening_id}/claim",
        json={"expected_version": queue[0]["version"]},
        headers=rosa,
    )
    assert claimed.status_code == 200, claimed.text
    decision = {
        "decision": "clear",
        "reason": "The creator shows the licence of the recording.",
        "expected_version": queue[0]["version"],
    }
    stale = await client.post(
        f"/v1/screenings/{screening_id}/decision", json=decision, headers=rosa
    )
    assert (stale.status_code, stale.json()["version"]) == (409, claimed.json()["version"])
    decision["expected_version"] = claimed.json()["version"]
    decided = await client.post(
        f"/v1/screenings/{screening_id}/decision", json=decision, headers=rosa
    )
    assert decided.json()["state"] == "cleared"
    after = (await client.get(f"/v1/tracks/{track_id}", headers=ada)).json()
    assert after["state"] == "countersigned"
    assert after["countersignature_id"]


def run_screen(corpus: Path, *arguments: str | Path) -> Result:
    return CliRunner().invoke(
        screen, ["--corpus", str(corpus), *(str(argument) for argument in arguments)]
    )


def test_the_command_screens_what_it_can_and_says_what_it_cannot(
    corpus: Path, excerpt: Path, work: Work, tmp_path: Path
) -> None:
    (notes := tmp_path / "notes.mp3").write_text("not music, only words\n" * 10)
    (silence := tmp_path / "silence.wav").write_bytes(_silence())
    outcome = run_screen(corpus, "--json", excerpt, notes, silence, tmp_path / "missing.wav")
    assert outcome.exit_code == 3
    found, text, silent, missing = map(json.loads, outcome.stdout.splitlines())
    assert found["verdict"] in {"review", "block"}
    assert found["matches"][0]["work"]["title"] == work.title
    assert text["error"]["type"] == "unsupported-media"
    assert silent["error"]["type"] == "recording-silent"
    assert missing["error"]["type"] == "unreadable-media"
    words = run_screen(corpus, excerpt)
    assert words.exit_code == 0
    assert work.title in words.stdout


def test_the_command_without_a_corpus_says_how_to_build_one(excerpt: Path, tmp_path: Path) -> None:
    outcome = run_screen(tmp_path / "nothing", excerpt)
    assert outcome.exit_code == 1
    assert "countersign corpus build" in str(outcome.exception)


def _silence() -> bytes:
    data = bytearray(wav(5.0))
    data[44:] = bytes(len(data) - 44)
    return bytes(data)
