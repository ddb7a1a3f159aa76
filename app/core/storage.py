"""Object storage: content-addressed, so that stored bytes never change under anybody.

A local folder by default, S3-compatible storage by URL. Uploads are hashed while they stream to an
incoming place and become visible under their SHA-256 only when complete; an aborted upload leaves
nothing behind.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import obstore
from obstore.exceptions import BaseError as StoreError
from obstore.store import LocalStore, ObjectStore, from_url

from app.core.errors import NotFound, PayloadTooLarge, Unavailable
from app.core.settings import Settings

_INCOMING: Final = "incoming"
_ABANDONED_AFTER: Final = timedelta(days=1)  # no upload takes longer; what is older was killed
_CHUNK: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class StoredObject:
    """Bytes at rest: their SHA-256 (hex), which is also their name, and their number."""

    sha256: str
    size: int


class Arrival:
    """Bytes that have arrived in the incoming place and wait for a decision."""

    def __init__(
        self, store: ObjectStore, path: str, stored: StoredObject, root: Path | None
    ) -> None:
        self._store = store
        self._path = path
        self._root = root
        self.stored = stored
        self.kept = False

    @asynccontextmanager
    async def as_file(self) -> AsyncIterator[Path]:
        """A path at which the bytes can be looked at before they are kept."""
        async with _as_file(self._store, self._path, self._root) as path:
            yield path

    async def keep(self) -> None:
        """Make the bytes visible under their digest.

        Raises:
            Unavailable: the storage does not answer.
        """
        try:
            await obstore.rename_async(self._store, self._path, _key(self.stored.sha256))
        except StoreError as error:
            raise Unavailable("The storage does not answer; nothing was stored.") from error
        self.kept = True


class ObjectStorage:
    """Immutable objects named by their SHA-256."""

    def __init__(self, store: ObjectStore, root: Path | None) -> None:
        self._store = store
        self._root = root

    @classmethod
    def connect(cls, settings: Settings) -> ObjectStorage:
        if settings.storage_url:
            return cls(from_url(settings.storage_url), None)
        root = (settings.home / "objects").absolute()
        root.mkdir(parents=True, exist_ok=True)
        return cls(LocalStore(prefix=root), root)

    async def receive(self, chunks: AsyncIterator[bytes], *, limit: int) -> StoredObject:
        """Store a stream and name it by its digest.

        Raises:
            PayloadTooLarge: more than ``limit`` bytes arrived.
            Unavailable: the storage does not answer.
        """
        async with self.arriving(chunks, limit=limit) as arrival:
            await arrival.keep()
        return arrival.stored

    @asynccontextmanager
    async def arriving(self, chunks: AsyncIterator[bytes], *, limit: int) -> AsyncIterator[Arrival]:
        """A stream that has arrived whole, but is stored only if the block keeps it.

        Lets a caller refuse bytes for what they are without ever having them among the objects.

        Raises:
            PayloadTooLarge: more than ``limit`` bytes arrived.
            Unavailable: the storage does not answer.
        """
        incoming = f"{_INCOMING}/{secrets.token_hex(16)}"
        digest = hashlib.sha256()
        size = 0

        async def hashed() -> AsyncIterator[bytes]:
            nonlocal size
            async for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise PayloadTooLarge(f"An upload may have at most {limit} bytes.")
                digest.update(chunk)
                yield chunk

        try:
            # A failing or cancelled stream makes the store abandon what it has written so far.
            await obstore.put_async(self._store, incoming, hashed())
        except StoreError as error:
            raise Unavailable("The storage does not answer; nothing was stored.") from error
        arrival = Arrival(self._store, incoming, StoredObject(digest.hexdigest(), size), self._root)
        try:
            yield arrival
        finally:
            if not arrival.kept:
                await obstore.delete_async(self._store, incoming)

    async def delete(self, sha256: str) -> None:
        """Remove an object, if it is there; the caller knows that nothing names it any more."""
        try:
            await obstore.delete_async(self._store, _key(sha256))
        except FileNotFoundError:
            return

    async def put(self, data: bytes) -> StoredObject:
        """Store a small object that is already in memory."""
        digest = hashlib.sha256(data).hexdigest()
        await obstore.put_async(self._store, _key(digest), data)
        return StoredObject(digest, len(data))

    async def exists(self, sha256: str) -> bool:
        try:
            await obstore.head_async(self._store, _key(sha256))
        except FileNotFoundError:
            return False
        return True

    async def read(self, sha256: str, *, start: int = 0, end: int | None = None) -> bytes:
        """The bytes ``[start, end)`` of an object.

        Raises:
            NotFound: there is no such object.
        """
        try:
            if end is None:
                return bytes(
                    await (await obstore.get_async(self._store, _key(sha256))).bytes_async()
                )[start:]
            return bytes(
                await obstore.get_range_async(self._store, _key(sha256), start=start, end=end)
            )
        except FileNotFoundError as error:
            raise NotFound("The stored file is missing.") from error

    async def stream(self, sha256: str, *, start: int = 0, end: int) -> AsyncIterator[bytes]:
        """The bytes ``[start, end)`` in pieces of a megabyte."""
        while start < end:
            stop = min(start + _CHUNK, end)
            yield await self.read(sha256, start=start, end=stop)
            start = stop

    @asynccontextmanager
    async def as_file(self, sha256: str) -> AsyncIterator[Path]:
        """A path at which decoders can open the object; valid inside the block only."""
        async with _as_file(self._store, _key(sha256), self._root) as path:
            yield path

    async def sweep_abandoned(self, now: datetime) -> int:
        """Remove what killed uploads left in the incoming place; the number removed.

        In a local folder only: there the half-written file is ours to see. S3-compatible stores
        keep unfinished multipart uploads to themselves and drop them by a lifecycle rule.
        """
        if self._root is None:
            return 0
        return await asyncio.to_thread(_remove_older, self._root / _INCOMING, now)


@asynccontextmanager
async def _as_file(store: ObjectStore, key: str, root: Path | None) -> AsyncIterator[Path]:
    if root is not None:
        path = root / key
        if not path.exists():
            raise NotFound("The stored file is missing.")
        yield path
        return
    with tempfile.NamedTemporaryFile(prefix="countersign-") as file:
        response = await obstore.get_async(store, key)
        async for chunk in response.stream(min_chunk_size=_CHUNK):
            file.write(chunk)
        file.flush()
        yield Path(file.name)


def _remove_older(folder: Path, now: datetime) -> int:
    removed = 0
    for path in folder.glob("*"):
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        if written < now - _ABANDONED_AFTER:
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def _key(sha256: str) -> str:
    return f"sha256/{sha256[:2]}/{sha256}"
