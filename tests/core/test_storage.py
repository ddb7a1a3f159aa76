"""Storage: complete or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.core.errors import NotFound, PayloadTooLarge
from app.core.settings import Settings
from app.core.storage import ObjectStorage


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def store(home: Path) -> ObjectStorage:
    return ObjectStorage.connect(Settings(home=home))


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def files_in(home: Path) -> list[Path]:
    return [path for path in (home / "objects").rglob("*") if path.is_file()]


async def test_bytes_come_back_by_their_digest(store: ObjectStorage) -> None:
    stored = await store.receive(chunks(b"one ", b"two"), limit=100)
    assert stored.sha256 == hashlib.sha256(b"one two").hexdigest()
    assert stored.size == 7
    assert await store.read(stored.sha256) == b"one two"
    assert await store.read(stored.sha256, start=1, end=3) == b"ne"
    assert [part async for part in store.stream(stored.sha256, start=4, end=7)] == [b"two"]
    async with store.as_file(stored.sha256) as path:
        assert path.read_bytes() == b"one two"


async def test_the_same_bytes_are_stored_once(store: ObjectStorage, home: Path) -> None:
    first = await store.receive(chunks(b"same"), limit=100)
    second = await store.receive(chunks(b"sa", b"me"), limit=100)
    assert first == second
    assert len(files_in(home)) == 1


async def test_too_many_bytes_leave_nothing(store: ObjectStorage, home: Path) -> None:
    with pytest.raises(PayloadTooLarge):
        await store.receive(chunks(b"x" * 60, b"x" * 60), limit=100)
    assert files_in(home) == []


async def test_an_aborted_upload_leaves_nothing(store: ObjectStorage, home: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * 20_000_000
        raise ConnectionResetError("the client went away")

    with pytest.raises(ConnectionResetError):
        await store.receive(broken(), limit=10**9)
    assert files_in(home) == []


async def test_what_a_killed_upload_left_is_swept_when_it_is_old(
    store: ObjectStorage, home: Path
) -> None:
    kept = await store.put(b"kept")
    left = home / "objects" / "incoming" / "half#1"
    left.parent.mkdir(parents=True, exist_ok=True)
    left.write_bytes(b"half a file")
    written = datetime.fromtimestamp(left.stat().st_mtime, UTC)
    assert await store.sweep_abandoned(written + timedelta(hours=1)) == 0
    assert await store.sweep_abandoned(written + timedelta(days=2)) == 1
    assert not left.exists()
    assert await store.exists(kept.sha256)


async def test_a_missing_object_is_not_found(store: ObjectStorage) -> None:
    with pytest.raises(NotFound):
        await store.read("0" * 64)
