"""Files of a track in the database, on both engines: no row without bytes, no bytes without row."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.catalog import assets, service
from app.catalog.assets import UNUSED_FOR, Upload
from app.catalog.errors import TrackFull
from app.catalog.models import Asset, AssetRole, StoredFile
from app.catalog.sniffing import SniffedMedia, sniff
from app.core.actor import Actor, system
from app.core.clock import TestClock
from app.core.storage import ObjectStorage
from app.core.unit_of_work import UnitOfWorkFactory
from tests.catalog.conftest import SignUp, wav

WAV: SniffedMedia = sniff(wav())


@pytest.fixture
async def ada(sign_up: SignUp) -> Actor:
    return (await sign_up("ada"))[0]


async def open_track(units: UnitOfWorkFactory, actor: Actor) -> str:
    async with units.begin(actor) as uow:
        return (await service.open_track(uow, title="Tide", artist_name="Ada")).id


async def upload(
    units: UnitOfWorkFactory,
    storage: ObjectStorage,
    actor: Actor,
    track_id: str,
    *,
    data: bytes,
    name: str = "mix.wav",
    role: AssetRole = AssetRole.MIX,
) -> str:
    """As the upload endpoint does it; the asset's SHA-256."""

    async def chunks() -> AsyncIterator[bytes]:
        yield data

    async with storage.arriving(chunks(), limit=10**9) as arrival:
        arrived = Upload(role, name, arrival.stored, WAV)
        async with units.begin(actor) as uow:
            await assets.claim_file(uow, track_id=track_id, upload=arrived)
        async with units.begin(actor) as uow:
            await assets.add_asset(uow, track_id=track_id, upload=arrived)
            await arrival.keep()
    return arrival.stored.sha256


async def sweep(units: UnitOfWorkFactory, storage: ObjectStorage) -> int:
    async with units.begin(system("sweep")) as uow:
        return await assets.sweep_unused(uow, storage)


async def test_replaced_bytes_are_swept_when_nothing_names_them(
    units: UnitOfWorkFactory, storage: ObjectStorage, ada: Actor, clock: TestClock
) -> None:
    track = await open_track(units, ada)
    first = await upload(units, storage, ada, track, data=wav(seed=1))
    second = await upload(units, storage, ada, track, data=wav(seed=2))
    assert await sweep(units, storage) == 0
    clock.advance(UNUSED_FOR + timedelta(seconds=1))
    assert await sweep(units, storage) == 1
    assert not await storage.exists(first)
    assert await storage.exists(second)


async def test_bytes_that_another_track_names_stay(
    units: UnitOfWorkFactory, storage: ObjectStorage, ada: Actor, clock: TestClock
) -> None:
    one, two = await open_track(units, ada), await open_track(units, ada)
    shared = await upload(units, storage, ada, one, data=wav())
    await upload(units, storage, ada, two, data=wav())
    async with units.begin(ada) as uow:
        await assets.remove_asset(uow, track_id=one, role=AssetRole.MIX, name="mix.wav")
    clock.advance(UNUSED_FOR * 2)
    assert await sweep(units, storage) == 0
    assert await storage.exists(shared)


async def test_a_crash_between_claim_and_asset_is_swept(
    units: UnitOfWorkFactory, storage: ObjectStorage, ada: Actor, clock: TestClock
) -> None:
    track = await open_track(units, ada)
    stored = await storage.put(wav(seed=3))
    async with units.begin(ada) as uow:
        arrived = Upload(AssetRole.MIX, "mix.wav", stored, WAV)
        await assets.claim_file(uow, track_id=track, upload=arrived)
    clock.advance(UNUSED_FOR * 2)
    assert await sweep(units, storage) == 1
    assert not await storage.exists(stored.sha256)
    async with units.look(ada) as uow:
        assert await uow.session.scalar(sa.select(StoredFile)) is None


async def test_the_same_bytes_at_once_are_one_file(
    units: UnitOfWorkFactory, storage: ObjectStorage, ada: Actor
) -> None:
    tracks = [await open_track(units, ada) for _ in range(4)]
    digests = await asyncio.gather(
        *(upload(units, storage, ada, track, data=wav(seed=4)) for track in tracks)
    )
    assert len(set(digests)) == 1
    assert await storage.read(digests[0]) == wav(seed=4)
    async with units.look(ada) as uow:
        assert len(list(await uow.session.scalars(sa.select(StoredFile)))) == 1
        assert len(list(await uow.session.scalars(sa.select(Asset)))) == 4


async def test_two_mixes_at_once_leave_one(
    units: UnitOfWorkFactory, storage: ObjectStorage, ada: Actor
) -> None:
    track = await open_track(units, ada)
    outcomes = await asyncio.gather(
        *(
            upload(units, storage, ada, track, data=wav(seed=seed), name=f"{seed}.wav")
            for seed in range(4)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, str) for outcome in outcomes) == 1
    async with units.look(ada) as uow:
        assert len((await service.track_for(uow, track)).assets) == 1


async def test_a_track_holds_only_so_many_files(
    units: UnitOfWorkFactory,
    storage: ObjectStorage,
    ada: Actor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(assets, "MAX_ASSETS", 2)
    track = await open_track(units, ada)
    for name in ("a.wav", "b.wav"):
        await upload(units, storage, ada, track, data=wav(), name=name, role=AssetRole.STEM)
    with pytest.raises(TrackFull):
        await upload(units, storage, ada, track, data=wav(), name="c.wav", role=AssetRole.STEM)
