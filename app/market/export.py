"""A track with everything that proves it, as one folder that needs us no more."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Final

import anyio
import msgspec

from app.catalog import service as catalog
from app.catalog.lineage import parents_of
from app.catalog.models import ReleasedFile, Track
from app.catalog.release import manifest_store_of, released_files
from app.core.errors import Conflict, NotFound
from app.core.storage import ObjectStorage
from app.core.unit_of_work import UnitOfWork
from app.market.models import Grant
from app.provenance import export_format as layout
from app.provenance import service as provenance
from app.provenance.content_credentials.house_credential import HouseCredential
from app.provenance.export_format import Contents, ExportedFile, ExportedParent, ExportedTrack
from app.provenance.house import HouseKeys
from app.provenance.models import Statement


class NotExportable(Conflict):
    """The track is not accepted yet, or its files are not released yet."""

    slug = "not-exportable"
    title = "The track cannot be exported yet"


@dataclass(frozen=True, slots=True)
class Export:
    """What goes into a folder: bytes by path, and stored objects by path."""

    track: ExportedTrack
    lineage: tuple[ExportedParent, ...]
    documents: dict[str, bytes]
    objects: dict[str, str]


async def export_of(
    uow: UnitOfWork,
    house: HouseKeys,
    credential: HouseCredential,
    *,
    track_id: str,
    grant_ids: Sequence[str] = (),
) -> Export:
    """Everything about a countersigned track, with the licences that are named.

    Raises:
        NotFound: no such track or licence of it, or somebody else's.
        NotExportable: not countersigned, not released, or its newest statement is not sealed yet.
    """
    track = await catalog.track_for(uow, track_id)
    released = await released_files(uow.session, track.id)
    if track.countersignature_id is None or any(one.id not in released for one in track.assets):
        raise NotExportable("It is once it was countersigned and its files were released.")
    documents = dict(_keys(house, credential))
    for statement in await _statements(uow, track, grant_ids):
        kind = statement.predicate_type.rpartition("/predicates/")[2].replace("/", "-")
        bundle = await provenance.bundle_for(uow.session, house, statement)
        documents[f"{layout.STATEMENTS}/{kind}-{statement.id}.json"] = msgspec.json.encode(bundle)
    for asset in track.assets:
        if not released[asset.id].embedded:
            path = f"{layout.RELEASED}/{asset.role.value}/{asset.name}{layout.SIDECAR}"
            documents[path] = await manifest_store_of(uow.session, asset.id)
    return Export(
        track=ExportedTrack(
            uri=f"{house.url}/v1/tracks/{track.id}", title=track.title, artist=track.artist_name
        ),
        lineage=tuple(
            ExportedParent(
                uri=f"{house.url}/v1/tracks/{row.parent_track_id}", relation=row.relation.value
            )
            for row in await parents_of(uow.session, track.id)
        ),
        documents=documents,
        objects=dict(_objects(track, released)),
    )


async def write_export(export: Export, storage: ObjectStorage, folder: Path, at: str) -> Contents:
    """Write an export into an empty folder; the manifest comes last."""
    files: list[ExportedFile] = []
    guide = _VERIFY.substitute(title=export.track.title).encode()
    for path, data in {**export.documents, layout.VERIFY: guide}.items():
        await _write(folder / path, data)
        files.append(
            ExportedFile(path=path, sha256=hashlib.sha256(data).hexdigest(), size=len(data))
        )
    for path, sha256 in export.objects.items():
        files.append(
            ExportedFile(path=path, sha256=sha256, size=await _copy(storage, sha256, folder / path))
        )
    contents = Contents(
        track=export.track, exported_at=at, files=tuple(files), lineage=export.lineage
    )
    await _write(folder / layout.MANIFEST, msgspec.json.format(msgspec.json.encode(contents)))
    return contents


def zip_folder(folder: Path, target: Path) -> None:
    """Put an export's folder into one file; sound is stored as it is, it does not shrink."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder))


def _keys(house: HouseKeys, credential: HouseCredential) -> Iterator[tuple[str, bytes]]:
    yield layout.JWKS, json.dumps(house.jwks(), indent=2).encode()
    yield layout.LOG_KEY, house.log_key.vkey.encode() + b"\n"
    yield layout.ROOT, credential.signer.anchors.pem


async def _statements(uow: UnitOfWork, track: Track, grant_ids: Sequence[str]) -> list[Statement]:
    statements = await provenance.statements_about(uow.session, track.id)
    for grant_id in grant_ids:
        grant = await uow.session.get(Grant, grant_id)
        if grant is None or grant.track_id != track.id:
            raise NotFound(f"{grant_id} is no licence of this track.")
        statements.append(await provenance.readable_statement(uow, grant.statement_id))
    return statements


def _objects(track: Track, released: dict[str, ReleasedFile]) -> Iterator[tuple[str, str]]:
    for asset in track.assets:
        place = f"{asset.role.value}/{asset.name}"
        yield f"{layout.UPLOADED}/{place}", asset.sha256
        yield f"{layout.RELEASED}/{place}", released[asset.id].sha256


async def _write(path: Path, data: bytes) -> None:
    target = anyio.Path(path)
    await target.parent.mkdir(parents=True, exist_ok=True)
    await target.write_bytes(data)


async def _copy(storage: ObjectStorage, sha256: str, path: Path) -> int:
    target = anyio.Path(path)
    await target.parent.mkdir(parents=True, exist_ok=True)
    async with storage.as_file(sha256) as source:
        size = (await anyio.Path(source).stat()).st_size
    async with await target.open("wb") as out:
        async for chunk in storage.stream(sha256, end=size):
            await out.write(chunk)
    return size


_VERIFY: Final = Template("""# How to check this export of “$title”

Everything that proves where this music is from is in this folder: the files as their maker signed
them (`uploaded/`) and as buyers get them (`released/`), what was signed about them with proofs that
it is in a public log (`statements/`), and the list of all that with digests (`MANIFEST.json`).

With Countersign's command, no account and no network:

    countersign verify --key jwks.json --log-key log.vkey --root content-credentials.pem FOLDER

Get the three keys from the house itself, at `/.well-known/jwks.json`, `/log/key` and
`/.well-known/content-credentials.pem`, and compare them with those in `keys/`: keys that come with
what they are to prove, prove nothing.

By other means: each statement is a DSSE envelope (in-toto Statement v1) beside a C2SP `tlog-proof`;
the released files carry C2PA 2.4 manifests; `MANIFEST.json` names every file by its SHA-256.
""")
