"""Use cases of a track's files: bytes become an asset, or leave nothing behind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.duplicates import require_no_duplicate
from app.catalog.errors import CredentialsInside, MixPresent, TrackFull, TrackNotOpen
from app.catalog.lifecycle import TRACK, TrackCommand, TrackState
from app.catalog.models import Asset, AssetRole, ReleasedFile, StoredFile, Track
from app.catalog.service import own_track, track_for
from app.catalog.sniffing import SniffedMedia
from app.core.errors import NotFound
from app.core.storage import ObjectStorage, StoredObject
from app.core.unit_of_work import UnitOfWork
from app.provenance.content_credentials.reading import ContentCredentials

MAX_ASSETS: Final = 200
"""A large session has some hundred stems; each asset costs a line in the signed statement."""

MAX_TRACK_BYTES: Final = 32 * 1024**3
"""All files of a track: sixteen of the longest single uploads."""

UNUSED_FOR: Final = timedelta(hours=1)
"""How long bytes may lie without an asset before they are swept: longer than any transaction."""

_CHANGEABLE: Final = frozenset({TrackState.OPEN, TrackState.REFUSED})


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that arrived: what it is for, what it is called, its bytes' name and kind.

    ``credentials``: its Content Credentials, which hold; None where it has none.
    """

    role: AssetRole
    name: str
    stored: StoredObject
    media: SniffedMedia
    credentials: ContentCredentials | None = None


async def claim_file(uow: UnitOfWork, *, track_id: str, upload: Upload) -> None:
    """Write down that these bytes are about to be stored, unless they would be refused.

    Committed before the bytes become visible, so that nothing a crash leaves behind is unknown.

    Raises:
        ServiceError: as ``add_asset``.
    """
    track = await own_track(uow, track_id)
    await _require_acceptable(uow.session, track, upload)
    await claim_bytes(uow, upload.stored)


async def claim_bytes(uow: UnitOfWork, stored: StoredObject) -> None:
    """Write down that these bytes are about to be stored, and keep them from being swept."""
    file = await _locked_file(uow.session, stored.sha256)
    if file is not None:
        file.claimed_at = uow.now
        return
    try:
        async with uow.session.begin_nested():
            uow.session.add(StoredFile(sha256=stored.sha256, size=stored.size, claimed_at=uow.now))
    except IntegrityError:
        # Somebody else is storing the same bytes at this moment; theirs are as good as ours.
        await _locked_file(uow.session, stored.sha256)


async def add_asset(uow: UnitOfWork, *, track_id: str, upload: Upload) -> tuple[Asset, bool]:
    """The asset of these bytes, and whether it is new to the track.

    The same bytes under the same name change nothing; other bytes replace the asset while the
    track is open. A refused track is opened again by a new file.

    Raises:
        TrackNotOpen: the track's files are bound by a statement.
        DuplicateRecording: another seller's track has the same recording.
        MixPresent: the track has a mix under another name.
        TrackFull: too many files or bytes.
    """
    track = await own_track(uow, track_id)
    await _require_acceptable(uow.session, track, upload)
    await claim_bytes(uow, upload.stored)
    asset = _named(track, upload.role, upload.name)
    if asset is not None and asset.sha256 == upload.stored.sha256:
        return asset, False
    if track.state is TrackState.REFUSED:
        track.state = TRACK.advance(track.state, TrackCommand.REOPEN)
    new = asset is None
    if asset is None:
        asset = Asset(id=uow.new_id("ast"), role=upload.role, name=upload.name)
        track.assets.append(asset)
    asset.sha256 = upload.stored.sha256
    asset.size = upload.stored.size
    asset.media_type = upload.media.media_type
    asset.container = upload.media.container
    asset.created_at = uow.now
    asset.credentials = msgspec.to_builtins(upload.credentials)
    asset.sidecar = None
    await uow.session.flush()
    uow.record(
        "asset.added" if new else "asset.replaced",
        track.id,
        asset=asset.id,
        role=asset.role.value,
        sha256=asset.sha256,
    )
    return asset, new


async def asset_for_sidecar(uow: UnitOfWork, *, track_id: str, role: AssetRole, name: str) -> Asset:
    """A file of an open track that may get Content Credentials beside it.

    Raises:
        TrackNotOpen, NotFound
        CredentialsInside: it has some already.
    """
    track = await own_track(uow, track_id)
    _require_changeable(track)
    asset = _named(track, role, name)
    if asset is None:
        raise NotFound("The track has no such file; send the file first, then its credentials.")
    if asset.credentials is not None and await sidecar_of(uow.session, asset.id) is None:
        raise CredentialsInside("Leave them where they are, or send the file without them.")
    return asset


async def attach_sidecar(
    uow: UnitOfWork, asset: Asset, sidecar: bytes, credentials: ContentCredentials
) -> None:
    """Keep credentials that came beside a file, and that hold for it."""
    asset.sidecar = sidecar
    asset.credentials = msgspec.to_builtins(credentials)
    await uow.session.flush()
    uow.record(
        "asset.credentials-attached",
        asset.track_id,
        asset=asset.id,
        manifest_sha256=credentials.manifest_sha256,
    )


async def sidecar_of(session: AsyncSession, asset_id: str) -> bytes | None:
    """The manifest store that came beside an asset."""
    query = sa.select(Asset.sidecar).where(Asset.id == asset_id)
    return (await session.scalars(query)).one()


async def remove_asset(uow: UnitOfWork, *, track_id: str, role: AssetRole, name: str) -> None:
    """Take a file out of an open track.

    Raises:
        TrackNotOpen, NotFound
    """
    track = await own_track(uow, track_id)
    _require_changeable(track)
    asset = _named(track, role, name)
    if asset is None:
        raise NotFound("The track has no such file.")
    track.assets.remove(asset)
    await uow.session.flush()
    uow.record("asset.removed", track.id, asset=asset.id, role=role.value, sha256=asset.sha256)


async def require_open(uow: UnitOfWork, *, track_id: str) -> None:
    """Say no before a long upload is sent in vain.

    Raises:
        NotFound, TrackNotOpen
    """
    _require_changeable(await track_for(uow, track_id))


async def asset_for(uow: UnitOfWork, *, track_id: str, role: AssetRole, name: str) -> Asset:
    """A file of a track that the actor may see.

    Raises:
        NotFound
    """
    asset = _named(await track_for(uow, track_id), role, name)
    if asset is None:
        raise NotFound("The track has no such file.")
    return asset


async def sweep_unused(uow: UnitOfWork, storage: ObjectStorage, *, limit: int = 100) -> int:
    """Delete stored bytes that no asset names any more; the number of objects deleted.

    The row stays locked while its object is deleted, so that an upload of the same bytes waits and
    then stores them anew.
    """
    query = (
        sa.select(StoredFile)
        .where(
            StoredFile.claimed_at < uow.now - UNUSED_FOR,
            ~sa.exists().where(Asset.sha256 == StoredFile.sha256),
            ~sa.exists().where(ReleasedFile.sha256 == StoredFile.sha256),
        )
        .order_by(StoredFile.sha256)
        .limit(limit)
        .with_for_update()
    )
    unused = list(await uow.session.scalars(query))
    for file in unused:
        await uow.session.delete(file)
        await uow.session.flush()
        await storage.delete(file.sha256)
    return len(unused)


async def _require_acceptable(session: AsyncSession, track: Track, upload: Upload) -> None:
    _require_changeable(track)
    place = (upload.role, upload.name)
    others = [asset for asset in track.assets if (asset.role, asset.name) != place]
    if upload.role is AssetRole.MIX and any(asset.role is AssetRole.MIX for asset in others):
        raise MixPresent("Replace it under its own name, or delete it first.")
    if len(others) >= MAX_ASSETS:
        raise TrackFull(f"A track may have at most {MAX_ASSETS} files.")
    if sum(asset.size for asset in others) + upload.stored.size > MAX_TRACK_BYTES:
        raise TrackFull(f"All files of a track may have at most {MAX_TRACK_BYTES} bytes.")
    await require_no_duplicate(session, track, upload.stored.sha256, upload.media.container)


def _require_changeable(track: Track) -> None:
    if track.state not in _CHANGEABLE:
        raise TrackNotOpen(
            f"The track is {track.state} and its files are bound by the signed statement. "
            "Open a new track for other files."
        )


def _named(track: Track, role: AssetRole, name: str) -> Asset | None:
    return next((a for a in track.assets if a.role is role and a.name == name), None)


async def _locked_file(session: AsyncSession, sha256: str) -> StoredFile | None:
    found: StoredFile | None = await session.get(StoredFile, sha256, with_for_update=True)
    return found
