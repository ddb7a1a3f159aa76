"""Files that come with Content Credentials, and files as they leave us."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from app.core.settings import Settings
from app.provenance.content_credentials.house_credential import HouseCredential
from tests.catalog.conftest import SignUp, stored_files
from tests.provenance.content_credentials.world import (
    flipped,
    maker_signs,
    maker_writes_sidecar,
    new_signer,
    sound,
)


@pytest.fixture
def settings(sqlite_settings: Settings) -> Settings:
    """Nothing here depends on the database engine."""
    return sqlite_settings


async def upload(client: httpx.AsyncClient, headers: dict[str, str], path: Path) -> httpx.Response:
    opened = await client.post(
        "/v1/tracks", json={"title": "Kite", "artist_name": "Ada"}, headers=headers
    )
    address = f"/v1/tracks/{opened.json()['id']}/assets/mix/{path.name}"
    data = await asyncio.to_thread(path.read_bytes)
    return await client.put(address, content=data, headers=headers)


async def test_credentials_under_a_trusted_root_are_told(
    client: httpx.AsyncClient, sign_up: SignUp, settings: Settings, tmp_path: Path
) -> None:
    _, headers = await sign_up("ada")
    signer = HouseCredential.load(settings, datetime.now(UTC)).signer
    maker_signs(sound(tmp_path, "wav"), tmp_path / "made.wav", signer)
    answer = await upload(client, headers, tmp_path / "made.wav")
    assert answer.status_code == 201, answer.text
    told = answer.json()["credentials"]
    assert told["state"] == "trusted"
    assert told["manifest"].startswith("urn:c2pa:")
    assert "whole and trusted" in told["in_words"]


async def test_a_strangers_credentials_are_no_reason_to_refuse(
    client: httpx.AsyncClient, sign_up: SignUp, tmp_path: Path
) -> None:
    _, headers = await sign_up("ada")
    maker_signs(sound(tmp_path, "mp3"), tmp_path / "made.mp3", new_signer("Stranger"))
    answer = await upload(client, headers, tmp_path / "made.mp3")
    assert answer.status_code == 201, answer.text
    assert answer.json()["credentials"]["state"] == "untrusted"


async def test_what_was_changed_after_signing_is_refused_and_not_kept(
    client: httpx.AsyncClient, sign_up: SignUp, settings: Settings, tmp_path: Path
) -> None:
    _, headers = await sign_up("ada")
    made = tmp_path / "made.wav"
    maker_signs(sound(tmp_path, "wav"), made, new_signer("SongGen"))
    changed = flipped(made, tmp_path / "changed.wav", 2_000)
    answer = await upload(client, headers, changed)
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["type"].endswith("/credentials-broken")
    assert "The sound was changed after it was signed." in problem["detail"]
    assert problem["findings"][0]["code"] == "assertion.dataHash.mismatch"
    assert stored_files(settings.home) == []


async def test_a_file_without_credentials_tells_of_none(
    client: httpx.AsyncClient, sign_up: SignUp, tmp_path: Path
) -> None:
    _, headers = await sign_up("ada")
    plain = sound(tmp_path, "flac")
    answer = await upload(client, headers, plain)
    assert answer.json()["credentials"] is None
    assert answer.json()["sha256"] == hashlib.sha256(plain.read_bytes()).hexdigest()


async def attach(
    client: httpx.AsyncClient, headers: dict[str, str], uploaded: httpx.Response, sidecar: bytes
) -> httpx.Response:
    address = f"{uploaded.request.url.path}/credentials"
    return await client.put(address, content=sidecar, headers=headers)


@pytest.mark.parametrize("container", ["ogg", "wav"])
async def test_credentials_beside_a_file_are_told_until_it_is_another(
    client: httpx.AsyncClient, sign_up: SignUp, tmp_path: Path, container: str
) -> None:
    _, headers = await sign_up("ada")
    file, maker = sound(tmp_path, container), new_signer("SongGen")
    sidecar = maker_writes_sidecar(file, maker)
    uploaded = await upload(client, headers, file)
    assert uploaded.json()["credentials"] is None
    for _ in range(2):
        attached = await attach(client, headers, uploaded, sidecar)
        assert attached.status_code == 200, attached.text
        assert attached.json()["credentials"]["state"] == "untrusted"
    data = await asyncio.to_thread(file.read_bytes)
    again = await client.put(uploaded.request.url.path, content=data, headers=headers)
    assert again.json()["credentials"] is not None
    other = await asyncio.to_thread(sound(tmp_path, container, 2).read_bytes)
    replaced = await client.put(uploaded.request.url.path, content=other, headers=headers)
    assert replaced.json()["credentials"] is None
    broken = await attach(client, headers, uploaded, sidecar)
    assert broken.status_code == 422
    assert broken.json()["findings"][0]["code"] == "assertion.dataHash.mismatch"


async def test_what_is_no_sidecar_or_has_no_file_is_refused(
    client: httpx.AsyncClient, sign_up: SignUp, tmp_path: Path
) -> None:
    _, headers = await sign_up("ada")
    made = tmp_path / "made.wav"
    maker_signs(sound(tmp_path, "wav"), made, new_signer("SongGen"))
    uploaded = await upload(client, headers, made)
    store = maker_writes_sidecar(sound(tmp_path, "wav"), new_signer("SongGen"))
    inside = await attach(client, headers, uploaded, store)
    assert (inside.status_code, inside.json()["type"].rpartition("/")[2]) == (
        409,
        "credentials-inside",
    )
    plain = await upload(client, headers, sound(tmp_path, "flac"))
    for garbage in (b"", b"no manifest store"):
        answer = await attach(client, headers, plain, garbage)
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (
            422,
            "credentials-broken",
        )
    nowhere = await client.put(
        f"{plain.request.url.path}x/credentials", content=store, headers=headers
    )
    assert nowhere.status_code == 404
    _, stranger = await sign_up("eve")
    assert (await attach(client, stranger, plain, store)).status_code == 404
