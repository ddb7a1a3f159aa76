"""Tracks ready to be screened, findings made up or real, and a small real corpus."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import pytest
from msgspec.structs import replace as with_fields

from app.catalog import assets, service
from app.catalog.assets import Upload
from app.catalog.models import Asset, AssetRole
from app.catalog.sniffing import sniff
from app.core.actor import Actor, Role, system
from app.core.clock import TestClock
from app.core.runtime import Runtime
from app.core.settings import Settings
from app.core.storage import ObjectStorage
from app.core.unit_of_work import UnitOfWorkFactory
from app.provenance.house import HouseKeys
from app.provenance.music_generation import Step
from app.screening import service as screenings
from app.screening.corpus.build import CorpusSize, build_corpus
from tests.catalog.conftest import SignUp, sign_up, wav
from tests.provenance.generators import (
    OPERATOR,
    Vendor,
    envelope,
    generation,
    new_house,
    payload,
    register,
)
from tests.screening.findings import analysed

__all__ = ["sign_up"]

Ready = Callable[..., Awaitable[str]]

CORPUS_SIZE = CorpusSize(works=24, recordings=4)


@dataclass(frozen=True)
class People:
    """Who takes part: a creator, a reviewer, and another one."""

    creator: Actor
    reviewer: Actor
    second_reviewer: Actor


@pytest.fixture
async def people(sign_up: SignUp) -> People:
    return People(
        creator=(await sign_up("ada"))[0],
        reviewer=(await sign_up("rosa", Role.REVIEWER, Role.CREATOR))[0],
        second_reviewer=(await sign_up("rob", Role.REVIEWER))[0],
    )


@pytest.fixture(scope="session")
def house() -> HouseKeys:
    return new_house()


@pytest.fixture
async def vendor(units: UnitOfWorkFactory) -> Vendor:
    async with units.begin(OPERATOR) as uow:
        return await register(uow)


@pytest.fixture
def verified_track(units: UnitOfWorkFactory, storage: ObjectStorage, vendor: Vendor) -> Ready:
    """Makes a track of the creator's with these files, its provenance verified; its id."""
    seeds = count()

    async def make(creator: Actor, files: dict[tuple[AssetRole, str], bytes] | None = None) -> str:
        files = files or {(AssetRole.MIX, "mix.wav"): wav(seed=next(seeds))}
        track_id, digests = await open_with_files(units, storage, creator, files)
        async with units.begin(creator) as uow:
            await service.submit(uow, track_id=track_id, envelope=signed(vendor, digests))
        return track_id

    return make


@pytest.fixture
def accepted(
    units: UnitOfWorkFactory, people: People, house: HouseKeys, verified_track: Ready
) -> Ready:
    """Makes a track of the creator's that passed screening; its id."""

    async def make() -> str:
        track_id = await verified_track(people.creator)
        mix = await mix_of(units, people.creator, track_id)
        job = system("screening")
        async with units.begin(job) as uow:
            screening_id = (await screenings.request_screening(uow, track_id=track_id)).id
            await screenings.start(uow, screening_id=screening_id)
            await screenings.record_result(
                uow, house=house, screening_id=screening_id, result=analysed(mix)
            )
        return track_id

    return make


async def open_with_files(
    units: UnitOfWorkFactory,
    storage: ObjectStorage,
    creator: Actor,
    files: dict[tuple[AssetRole, str], bytes],
) -> tuple[str, tuple[str, ...]]:
    """An open track with these files: its id, and their digests."""
    async with units.begin(creator) as uow:
        track_id = (await service.open_track(uow, title="Tide", artist_name="Ada")).id
    digests = []
    for (role, name), data in files.items():
        stored = await storage.put(data)
        upload = Upload(role, name, stored, sniff(data))
        async with units.begin(creator) as uow:
            await assets.add_asset(uow, track_id=track_id, upload=upload)
        digests.append(stored.sha256)
    return track_id, tuple(digests)


def signed(vendor: Vendor, digests: tuple[str, ...]) -> bytes:
    """The envelope of a statement about the files with these digests, the mix first."""
    made = Step(operation="generate", tool="songgen", version="2.1", outputs=digests[:1])
    return envelope(vendor.signer, payload(generation(stems=(), steps=(made,)), digests))


async def mix_of(units: UnitOfWorkFactory, actor: Actor, track_id: str) -> Asset:
    async with units.look(actor) as uow:
        track = await service.track_for(uow, track_id)
        return next(asset for asset in track.assets if asset.role is AssetRole.MIX)


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small corpus of real works with real audio, built once."""
    if shutil.which("fluidsynth") is None:
        pytest.skip("FluidSynth is not installed: apt-get install fluidsynth timgm6mb-soundfont")
    root = tmp_path_factory.mktemp("corpus")
    build_corpus(root, CORPUS_SIZE, quiet=True)
    return root


@pytest.fixture
async def runtime(
    settings: Settings,
    units: UnitOfWorkFactory,
    storage: ObjectStorage,
    clock: TestClock,
    corpus: Path,
) -> AsyncIterator[Runtime]:
    here = with_fields(settings, corpus_dir=str(corpus), screening_processes=1)
    runtime = replace(Runtime.build(here, clock), units=units, storage=storage)
    yield runtime
    await runtime.close()
