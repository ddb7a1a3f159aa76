"""Licensed files: signed links, ranges, and no file while a case is open."""

from __future__ import annotations

import hashlib
import io
import wave
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from app.catalog import assets
from app.catalog import service as catalog
from app.core.settings import Settings
from app.market.policy import LINK_LIFETIME
from app.provenance import log, offline
from app.provenance.content_credentials.house_credential import HouseCredential
from app.provenance.content_credentials.manifest import COMPOSITE
from app.provenance.content_credentials.reading import CredentialState, read_credentials
from app.provenance.offline import Trust
from tests.market.world import HOUSE, MIX, Market
from tests.stripe_standin.process import SDK_DEPRECATION

pytestmark = SDK_DEPRECATION


@pytest.fixture
def settings(sqlite_settings: Settings) -> Settings:
    """Nothing here depends on the database engine."""
    return sqlite_settings


def kind(answer: httpx.Response) -> str:
    slug: str = answer.json()["type"].rpartition("/")[2]
    return slug


def samples(data: bytes) -> bytes:
    with wave.open(io.BytesIO(data)) as file:
        return file.readframes(file.getnframes())


def path_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


async def bought(market: Market, track: str | None = None) -> str:
    """The id of Dora's licence."""
    _, offer = await market.on_sale(track)
    await market.buy(offer)
    (grant,) = (await market.get("/v1/grants", "dora")).json()
    grant_id: str = grant["id"]
    return grant_id


async def link(market: Market, grant: str) -> str:
    answer = await market.get(f"/v1/grants/{grant}/download", "dora")
    assert answer.status_code == 200, answer.text
    return path_of(answer.json()["url"])


async def test_a_link_gives_the_file_to_whoever_holds_it(market: Market) -> None:
    grant = await bought(market)
    answer = await market.get(f"/v1/grants/{grant}/download", "dora")
    assert [file["name"] for file in answer.json()["files"]] == ["kite.wav", "vocals.wav"]
    assert answer.headers["cache-control"] == "no-store"
    whole = await market.get(path_of(answer.json()["url"]))
    assert whole.status_code == 200
    assert hashlib.sha256(whole.content).hexdigest() == answer.json()["files"][0]["sha256"]
    assert whole.headers["content-type"].startswith("audio/")


async def test_what_is_delivered_sounds_the_same_and_says_where_it_is_from(
    market: Market, tmp_path: Path
) -> None:
    address = await link(market, await bought(market))
    delivered = tmp_path / "kite.wav"
    delivered.write_bytes((await market.get(address)).content)
    anchors = HouseCredential.load(market.runtime.settings, datetime.now(UTC)).anchors
    assert samples(delivered.read_bytes()) == samples(MIX)
    found = read_credentials(delivered, "wav", anchors, datetime.now(UTC))
    assert found is not None
    assert (found.state, found.findings) == (CredentialState.TRUSTED, ())
    assert found.digital_source_types == (COMPOSITE,)
    components = [one.title for one in found.ingredients if one.relationship == "componentOf"]
    assert components == ["vocals.wav"]


async def test_the_certificate_names_the_delivered_bytes(market: Market, tmp_path: Path) -> None:
    grant = await bought(market)
    delivered = tmp_path / "kite.wav"
    delivered.write_bytes((await market.get(await link(market, grant))).content)
    async with market.units.begin(HOUSE) as uow:
        await log.seal(uow, market.house)
    bundle = await market.get(f"/v1/grants/{grant}/certificate", "dora")
    assert bundle.status_code == 200
    trust = Trust(
        statement_keys={market.house.statements.public_key.kid: market.house.statements.public_key},
        logs=(market.house.log_key,),
        files={hashlib.sha256(delivered.read_bytes()).hexdigest(): "kite.wav"},
    )
    assert offline.verify(bundle.content, trust).accepted


async def test_released_bytes_are_not_swept(market: Market) -> None:
    grant = await bought(market)
    market.clock.advance(assets.UNUSED_FOR * 2)
    async with market.units.begin(HOUSE) as uow:
        assert await assets.sweep_unused(uow, market.runtime.storage) == 0
    assert (await market.get(await link(market, grant))).status_code == 200


async def test_a_part_of_the_file_can_be_had(market: Market) -> None:
    address = await link(market, await bought(market))
    part = await market.get(address, Range="bytes=44-99")
    whole = (await market.get(address)).content
    assert (part.status_code, part.content) == (206, whole[44:100])
    assert part.headers["content-range"] == f"bytes 44-99/{len(whole)}"
    known = await market.get(address, **{"If-None-Match": part.headers["etag"]})
    assert known.status_code == 304


async def test_a_link_ends_after_a_quarter_of_an_hour(market: Market) -> None:
    address = await link(market, await bought(market))
    market.clock.advance(LINK_LIFETIME + timedelta(seconds=1))
    answer = await market.get(address)
    assert (answer.status_code, kind(answer)) == (410, "url-expired")


@pytest.mark.parametrize("change", ["expires=9", "signature=0", "/deliveries/g"])
async def test_an_altered_link_opens_nothing(market: Market, change: str) -> None:
    address = await link(market, await bought(market))
    old = {"expires=9": "expires=1", "signature=0": "signature="}.get(change, "/deliveries/g")
    new = {"/deliveries/g": "/deliveries/h"}.get(change, change)
    altered = address.replace(old, new, 1)
    assert altered != address
    answer = await market.get(altered)
    assert (answer.status_code, kind(answer)) == (403, "url-signature-invalid")


async def test_nobody_else_gets_a_link(market: Market) -> None:
    grant = await bought(market)
    assert (await market.get(f"/v1/grants/{grant}/download", "emil")).status_code == 404
    assert (await market.get(f"/v1/grants/{grant}/download")).status_code == 401


async def test_a_case_stops_links_that_are_already_out(market: Market) -> None:
    track = await market.track()
    grant = await bought(market, track)
    address = await link(market, grant)
    certificate = (await market.get(f"/v1/grants/{grant}", "dora")).json()["certificate_id"]
    restrictions = await market.restrict(track)
    for answer in (
        await market.get(address),
        await market.get(f"/v1/grants/{grant}/download", "dora"),
    ):
        assert (answer.status_code, kind(answer)) == (410, "download-suspended")
    status = await market.get(f"/v1/certificates/{certificate}")
    assert status.json()["state"] == "suspended"
    async with market.units.begin(HOUSE) as uow:
        for restriction_id in restrictions:
            await catalog.lift(uow, restriction_id=restriction_id)
    assert (await market.get(address)).status_code == 200
    assert (await market.get(f"/v1/certificates/{certificate}")).json()["state"] == "active"
