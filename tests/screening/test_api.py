"""What screening says over HTTP about its policies, and about what it has grown to know."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from app.core.actor import Role
from app.core.clock import TestClock
from app.core.settings import Settings
from app.core.unit_of_work import UnitOfWorkFactory
from app.provenance.house import HouseKeys
from app.screening import api, growth, service
from app.screening.policy import CURRENT
from similarity.match import Band, MatchKind
from tests.catalog.conftest import SignUp
from tests.http import client_for
from tests.screening.conftest import Ready, mix_of
from tests.screening.findings import analysed, found
from tests.screening.test_service import JOB, conclude


@pytest.fixture
def settings(sqlite_settings: Settings) -> Settings:
    """The engines differ in the rooms' own tests."""
    return sqlite_settings


@pytest.fixture
async def client(units: UnitOfWorkFactory, house: HouseKeys) -> AsyncIterator[httpx.AsyncClient]:
    async with client_for(units, api.CONTROLLERS, house=house) as client:
        yield client


async def test_anybody_reads_what_verdicts_are_given_under(client: httpx.AsyncClient) -> None:
    policies = (await client.get("/v1/screening-policies")).json()
    [current] = [policy for policy in policies if policy["current"]]
    assert (current["uri"], current["sha256"]) == (CURRENT.uri, CURRENT.sha256)
    assert {
        "lane": "transcription",
        "corpus": "references",
        "band": "review",
        "non_exclusive_sync": "clear",
        "commercial_non_exclusive": "clear",
        "exclusive": "review",
    } in current["rules"]


async def test_operators_follow_a_growing_corpus(
    client: httpx.AsyncClient, units: UnitOfWorkFactory, accepted: Ready, sign_up: SignUp
) -> None:
    (_, olga), (_, eve) = await sign_up("olga", Role.OPERATOR), await sign_up("eve")
    await accepted()
    async with units.begin(JOB) as uow:
        await growth.notice(uow, corpus_digest="d" * 64, references=["ref_1", "ref_2"])
    [row] = (await client.get("/v1/corpus-growth", headers=olga)).json()
    assert (row["state"], row["new_references"], row["searched"]) == ("running", 2, 0)
    refused = await client.get("/v1/corpus-growth", headers=eve)
    assert (refused.status_code, refused.json()["type"].rsplit("/", 1)[1]) == (403, "forbidden")


async def test_a_creator_asks_for_a_look(
    client: httpx.AsyncClient,
    units: UnitOfWorkFactory,
    house: HouseKeys,
    sign_up: SignUp,
    *,
    verified_track: Ready,
    clock: TestClock,
) -> None:
    (eve, headers), (_, strangers) = await sign_up("eve"), await sign_up("zoe")
    track_id = await verified_track(eve)
    async with units.begin(eve) as uow:
        screening_id = (await service.request_screening(uow, track_id=track_id)).id
    weak = found(MatchKind.MELODY, Band.REVIEW, transcribed=True)
    await conclude(units, house, screening_id, analysed(await mix_of(units, eve, track_id), weak))
    clock.advance(timedelta(hours=1))
    here = f"/v1/tracks/{track_id}/screening/review"
    assert (await client.post(here, headers=strangers)).status_code == 404
    asked = await client.post(here, headers=headers)
    assert (asked.status_code, asked.json()["occasion"]) == (201, "request")
    assert asked.json()["matches"][0]["transcribed"] is True
    again = await client.post(here, headers=headers)
    assert (again.status_code, again.json()["type"].rsplit("/", 1)[1]) == (409, "look-pending")
