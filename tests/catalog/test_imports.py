"""A track moves from one house to another, with its maker's word and its lineage."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from app.catalog import service
from app.catalog.errors import NotImportable
from app.catalog.imports import import_track
from app.catalog.lifecycle import TrackState
from app.core.actor import Actor
from app.core.settings import Settings
from app.core.storage import ObjectStorage
from app.core.unit_of_work import UnitOfWorkFactory
from app.provenance import export_format as layout
from app.provenance.dsse import Envelope
from app.provenance.errors import KeyUnknown
from app.provenance.export_format import Contents, ExportedFile, ExportedParent, ExportedTrack
from app.provenance.keys import Algorithm
from app.provenance.signer import PrivateKeySigner
from tests.catalog.conftest import SignUp, stored_files, wav
from tests.provenance.generators import (
    OPERATOR,
    Vendor,
    envelope,
    generation,
    new_house,
    payload,
    register,
)

LIMIT = 3_000_000
Write = Callable[[PrivateKeySigner], Path]


@pytest.fixture
def settings(sqlite_settings: Settings) -> Settings:
    """Nothing here depends on the database engine."""
    return sqlite_settings


@pytest.fixture
async def vendor(units: UnitOfWorkFactory) -> Vendor:
    async with units.begin(OPERATOR) as uow:
        return await register(uow)


@pytest.fixture
async def ada(sign_up: SignUp) -> Actor:
    return (await sign_up("ada"))[0]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes what another house exported, with a statement by this maker."""

    def write(signer: PrivateKeySigner) -> Path:
        folder = tmp_path / "export"
        mix = wav(seed=5)
        digest = hashlib.sha256(mix).hexdigest()
        signed = envelope(signer, payload(generation(stems=(), steps=()), (digest,)))
        bundle = {
            "mediaType": "application/vnd.countersign.bundle.v1+json",
            "envelope": Envelope.parse(signed).as_json(),
            "signer": dict(signer.public_key.jwk),
            "receipt": "",
            "log": new_house().log_key.vkey,
        }
        documents = {
            "uploaded/mix/kite.wav": mix,
            "statements/music.json": json.dumps(bundle).encode(),
        }
        files = []
        for path, data in documents.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
            sha256 = hashlib.sha256(data).hexdigest()
            files.append(ExportedFile(path=path, sha256=sha256, size=len(data)))
        contents = Contents(
            track=ExportedTrack(uri="https://other/v1/tracks/1", title="Kite", artist="Ada"),
            exported_at="2026-11-20T15:00:00Z",
            files=tuple(files),
            lineage=(ExportedParent(uri="https://other/v1/tracks/0", relation="remix"),),
        )
        (folder / layout.MANIFEST).write_bytes(msgspec.json.encode(contents))
        return folder

    return write


async def test_what_another_house_exported_is_verified_here(
    units: UnitOfWorkFactory, storage: ObjectStorage, ada: Actor, vendor: Vendor, write: Write
) -> None:
    folder = write(vendor.signer)
    track = await import_track(units, storage, ada, folder=folder, limit=LIMIT)
    async with units.look(ada) as uow:
        kept = await service.track_for(uow, track.id)
        assert kept.state is TrackState.VERIFIED
        assert [(asset.role, asset.name) for asset in kept.assets] == [("mix", "kite.wav")]
        assert kept.origin is not None
        assert kept.origin.uri == "https://other/v1/tracks/1"
        assert kept.origin.lineage == {"https://other/v1/tracks/0": "remix"}


async def test_a_maker_who_is_not_registered_here_leaves_nothing(
    units: UnitOfWorkFactory, storage: ObjectStorage, ada: Actor, write: Write
) -> None:
    stranger = PrivateKeySigner.generate(Algorithm.ED25519)
    with pytest.raises(KeyUnknown):
        await import_track(units, storage, ada, folder=write(stranger), limit=LIMIT)
    async with units.look(ada) as uow:
        assert await service.tracks_of(uow.session, ada.person_id, before=None, limit=9) == []


async def test_an_export_without_its_makers_word_is_refused(
    units: UnitOfWorkFactory,
    storage: ObjectStorage,
    settings: Settings,
    *,
    ada: Actor,
    vendor: Vendor,
    write: Write,
) -> None:
    folder = write(vendor.signer)
    listed = json.loads((folder / layout.MANIFEST).read_text())
    listed["files"] = [one for one in listed["files"] if not one["path"].startswith("statements")]
    (folder / layout.MANIFEST).write_text(json.dumps(listed))
    with pytest.raises(NotImportable):
        await import_track(units, storage, ada, folder=folder, limit=LIMIT)
    assert stored_files(settings.home) == []
