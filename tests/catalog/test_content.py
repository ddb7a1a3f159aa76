"""Serving bytes: tags, ranges, and what a cache may rely on (RFC 9110)."""

from __future__ import annotations

import httpx
import pytest

from app.core.settings import Settings
from tests.catalog.conftest import SignUp, wav

DATA = wav(seed=7)


@pytest.fixture
def settings(sqlite_settings: Settings) -> Settings:
    return sqlite_settings


@pytest.fixture
async def ada(sign_up: SignUp) -> dict[str, str]:
    return (await sign_up("ada"))[1]


@pytest.fixture
async def url(client: httpx.AsyncClient, ada: dict[str, str]) -> str:
    opened = await client.post(
        "/v1/tracks", json={"title": "Tide", "artist_name": "Ada"}, headers=ada
    )
    url = f"/v1/tracks/{opened.json()['id']}/assets/mix/Ebbe und Flut, ä.wav"
    assert (await client.put(url, content=DATA, headers=ada)).status_code == 201
    return url


async def test_the_whole_file_with_its_tag(
    client: httpx.AsyncClient, ada: dict[str, str], url: str
) -> None:
    answer = await client.get(url, headers=ada)
    assert answer.status_code == 200
    assert answer.content == DATA
    assert answer.headers["content-length"] == str(len(DATA))
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-type"] == "audio/vnd.wave"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert (
        "filename*=UTF-8''Ebbe%20und%20Flut%2C%20%C3%A4.wav"
        in (answer.headers["content-disposition"])
    )
    again = await client.get(url, headers={**ada, "If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""
    weak = await client.get(
        url, headers={**ada, "If-None-Match": f'"other", W/{answer.headers["etag"]}'}
    )
    assert weak.status_code == 304


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 20),
        ("bytes=100-", 100, len(DATA)),
        ("bytes=-5", len(DATA) - 5, len(DATA)),
        (f"bytes=-{10 * len(DATA)}", 0, len(DATA)),
        (f"bytes=5-{10 * len(DATA)}", 5, len(DATA)),
    ],
)
async def test_one_range(
    client: httpx.AsyncClient, ada: dict[str, str], url: str, *, asked: str, start: int, end: int
) -> None:
    answer = await client.get(url, headers={**ada, "Range": asked})
    assert answer.status_code == 206
    assert answer.content == DATA[start:end]
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{len(DATA)}"


@pytest.mark.parametrize(
    "asked", ["bytes=5-1", "bytes=-", "chars=0-5", "bytes=0-1,5-6", "bytes=a-b"]
)
async def test_a_range_that_makes_no_sense_is_ignored(
    client: httpx.AsyncClient, ada: dict[str, str], url: str, asked: str
) -> None:
    answer = await client.get(url, headers={**ada, "Range": asked})
    assert answer.status_code == 200
    assert answer.content == DATA


@pytest.mark.parametrize("asked", [f"bytes={len(DATA)}-", "bytes=-0"])
async def test_a_range_after_the_end_is_refused(
    client: httpx.AsyncClient, ada: dict[str, str], url: str, asked: str
) -> None:
    answer = await client.get(url, headers={**ada, "Range": asked})
    assert answer.status_code == 416
    assert answer.json()["type"].endswith("range-not-satisfiable")


async def test_a_range_of_other_bytes_gives_everything(
    client: httpx.AsyncClient, ada: dict[str, str], url: str
) -> None:
    answer = await client.get(url, headers={**ada, "Range": "bytes=0-4", "If-Range": '"other"'})
    assert answer.status_code == 200
    assert answer.content == DATA
