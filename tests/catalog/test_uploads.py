"""Uploads over HTTP: what arrives is kept once, what is refused leaves nothing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator

import httpx
import pytest
import sqlalchemy as sa

from app.catalog.lifecycle import TrackState
from app.catalog.models import Asset, StoredFile, Track
from app.core.settings import Settings
from app.core.unit_of_work import UnitOfWorkFactory
from tests.catalog.conftest import LIMIT, MIDI, SignUp, stored_files, wav


@pytest.fixture
def settings(sqlite_settings: Settings) -> Settings:
    """HTTP is the same on both engines; ``test_assets`` covers what is not."""
    return sqlite_settings


@pytest.fixture
async def ada(sign_up: SignUp) -> dict[str, str]:
    return (await sign_up("ada"))[1]


@pytest.fixture
async def track(client: httpx.AsyncClient, ada: dict[str, str]) -> str:
    return await open_track(client, ada)


async def open_track(client: httpx.AsyncClient, headers: dict[str, str]) -> str:
    answer = await client.post(
        "/v1/tracks", json={"title": "Night Ferry", "artist_name": "Ada L."}, headers=headers
    )
    assert answer.status_code == 201, answer.text
    track_id: str = answer.json()["id"]
    return track_id


def place(track: str, role: str = "mix", name: str = "mix.wav") -> str:
    return f"/v1/tracks/{track}/assets/{role}/{name}"


def problem(answer: httpx.Response) -> str:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    slug: str = answer.json()["type"].rsplit("/", 1)[1]
    return slug


async def rows(units: UnitOfWorkFactory, model: type[Asset | StoredFile]) -> int:
    async with units.database.reading() as session:
        count: int = await session.scalar(sa.select(sa.func.count()).select_from(model)) or 0
    return count


async def assert_nothing_left(units: UnitOfWorkFactory, settings: Settings) -> None:
    assert await rows(units, Asset) == 0
    assert await rows(units, StoredFile) == 0
    assert stored_files(settings.home) == []


async def test_a_file_comes_in_once(
    client: httpx.AsyncClient, ada: dict[str, str], track: str, settings: Settings
) -> None:
    data = wav()
    digest = hashlib.sha256(data)
    headers = {
        **ada,
        "Content-Digest": f"sha-256=:{base64.b64encode(digest.digest()).decode()}:",
    }
    first = await client.put(place(track), content=data, headers=headers)
    assert first.status_code == 201, first.text
    asset = first.json()
    assert (asset["sha256"], asset["size"]) == (digest.hexdigest(), len(data))
    assert (asset["media_type"], asset["container"]) == ("audio/vnd.wave", "wav")
    again = await client.put(place(track), content=data, headers=ada)
    assert again.status_code == 200
    assert again.json() == asset
    assert len(stored_files(settings.home)) == 1
    shown = await client.get(f"/v1/tracks/{track}", headers=ada)
    assert [a["id"] for a in shown.json()["assets"]] == [asset["id"]]


async def test_a_large_file_streams_in_pieces(
    client: httpx.AsyncClient, ada: dict[str, str], track: str
) -> None:
    data = wav(150.0)

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(data), 50_000):
            yield data[start : start + 50_000]

    answer = await client.put(place(track), content=pieces(), headers=ada)
    assert answer.status_code == 201, answer.text
    assert answer.json()["sha256"] == hashlib.sha256(data).hexdigest()
    back = await client.get(place(track), headers=ada)
    assert back.content == data


REFUSED = {
    "empty": (b"", "mix", "mix.wav", {}, 422, "file-empty"),
    "truncated": (wav(20.0)[:-2000], "mix", "mix.wav", {}, 422, "file-truncated"),
    "text": (b"this is no music at all\n" * 20, "mix", "mix.wav", {}, 415, "unknown-file-kind"),
    "html": (b"<html><body>hello</body></html>", "score", "a.xml", {}, 415, "unknown-file-kind"),
    "mislabelled": (wav(), "mix", "mix.mp3", {}, 415, "file-mislabelled"),
    "score as mix": (MIDI, "mix", "tune.mid", {}, 422, "role-mismatch"),
    "audio as score": (wav(), "score", "tune", {}, 422, "role-mismatch"),
    "hidden name": (wav(), "mix", ".mix.wav", {}, 400, "file-name-invalid"),
    "backslashes": (wav(), "mix", "..%5Cmix.wav", {}, 400, "file-name-invalid"),
    "control character": (wav(), "mix", "mix%00.wav", {}, 400, "file-name-invalid"),
    "oversize": (wav(0.1) + bytes(LIMIT), "mix", "mix.wav", {}, 413, "payload-too-large"),
    "digest of other bytes": (
        wav(),
        "mix",
        "mix.wav",
        {"Repr-Digest": f"sha-256=:{base64.b64encode(bytes(32)).decode()}:"},
        400,
        "digest-mismatch",
    ),
    "unreadable digest": (
        wav(),
        "mix",
        "mix.wav",
        {"Content-Digest": "sha-256=abc"},
        400,
        "digest-malformed",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_is_refused_leaves_nothing(
    client: httpx.AsyncClient,
    ada: dict[str, str],
    track: str,
    units: UnitOfWorkFactory,
    settings: Settings,
    *,
    case: str,
) -> None:
    data, role, name, extra, status, slug = REFUSED[case]
    answer = await client.put(place(track, role, name), content=data, headers={**ada, **extra})
    assert (answer.status_code, problem(answer)) == (status, slug)
    await assert_nothing_left(units, settings)


async def test_too_many_bytes_without_a_length_are_cut_off(
    client: httpx.AsyncClient,
    ada: dict[str, str],
    track: str,
    units: UnitOfWorkFactory,
    settings: Settings,
) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield wav()[:44]
        while True:
            yield bytes(100_000)

    answer = await client.put(place(track), content=endless(), headers=ada)
    assert (answer.status_code, problem(answer)) == (413, "payload-too-large")
    await assert_nothing_left(units, settings)


async def test_fewer_bytes_than_announced_are_refused(
    client: httpx.AsyncClient,
    ada: dict[str, str],
    track: str,
    units: UnitOfWorkFactory,
    settings: Settings,
) -> None:
    data = wav()
    answer = await client.put(
        place(track), content=data, headers={**ada, "Content-Length": str(len(data) + 1)}
    )
    assert (answer.status_code, problem(answer)) == (400, "upload-cut-short")
    await assert_nothing_left(units, settings)


async def test_the_same_recording_of_another_seller_is_refused(
    client: httpx.AsyncClient, ada: dict[str, str], track: str, sign_up: SignUp, settings: Settings
) -> None:
    await client.put(place(track), content=wav(), headers=ada)
    _, eve = await sign_up("eve")
    copied = await open_track(client, eve)
    answer = await client.put(place(copied), content=wav(), headers=eve)
    assert (answer.status_code, problem(answer)) == (409, "duplicate-recording")
    assert (await client.get(f"/v1/tracks/{copied}", headers=eve)).json()["assets"] == []
    assert len(stored_files(settings.home)) == 1
    own_copy = await open_track(client, ada)
    assert (await client.put(place(own_copy), content=wav(), headers=ada)).status_code == 201


async def test_a_track_has_one_mix_and_many_stems(
    client: httpx.AsyncClient, ada: dict[str, str], track: str
) -> None:
    assert (await client.put(place(track), content=wav(), headers=ada)).status_code == 201
    second = await client.put(place(track, "mix", "other.wav"), content=wav(seed=2), headers=ada)
    assert (second.status_code, problem(second)) == (409, "mix-present")
    for number in range(3):
        stem = place(track, "stem", f"stem {number}.wav")
        assert (await client.put(stem, content=wav(seed=number), headers=ada)).status_code == 201
    gone = await client.delete(place(track), headers=ada)
    assert gone.status_code == 204
    third = await client.put(place(track, "mix", "other.wav"), content=wav(seed=2), headers=ada)
    assert third.status_code == 201


async def test_a_file_is_replaced_only_while_the_track_is_open(
    client: httpx.AsyncClient,
    ada: dict[str, str],
    track: str,
    units: UnitOfWorkFactory,
) -> None:
    first = await client.put(place(track), content=wav(), headers=ada)
    second = await client.put(place(track), content=wav(seed=2), headers=ada)
    assert second.status_code == 200
    assert second.json()["id"] == first.json()["id"]
    assert second.json()["sha256"] != first.json()["sha256"]
    await set_state(units, track, TrackState.VERIFIED)
    for answer in (
        await client.put(place(track), content=wav(seed=3), headers=ada),
        await client.delete(place(track), headers=ada),
    ):
        assert (answer.status_code, problem(answer)) == (409, "track-not-open")


async def test_a_refused_track_opens_again_with_another_file(
    client: httpx.AsyncClient, ada: dict[str, str], track: str, units: UnitOfWorkFactory
) -> None:
    await client.put(place(track), content=wav(), headers=ada)
    await set_state(units, track, TrackState.REFUSED)
    await client.put(place(track), content=wav(seed=2), headers=ada)
    shown = await client.get(f"/v1/tracks/{track}", headers=ada)
    assert shown.json()["state"] == "open"


async def set_state(units: UnitOfWorkFactory, track_id: str, state: TrackState) -> None:
    async with units.database.writing() as session:
        track = await session.get_one(Track, track_id)
        track.state = state


async def test_strangers_see_no_tracks_of_others(
    client: httpx.AsyncClient, ada: dict[str, str], track: str, sign_up: SignUp
) -> None:
    await client.put(place(track), content=wav(), headers=ada)
    _, eve = await sign_up("eve")
    for answer in (
        await client.get(f"/v1/tracks/{track}", headers=eve),
        await client.get(place(track), headers=eve),
        await client.put(place(track), content=wav(seed=2), headers=eve),
        await client.delete(place(track), headers=eve),
    ):
        assert (answer.status_code, problem(answer)) == (404, "not-found")
    nobody = await client.put(place(track), content=wav())
    assert (nobody.status_code, problem(nobody)) == (401, "unauthenticated")


async def test_a_malformed_id_or_role_is_not_found(
    client: httpx.AsyncClient, ada: dict[str, str], track: str
) -> None:
    wrong_id = await client.put(place("trk_nonsense"), content=wav(), headers=ada)
    assert wrong_id.status_code == 404
    wrong_role = await client.put(place(track, "poster"), content=wav(), headers=ada)
    assert wrong_role.status_code in {400, 404}


async def test_an_aborted_upload_leaves_nothing(
    client: httpx.AsyncClient,
    ada: dict[str, str],
    track: str,
    units: UnitOfWorkFactory,
    settings: Settings,
) -> None:
    arriving: list[dict[str, object]] = [
        {"type": "http.request", "body": wav(60.0)[:600_000], "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        return arriving.pop(0)

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    path = place(track)
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "PUT",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"authorization", ada["Authorization"].encode()), (b"host", b"testserver")],
        "server": ("testserver", 80),
        "client": ("127.0.0.1", 1),
    }
    await client._transport.app(scope, receive, send)  # type: ignore[attr-defined]
    assert sent[0]["status"] == 400
    await assert_nothing_left(units, settings)
