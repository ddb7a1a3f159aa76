"""What the webhook address takes in, and what it refuses."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import sqlalchemy as sa
import stripe
from msgspec.structs import replace as with_fields

from app.core.clock import TestClock
from app.core.database import Database
from app.core.runtime import Runtime
from app.core.settings import Settings
from app.core.unit_of_work import UnitOfWorkFactory
from app.payments import inbox
from app.payments.api import CONTROLLERS
from app.payments.models import ExternalEvent
from app.payments.policy import RETRY_FIRST, RETRY_LONGEST
from app.payments.webhooks import read_event
from tests.conftest import RecordedJobs
from tests.http import client_for
from tests.payments.conftest import HOUSE

SECRET = "whsec_test"
EVENT = {
    "id": "evt_1",
    "object": "event",
    "type": "payment_intent.succeeded",
    "data": {"object": {"id": "pi_1", "object": "payment_intent"}},
}


def signed(body: str, *, secret: str = SECRET, at: float | None = None) -> dict[str, str]:
    timestamp = int(time.time() if at is None else at)
    header = stripe.WebhookSignature.generate_signature_header(body, secret, timestamp)
    return {"Stripe-Signature": header}


def body_of(**changes: object) -> str:
    return json.dumps({**EVENT, **changes})


@pytest.fixture
async def http(
    settings: Settings, units: UnitOfWorkFactory, clock: TestClock
) -> AsyncIterator[httpx.AsyncClient]:
    configured = with_fields(settings, stripe_webhook_secret=SECRET)
    runtime = replace(Runtime.build(configured, clock), units=units)
    async with client_for(units, CONTROLLERS, runtime=runtime) as client:
        yield client
    await runtime.close()


async def send(
    http: httpx.AsyncClient, body: str | bytes, headers: dict[str, str]
) -> httpx.Response:
    return await http.post("/webhooks/stripe", content=body, headers=headers)


async def stored(database: Database) -> list[ExternalEvent]:
    async with database.reading() as session:
        return list(await session.scalars(sa.select(ExternalEvent)))


async def test_a_signed_event_is_taken_in_once(
    http: httpx.AsyncClient, database: Database, jobs: RecordedJobs
) -> None:
    for _ in range(3):
        answer = await send(http, body_of(), signed(body_of()))
        assert (answer.status_code, answer.json()) == (200, {"received": True})
    (event,) = await stored(database)
    assert (event.event_id, event.object_id, event.handled_at) == ("evt_1", "pi_1", None)
    assert jobs.enqueued == [("payments.apply-stripe-event", "evt_1", ("evt_1",))]


async def test_other_kinds_of_events_are_answered_and_forgotten(
    http: httpx.AsyncClient, database: Database
) -> None:
    body = body_of(type="customer.created")
    assert (await send(http, body, signed(body))).status_code == 200
    assert await stored(database) == []


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        pytest.param(body_of(), {}, id="unsigned"),
        pytest.param(body_of(), {"Stripe-Signature": ""}, id="empty signature"),
        pytest.param(body_of(), {"Stripe-Signature": "t=x,v1=y"}, id="malformed signature"),
        pytest.param(body_of(), {"Stripe-Signature": "t=1,v0=00"}, id="old scheme"),
        pytest.param(body_of(), signed(body_of(), secret="whsec_other"), id="wrong secret"),
        pytest.param(body_of(id="evt_2"), signed(body_of()), id="altered"),
        pytest.param(json.dumps(EVENT, indent=1), signed(json.dumps(EVENT)), id="serialised again"),
        pytest.param(body_of(), signed(body_of(), at=time.time() - 301), id="too old"),
        pytest.param(body_of(), signed(body_of(), at=time.time() + 90_000), id="of tomorrow"),
        pytest.param("no json", signed("no json"), id="signed but no JSON"),
        pytest.param("{}", signed("{}"), id="signed but no event"),
        pytest.param("[" * 9_000, signed("[" * 9_000), id="deeply nested"),
        pytest.param(
            body_of(object="v2.core.event"), signed(body_of(object="v2.core.event")), id="thin"
        ),
        pytest.param(b"\xff\xfe", signed("x"), id="not UTF-8"),
        pytest.param(body_of(data={}), signed(body_of(data={})), id="about nothing"),
    ],
)
async def test_anything_else_is_refused_in_so_many_words(
    http: httpx.AsyncClient,
    database: Database,
    body: str | bytes,
    headers: dict[str, str],
) -> None:
    answer = await send(http, body, headers)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"].endswith("/webhook-refused")
    assert await stored(database) == []


async def test_an_oversize_body_is_refused(http: httpx.AsyncClient) -> None:
    body = body_of(padding="x" * 600_000)
    assert (await send(http, body, signed(body))).status_code == 413


async def test_both_secrets_count_while_one_is_rolled() -> None:
    now = time.time()
    old, new = (signed(body_of(), secret=secret, at=now) for secret in ("whsec_old", SECRET))
    header = old["Stripe-Signature"] + "," + new["Stripe-Signature"].split(",")[1]
    event = read_event(
        body_of().encode(), header, secret=SECRET, at=datetime.fromtimestamp(now, UTC)
    )
    assert event.id == "evt_1"


async def test_without_a_secret_nothing_is_taken_in(
    sqlite_settings: Settings, clock: TestClock, jobs: RecordedJobs
) -> None:
    runtime = Runtime.build(sqlite_settings, clock)
    units = UnitOfWorkFactory(runtime.database, clock, jobs)
    async with client_for(units, CONTROLLERS, runtime=runtime) as http:
        answer = await send(http, body_of(), signed(body_of(), secret=""))
    await runtime.close()
    assert answer.status_code == 503
    assert answer.json()["type"].endswith("/payments-not-configured")


async def test_an_event_that_was_not_applied_is_tried_again_ever_more_rarely(
    http: httpx.AsyncClient,
    units: UnitOfWorkFactory,
    clock: TestClock,
    jobs: RecordedJobs,
) -> None:
    await send(http, body_of(), signed(body_of()))
    distances: list[timedelta] = []
    last = clock.now()
    for _ in range(10):
        while not await _retried(units):
            clock.advance(timedelta(seconds=15))
        distances.append(clock.now() - last)
        last = clock.now()
    assert distances[0] == RETRY_FIRST
    assert distances == sorted(distances)
    assert distances[-1] == RETRY_LONGEST
    assert len({key for _, key, _ in jobs.enqueued}) == 11
    async with units.begin(HOUSE) as uow:
        await inbox.mark_handled(uow, event_id="evt_1")
    clock.advance(RETRY_LONGEST * 2)
    assert not await _retried(units)


async def _retried(units: UnitOfWorkFactory) -> int:
    async with units.begin(HOUSE) as uow:
        return await inbox.retry_unhandled(uow)
