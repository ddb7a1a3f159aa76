"""A track's export proves itself, and shows what was done to it."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import main
from app.core.errors import NotFound
from app.core.settings import Settings
from app.market.export import NotExportable, export_of, write_export, zip_folder
from app.provenance import log
from app.provenance.content_credentials.house_credential import HouseCredential
from app.provenance.content_credentials.trust import TrustAnchors
from app.provenance.offline import Outcome, Trust
from app.provenance.offline_export import NotAnExport, verify_export
from tests.market.test_delivery import bought
from tests.market.world import HOUSE, Market
from tests.provenance.generators import new_house
from tests.stripe_standin.process import SDK_DEPRECATION

pytestmark = SDK_DEPRECATION

NOW = datetime.now(UTC)


@pytest.fixture
def settings(sqlite_settings: Settings) -> Settings:
    """Nothing here depends on the database engine."""
    return sqlite_settings


class Exported:
    """An export, and what its house would tell a verifier."""

    def __init__(self, folder: Path, trust: Trust, anchors: TrustAnchors) -> None:
        self.folder = folder
        self.trust = trust
        self.anchors = anchors


@pytest.fixture
async def exported(market: Market, tmp_path: Path) -> Exported:
    """Ada's track with Dora's licence."""
    track_id = await market.track()
    grant_id = await bought(market, track_id)
    async with market.units.begin(HOUSE) as uow:
        await log.seal(uow, market.house)
    credential = HouseCredential.load(market.runtime.settings, NOW)
    folder = tmp_path / "export"
    folder.mkdir()
    async with market.units.look(market.members["rita"].actor) as uow:
        found = await export_of(
            uow, market.house, credential, track_id=track_id, grant_ids=[grant_id]
        )
    await write_export(found, market.runtime.storage, folder, "2026-11-20T15:00:00Z")
    key = market.house.statements.public_key
    return Exported(folder, Trust({key.kid: key}, (market.house.log_key,)), credential.anchors)


async def test_an_export_is_accepted_under_the_houses_keys(exported: Exported) -> None:
    report = verify_export(exported.folder, exported.trust, exported.anchors, NOW)
    assert report.accepted, report
    kinds = {
        (one.predicate_type or "").rpartition("/predicates/")[2]
        for one in report.statements.values()
    }
    assert kinds == {
        "music-generation/v1",
        "screening-countersignature/v1",
        "release/v1",
        "licence-grant/v1",
    }
    findings = [finding for one in report.statements.values() for finding in one.findings]
    assert {finding.outcome for finding in findings} == {Outcome.PASSED}


async def test_a_zip_of_it_is_as_good(exported: Exported, tmp_path: Path) -> None:
    packed = tmp_path / "export.zip"
    zip_folder(exported.folder, packed)
    assert verify_export(packed, exported.trust, exported.anchors, NOW).accepted


async def test_without_a_root_credentials_are_only_checked_for_being_whole(
    exported: Exported,
) -> None:
    report = verify_export(exported.folder, exported.trust, None, NOW)
    assert report.accepted
    told = [one for one in report.findings if one.check.startswith("credentials")]
    assert {one.outcome for one in told} == {Outcome.UNCHECKED}


async def test_strangers_keys_are_no_proof(exported: Exported) -> None:
    other = new_house()
    key = other.statements.public_key
    trust = Trust({key.kid: key}, (other.log_key,))
    assert not verify_export(exported.folder, trust, exported.anchors, NOW).accepted


def alter(path: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        target = folder / path
        target.write_bytes(target.read_bytes()[:-1] + b"!")

    return change


def swap(folder: Path) -> None:
    """Another recording in place of the released one, with a manifest that lists it."""
    target = folder / "released/mix/kite.wav"
    shutil.copy(folder / "uploaded/stem/vocals.wav", target)
    manifest = folder / "MANIFEST.json"
    listed = json.loads(manifest.read_text())
    for file in listed["files"]:
        if file["path"] == "released/mix/kite.wav":
            file["sha256"] = hashlib.sha256(target.read_bytes()).hexdigest()
    manifest.write_text(json.dumps(listed))


@pytest.mark.parametrize(
    ("change", "check"),
    [
        (alter("released/mix/kite.wav"), "files"),
        (alter("uploaded/mix/kite.wav"), "files"),
        (alter("keys/jwks.json"), "files"),
        (lambda folder: (folder / "released/stem/vocals.wav").unlink(), "files"),
        (lambda folder: (folder / "added.txt").write_text("hello"), "files"),
        (swap, "credentials of released/mix/kite.wav"),
    ],
)
async def test_what_was_done_to_it_is_named(
    exported: Exported, change: Callable[[Path], None], check: str
) -> None:
    change(exported.folder)
    report = verify_export(exported.folder, exported.trust, exported.anchors, NOW)
    assert not report.accepted
    assert check in {one.check for one in report.findings if one.outcome == "failed"}


async def test_an_altered_statement_is_refused(exported: Exported) -> None:
    document = next((exported.folder / "statements").glob("screening-*"))
    bundle = json.loads(document.read_text())
    payload = bundle["envelope"]["payload"]
    bundle["envelope"]["payload"] = payload[:-8] + ("A" * 4) + payload[-4:]
    document.write_text(json.dumps(bundle))
    assert not verify_export(exported.folder, exported.trust, exported.anchors, NOW).accepted


@pytest.mark.parametrize("path", ["../outside", "/etc/passwd", "a/../../b", ".hidden", "a\\b"])
async def test_a_manifest_cannot_point_outside(exported: Exported, path: str) -> None:
    manifest = exported.folder / "MANIFEST.json"
    listed = json.loads(manifest.read_text())
    listed["files"][0]["path"] = path
    manifest.write_text(json.dumps(listed))
    with pytest.raises(NotAnExport):
        verify_export(exported.folder, exported.trust, exported.anchors, NOW)


def test_neither_a_folder_nor_a_zip_without_manifest_is_one(tmp_path: Path) -> None:
    empty, packed = tmp_path / "empty", tmp_path / "empty.zip"
    empty.mkdir()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("song.wav", b"RIFF")
    for path in (empty, packed):
        with pytest.raises(NotAnExport):
            verify_export(path, Trust(), None, NOW)


async def test_what_is_not_accepted_yet_cannot_be_exported(market: Market) -> None:
    track_id = await market.track(countersigned=False)
    credential = HouseCredential.load(market.runtime.settings, NOW)
    async with market.units.look(market.members["ada"].actor) as uow:
        with pytest.raises(NotExportable):
            await export_of(uow, market.house, credential, track_id=track_id)
    async with market.units.look(market.members["dora"].actor) as uow:
        with pytest.raises(NotFound):
            await export_of(uow, market.house, credential, track_id=track_id)


async def test_the_command_verifies_and_says_what_it_found(
    exported: Exported, market: Market, tmp_path: Path
) -> None:
    keys = exported.folder / "keys"
    ask = ["verify", "--key", str(keys / "jwks.json"), "--log-key", str(keys / "log.vkey")]
    whole = CliRunner().invoke(
        main, [*ask, "--root", str(keys / "content-credentials.pem"), str(exported.folder)]
    )
    assert whole.exit_code == 0, whole.output
    assert "export of http" in whole.output
    assert "All 4 files of music are signed for." in whole.output
    (exported.folder / "released/mix/kite.wav").write_bytes(b"RIFF")
    changed = CliRunner().invoke(main, [*ask, "--json", str(exported.folder)])
    assert changed.exit_code == 1, changed.exception
    assert json.loads(changed.output)["accepted"] is False
