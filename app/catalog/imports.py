"""A track that another house exported, taken in here.

Its uploaded files and its maker's statement come in like any others, and are verified, screened and
countersigned by this house anew: what another house found is evidence, not a verdict of ours. Where
the track comes from, and what it was made from there, is kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import anyio
import msgspec

from app.catalog import assets, service
from app.catalog.assets import Upload, claim_bytes
from app.catalog.content import file_chunks
from app.catalog.errors import NotImportable
from app.catalog.models import AssetRole, Track, TrackOrigin
from app.catalog.sniffing import SNIFF_BYTES, require_fitting, sniff
from app.core.actor import Actor, system
from app.core.storage import ObjectStorage
from app.core.unit_of_work import UnitOfWorkFactory
from app.provenance import export_format as layout
from app.provenance import statement as in_toto
from app.provenance.bundle import Bundle
from app.provenance.dsse import Envelope
from app.provenance.export_format import Contents
from app.provenance.statement import MUSIC_GENERATION

_IMPORTING: Final = system("import")


async def import_track(
    units: UnitOfWorkFactory, storage: ObjectStorage, owner: Actor, *, folder: Path, limit: int
) -> Track:
    """Take in an export: the track belongs to ``owner``, is verified here and can be screened.

    ``folder`` holds it unpacked, and ``app.provenance.offline_export`` has accepted it. ``limit``
    is the most bytes that a file may have. All of it is taken in, or nothing.

    Raises:
        NotImportable: it holds no statement of its maker, or files of no role.
        ServiceError: as an upload and a submission; the maker's key must be registered here.
    """
    manifest = await anyio.Path(folder / layout.MANIFEST).read_bytes()
    contents = msgspec.json.decode(manifest, type=Contents)
    envelope = await anyio.to_thread.run_sync(_makers_envelope, folder, contents)
    uploads = [
        await _stored(units, storage, folder / path, role, limit)
        for path, role in _uploaded(contents)
    ]
    async with units.begin(owner) as uow:
        track = await service.open_track(
            uow, title=contents.track.title, artist_name=contents.track.artist
        )
        for upload in uploads:
            await assets.add_asset(uow, track_id=track.id, upload=upload)
        await service.submit(uow, track_id=track.id, envelope=envelope)
        track.origin = TrackOrigin(
            track_id=track.id,
            uri=contents.track.uri,
            manifest_sha256=hashlib.sha256(manifest).hexdigest(),
            lineage={parent.uri: parent.relation for parent in contents.lineage},
            imported_at=uow.now,
        )
        await uow.session.flush()
        uow.record("track.imported", track.id, uri=contents.track.uri)
    return track


def _uploaded(contents: Contents) -> Iterator[tuple[str, AssetRole]]:
    for file in contents.files:
        part, _, rest = file.path.partition("/")
        if part != layout.UPLOADED:
            continue
        try:
            yield file.path, AssetRole(rest.partition("/")[0])
        except ValueError as error:
            raise NotImportable(f"{file.path} is neither mix nor stem nor score.") from error


async def _stored(
    units: UnitOfWorkFactory,
    storage: ObjectStorage,
    path: Path,
    role: AssetRole,
    limit: int,
) -> Upload:
    async with await anyio.open_file(path, "rb") as file:
        media = sniff(await file.read(SNIFF_BYTES))
    require_fitting(media, role, path.name)
    async with storage.arriving(file_chunks(path), limit=limit) as arrival:
        async with units.begin(_IMPORTING) as uow:
            await claim_bytes(uow, arrival.stored)
        await arrival.keep()
    return Upload(role, path.name, arrival.stored, media)


def _makers_envelope(folder: Path, contents: Contents) -> bytes:
    for file in contents.files:
        if not file.path.startswith(f"{layout.STATEMENTS}/"):
            continue
        bundle = msgspec.json.decode((folder / file.path).read_bytes(), type=Bundle)
        signed = msgspec.json.encode(bundle.envelope)
        statement = in_toto.parse(Envelope.parse(signed).payload)
        if statement.predicate_type == MUSIC_GENERATION:
            return signed
    raise NotImportable("It holds no statement of its maker.")
