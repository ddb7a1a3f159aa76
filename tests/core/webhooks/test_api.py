"""Webhooks over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from app.core.actor import ANONYMOUS, Role
from app.core.clock import TestClock
from app.core.runtime import Runtime
from app.core.settings import Settings
from app.core.unit_of_work import UnitOfWorkFactory
from app.core.webhooks.api import WebhookController
from app.core.webhooks.service import MAX_ENDPOINTS, publish_event
from app.identity import service as identity
from tests.http import client_for

URL = "https://receiver.example/hook"


@pytest.fixture
async def public(settings: Settings, clock: TestClock) -> AsyncIterator[Runtime]:
    """Of a service on the internet: no sandbox."""
    runtime = Runtime.build(settings, clock)
    yield runtime
    await runtime.close()


@pytest.fixture
async def http(units: UnitOfWorkFactory, public: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    async with client_for(units, [WebhookController], runtime=public) as client:
        yield client


async def _sign_up(units: UnitOfWorkFactory, email: str) -> tuple[str, dict[str, str]]:
    async with units.begin(ANONYMOUS) as uow:
        person = await identity.sign_up(
            uow,
            email=email,
            display_name=email,
            password="a long and pleasant sentence",
            roles=frozenset({Role.CREATOR}),
        )
        _, secret = await identity.create_api_key(uow, person_id=person.id, name="test")
    return person.id, {"Authorization": f"Bearer {secret}"}


async def test_an_endpoint_from_its_registration_to_its_removal(
    http: httpx.AsyncClient, units: UnitOfWorkFactory, settings: Settings
) -> None:
    owner_id, key = await _sign_up(units, "ada@example.org")
    path = "/v1/webhook-endpoints"
    created = await http.post(path, headers=key, json={"url": URL, "event_types": ["a.b"]})
    assert created.status_code == 201, created.text
    assert created.headers["cache-control"] == "no-store"
    endpoint = created.json()
    assert endpoint["secret"].startswith("whsec_")
    (listed,) = (await http.get(path, headers=key)).json()
    assert listed == {**endpoint, "secret": None}
    async with units.begin(ANONYMOUS) as uow:
        for _ in range(3):
            await publish_event(uow, "a.b", "trk_1", {}, owner_id=owner_id)
    log = f"{path}/{endpoint['id']}/deliveries"
    first = (await http.get(log, headers=key, params={"limit": 2})).json()
    rest = (await http.get(log, headers=key, params={"before": first[-1]["id"]})).json()
    assert len({each["id"] for each in [*first, *rest]}) == 3
    assert rest[0]["state"] == "pending"
    _, stranger = await _sign_up(units, "eve@example.org")
    for answer in (
        await http.get(log, headers=stranger),
        await http.delete(f"{path}/{endpoint['id']}", headers=stranger),
        await http.post(f"{path}/{endpoint['id']}/activation", headers=stranger),
    ):
        assert answer.status_code == 404
    removed = await http.delete(f"{path}/{endpoint['id']}", headers=key)
    assert removed.json()["state"] == "removed"
    assert (await http.get(path, headers=key)).json() == []
    assert (await http.delete(f"{path}/{endpoint['id']}", headers=key)).status_code == 409


async def test_what_is_refused(http: httpx.AsyncClient, units: UnitOfWorkFactory) -> None:
    _, key = await _sign_up(units, "ada@example.org")
    path = "/v1/webhook-endpoints"
    for body, status, slug in (
        ({"url": "http://receiver.example/"}, 422, "address-refused"),
        ({"url": "https://127.0.0.1/"}, 422, "address-refused"),
        ({"url": URL, "scope": "platform"}, 403, "forbidden"),
        ({"url": URL, "event_types": ["Not a type"]}, 400, "bad-request"),
        ({"url": ""}, 400, "bad-request"),
    ):
        answer = await http.post(path, headers=key, json=body)
        assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[1]) == (status, slug)
    for _ in range(MAX_ENDPOINTS):
        assert (await http.post(path, headers=key, json={"url": URL})).status_code == 201
    answer = await http.post(path, headers=key, json={"url": URL})
    assert answer.json()["type"].endswith("/too-many-webhook-endpoints")
    assert (await http.get(path)).status_code == 401
