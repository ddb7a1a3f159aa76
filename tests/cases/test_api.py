"""The doors of cases over HTTP: who may come in, what they see, what is refused and how."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.cases.api import NoticeController, PartyController
from app.cases.desk_api import CaseDeskController
from app.cases.jobs import CaseJobs
from app.core.actor import Actor
from app.core.clock import TestClock
from app.core.runtime import Runtime
from app.core.settings import Settings
from app.core.unit_of_work import UnitOfWorkFactory
from app.identity import service as identity
from app.provenance import log, offline
from app.provenance.offline import Trust
from tests.cases.world import HOUSE, REASONING, World
from tests.http import client_for
from tests.provenance.generators import new_house

HOUSE_KEYS = new_house()

NOTICE: dict[str, Any] = {
    "signature": "Clara Composer",
    "works": ["Evening Song"],
    "contact": {"name": "Clara Composer", "email": "clara@label.example"},
    "states_good_faith": True,
    "considered_fair_use": True,
    "states_accuracy": True,
    "states_authority_under_perjury": True,
}
COUNTER_NOTICE: dict[str, Any] = {
    "signature": "Ursula Uploader",
    "material": ["Morning Song"],
    "contact": {
        "name": "Ursula Uploader",
        "address": "2 Oak Street, Denver",
        "telephone": "+1 303 555 0100",
    },
    "states_mistake_under_perjury": True,
    "consents_to_jurisdiction": True,
    "accepts_service": True,
}
COURT_ACTION: dict[str, Any] = {
    "forum": "district_court",
    "court": "D. Mass.",
    "docket_number": "1:26-cv-10000",
    "filed_on": "2026-11-20",
    "relief_sought": "an order restraining the sale",
}


@pytest.fixture
async def runtime(settings: Settings, clock: TestClock) -> AsyncIterator[Runtime]:
    runtime = Runtime.build(settings, clock)
    yield runtime
    await runtime.close()


@pytest.fixture
async def http(units: UnitOfWorkFactory, runtime: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    controllers = [NoticeController, PartyController, CaseDeskController]
    async with client_for(units, controllers, runtime=runtime, house=HOUSE_KEYS) as client:
        yield client


async def _key(world: World, actor: Actor) -> dict[str, str]:
    async with world.units.begin(HOUSE) as uow:
        _, secret = await identity.create_api_key(uow, person_id=actor.person_id, name="test")
    return {"Authorization": f"Bearer {secret}"}


async def _file(http: httpx.AsyncClient, world: World, **changes: Any) -> dict[str, Any]:
    body = {**NOTICE, "locations": [f"/listings/{world.listing_id}"], **changes}
    answer = await http.post("/v1/notices", json=body)
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    notice: dict[str, Any] = answer.json()["notices"][0]
    return notice


async def _accept(http: httpx.AsyncClient, world: World, notice: dict[str, Any]) -> None:
    key = await _key(world, world.reviewer)
    queue = (await http.get("/v1/notices", headers=key)).json()
    version = next(each["version"] for each in queue if each["id"] == notice["id"])
    path = f"/v1/notices/{notice['id']}"
    claimed = await http.post(f"{path}/claim", headers=key, json={"expected_version": version})
    assert claimed.status_code == 200, claimed.text
    decision = {
        "outcome": "accept",
        "reasoning": REASONING,
        "private_note": "for colleagues",
        "expected_version": claimed.json()["version"],
    }
    decided = await http.post(f"{path}/decision", headers=key, json=decision)
    assert decided.status_code == 200, decided.text
    assert decided.json()["state"] == "uploader_notified"


async def _case(
    http: httpx.AsyncClient, notice: dict[str, Any], key: dict[str, str]
) -> dict[str, Any]:
    answer = await http.get(f"/v1/notices/{notice['id']}", headers=key)
    assert answer.status_code == 200, answer.text
    case: dict[str, Any] = answer.json()
    return case


def _problem(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["type"].endswith(f"/{slug}")
    return problem


async def test_from_the_notice_to_the_restoration(
    http: httpx.AsyncClient, world: World, clock: TestClock, runtime: Runtime
) -> None:
    notice = await _file(http, world)
    assert notice["link"].endswith(f"/notices/{notice['id']}?token={notice['access_token']}")
    await _accept(http, world, notice)
    uploader = await _key(world, world.uploader)
    path = f"/v1/notices/{notice['id']}"
    countered = await http.post(f"{path}/counter-notice", headers=uploader, json=COUNTER_NOTICE)
    assert countered.status_code == 201, countered.text
    assert countered.json()["state"] == "waiting"
    clock.advance(timedelta(days=19))
    for sweep in CaseJobs(runtime).sweeps:
        await sweep()
    (case,) = (await http.get(f"/v1/tracks/{world.track_id}/cases", headers=uploader)).json()
    assert case["state"] == "closed"
    assert case["counter_notice"]["state"] == "restored"
    assert case["timeline"][-1]["state"] == "closed"
    letters = (await http.get("/v1/notifications", headers=uploader)).json()
    assert letters[0]["template"] == "material-restored@1"
    assert await world.in_force() == set()


async def test_each_audience_sees_its_part(http: httpx.AsyncClient, world: World) -> None:
    notice = await _file(http, world)
    uploader = await _key(world, world.uploader)
    path = f"/v1/notices/{notice['id']}"
    # Before it has an effect, a notice is no concern of the uploader's.
    _problem(await http.get(path, headers=uploader), 404, "not-found")
    assert (await http.get(f"/v1/tracks/{world.track_id}/cases", headers=uploader)).json() == []
    await _accept(http, world, notice)
    await http.post(f"{path}/counter-notice", headers=uploader, json=COUNTER_NOTICE)

    seen = await _case(http, notice, uploader)
    assert seen["claimant"] == "Clara Composer"
    assert seen["notifier"] is None
    assert seen["decision"]["private_note"] is None
    assert seen["statement_of_reasons"]["explanation"] == REASONING
    assert {each["template"] for each in seen["letters"]} == {
        "material-disabled@1",
        "counter-notice-received@1",
    }

    answer = await http.get(path, params={"token": notice["access_token"]})
    seen = answer.json()
    assert seen["counter_notice"]["uploader"]["address"] == "2 Oak Street, Denver"
    assert seen["statement_of_reasons"] is None
    assert seen["strike"] is None
    assert seen["decision"]["decided_by"] is None
    assert all(each["actor"] is None for each in seen["timeline"])

    seen = await _case(http, notice, await _key(world, world.colleague))
    assert seen["decision"]["private_note"] == "for colleagues"
    assert seen["notifier"]["email"] == "clara@label.example"

    answer = await http.get(path, headers=await _key(world, world.auditor))
    assert "Clara" not in answer.text
    assert "Ursula" not in answer.text
    assert answer.json()["timeline"][0]["actor"] == "public"

    for headers in ({}, await _key(world, world.lawyers[0])):
        if headers:
            await _case(http, notice, headers)
        else:
            _problem(await http.get(path), 404, "not-found")


async def test_a_curable_notice_says_what_it_lacks(http: httpx.AsyncClient, world: World) -> None:
    notice = await _file(http, world, signature="", considered_fair_use=False)
    assert notice["state"] == "contacted"
    assert [each["element"] for each in notice["missing"]] == ["i", "v"]
    path = f"/v1/notices/{notice['id']}/cure"
    token = {"token": notice["access_token"]}
    cured = await http.post(path, params=token, json={"considered_fair_use": True})
    assert [each["element"] for each in cured.json()["missing"]] == ["i"]
    cured = await http.post(path, params=token, json={"signature": "Clara Composer"})
    assert cured.json()["state"] == "complete"
    again = await http.post(path, params=token, json={"signature": "Clara Composer"})
    _problem(again, 409, "illegal-state")


async def test_the_notifier_withdraws(http: httpx.AsyncClient, world: World) -> None:
    notice = await _file(http, world)
    await _accept(http, world, notice)
    path = f"/v1/notices/{notice['id']}/retraction"
    _problem(await http.post(path, params={"token": "x"}), 404, "not-found")
    answer = await http.post(path, params={"token": notice["access_token"]})
    assert answer.json()["state"] == "retracted"
    assert await world.in_force() == set()


async def test_court_lawyers_and_a_premature_restoration(
    http: httpx.AsyncClient, world: World
) -> None:
    notice = await _file(http, world)
    await _accept(http, world, notice)
    path = f"/v1/notices/{notice['id']}"
    uploader = await _key(world, world.uploader)
    await http.post(f"{path}/counter-notice", headers=uploader, json=COUNTER_NOTICE)
    key = await _key(world, world.lawyers[0])
    version = (await _case(http, notice, key))["version"]
    by_hand = {"reason": "We are in a hurry.", "expected_version": version}
    early = await http.post(f"{path}/restoration", headers=key, json=by_hand)
    assert _problem(early, 409, "restoration-too-early")["opens_at"].startswith("2026-12-07")
    token = {"token": notice["access_token"]}
    sued = await http.post(f"{path}/court-notice", params=token, json=COURT_ACTION)
    assert sued.status_code == 201, sued.text
    for lawyer in world.lawyers[:2]:
        key = await _key(world, lawyer)
        opinion = {
            "finding": "sufficient",
            "expected_version": (await _case(http, notice, key))["version"],
        }
        given = await http.post(f"{path}/legal-opinion", headers=key, json=opinion)
        assert given.status_code == 201, given.text
    assert given.json()["state"] == "stay_down"


async def test_what_is_refused_is_refused_in_words(http: httpx.AsyncClient, world: World) -> None:
    good = {**NOTICE, "locations": [world.listing_id]}
    for body, status, slug in (
        ({**good, "locations": ["https://elsewhere.example/song"]}, 422, "unknown-location"),
        ({**good, "signature": "x" * 201}, 400, "bad-request"),
        ({**good, "signature": "nul\x00"}, 400, "bad-request"),
        ({**good, "works": ["x"] * 51}, 400, "bad-request"),
        ({**good, "contact": {"email": "not an address"}}, 400, "bad-request"),
        ({**good, "surprise": 1}, 400, "bad-request"),
    ):
        _problem(await http.post("/v1/notices", json=body), status, slug)
    huge = {**good, "works": ["x" * 500] * 50, "locations": ["y" * 20_000] * 50}
    _problem(await http.post("/v1/notices", json=huge), 413, "payload-too-large")
    missing = "/v1/notices/ntc_01jd3v9w0mf7v8ap3v5k3m3r2c"
    _problem(await http.get(missing), 404, "not-found")
    _problem(await http.get("/v1/notices/nonsense"), 404, "invalid-identifier")
    _problem(await http.get("/v1/notices"), 401, "unauthenticated")
    uploader = await _key(world, world.uploader)
    _problem(await http.get("/v1/notices", headers=uploader), 403, "forbidden")


async def test_the_queue_is_read_page_by_page(http: httpx.AsyncClient, world: World) -> None:
    filed = [await _file(http, world, works=[f"Song {number}"]) for number in range(5)]
    await _file(http, world, works=["Song 6"], signature="")
    key = await _key(world, world.reviewer)
    seen: list[str] = []
    after: dict[str, str] = {}
    while page := (await http.get("/v1/notices", headers=key, params={"limit": 2, **after})).json():
        seen += [each["id"] for each in page]
        assert all(each["decide_by"] == "2026-11-21T15:00:00Z" for each in page)
        after = {"after": page[-1]["id"]}
    assert sorted(seen) == sorted(each["id"] for each in filed)
    waiting = await http.get("/v1/notices", headers=key, params={"state": "contacted"})
    assert len(waiting.json()) == 1


async def test_a_decision_is_proved_to_whoever_may_see_the_case(
    http: httpx.AsyncClient, world: World
) -> None:
    notice = await _file(http, world)
    await _accept(http, world, notice)
    token = {"token": notice["access_token"]}
    path = f"/v1/notices/{notice['id']}"
    timeline = (await http.get(path, params=token)).json()["timeline"]
    assert not any(event["logged"] for event in timeline)
    decided = timeline[-1]
    receipt = f"{path}/events/{decided['sequence']}/receipt"
    _problem(await http.get(receipt, params=token), 409, "not-yet-sealed")
    async with world.units.begin(HOUSE) as uow:
        await log.seal(uow, HOUSE_KEYS)
    timeline = (await http.get(path, params=token)).json()["timeline"]
    assert [event["logged"] for event in timeline] == [False] * (len(timeline) - 1) + [True]

    answer = await http.get(receipt, params=token)
    assert answer.status_code == 200, answer.text
    assert answer.json()["document"] == {
        "action": "notice.decided",
        "case": notice["id"],
        "details": {"outcome": "accept"},
        "sequence": decided["sequence"],
        "timelineHead": decided["digest"],
    }
    report = offline.verify(answer.content, Trust(logs=(HOUSE_KEYS.log_key,)))
    assert report.accepted
    forged = answer.content.replace(b'"accept"', b'"reject"')
    assert not offline.verify(forged, Trust(logs=(HOUSE_KEYS.log_key,))).accepted

    for actor in (world.uploader, world.reviewer, world.auditor):
        same = await http.get(receipt, headers=await _key(world, actor))
        assert same.json() == answer.json()
    for elsewhere in (f"{path}/events/1/receipt", f"{path}/events/999/receipt"):
        _problem(await http.get(elsewhere, params=token), 404, "not-found")
    _problem(await http.get(receipt, params={"token": "wrong"}), 404, "not-found")
