"""From the event to the receiver: at least once, signed, retried, and given up in the end."""

from __future__ import annotations

import asyncio
import base64
import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.core.errors import Forbidden, IllegalState, NotFound
from app.core.webhooks import service, signing
from app.core.webhooks.lifecycle import DeliveryState, EndpointState
from app.core.webhooks.models import Scope, WebhookDelivery, WebhookEvent
from tests.core.webhooks.conftest import Exchange, Receiver


async def test_an_event_arrives_signed(exchange: Exchange, receiver: Receiver) -> None:
    endpoint, secret = await exchange.register(receiver.url)
    await exchange.publish()
    assert await exchange.work() == 1
    (request,) = receiver.requests
    assert request.line == "POST /hook?x=1 HTTP/1.1"
    assert json.loads(request.body) == {
        "type": "track.restored",
        "timestamp": "2026-11-20T15:00:00Z",
        "data": {"n": 1},
    }
    assert request.headers["content-type"] == "application/json"
    key = base64.b64decode(secret.removeprefix("whsec_"))
    assert request.headers["webhook-signature"] == signing.signature(
        key,
        request.headers["webhook-id"],
        int(request.headers["webhook-timestamp"]),
        request.body,
    )
    (delivery,) = await exchange.log(endpoint)
    assert delivery.event_id == request.headers["webhook-id"]
    assert delivery.state is DeliveryState.DELIVERED
    assert [attempt.status for attempt in delivery.attempts] == [204]


async def test_what_is_rolled_back_is_told_to_nobody(
    exchange: Exchange, receiver: Receiver
) -> None:
    endpoint, _ = await exchange.register(receiver.url)

    async with exchange.units.database.write_session() as session:
        uow = exchange.units.over(session, exchange.creator)
        owner_id = exchange.creator.person_id
        await service.publish_event(uow, "a.b", "trk_1", {}, owner_id=owner_id)
        await session.rollback()
    assert await exchange.log(endpoint) == []


async def test_each_owner_hears_of_their_own_and_an_operator_of_all(
    exchange: Exchange, receiver: Receiver
) -> None:
    await exchange.register(receiver.url, "track.disabled", "track.restored")
    await exchange.publish("track.restored")
    assert await exchange.work() == 1
    await exchange.publish("listing.published")
    await exchange.publish("track.restored", owner=exchange.operator)
    assert await exchange.work() == 0
    await exchange.register(receiver.url, actor=exchange.operator, scope=Scope.PLATFORM)
    await exchange.publish("listing.published")
    await exchange.publish("track.disabled")
    async with exchange.units.begin(exchange.creator) as uow:
        await service.publish_event(uow, "notice.filed", "ntc_1", {}, owner_id=None)
    assert await exchange.work() == 4
    with pytest.raises(Forbidden):
        await exchange.register(receiver.url, scope=Scope.PLATFORM)


async def test_an_event_nobody_listens_to_is_not_kept(exchange: Exchange) -> None:
    await exchange.publish()
    async with exchange.units.look(exchange.creator) as uow:
        assert (await uow.session.scalars(sa.select(WebhookEvent))).all() == []


async def test_a_failed_attempt_is_repeated_after_the_recommended_waits(
    exchange: Exchange, receiver: Receiver
) -> None:
    endpoint, _ = await exchange.register(receiver.url)
    receiver.answers(500)
    await exchange.publish()
    assert await exchange.work() == 1
    for wait in service.WAITS:
        exchange.clock.advance(wait - timedelta(seconds=1))
        await exchange.worker.retry_due()
        assert await exchange.work() == 0
        exchange.clock.advance(timedelta(seconds=1))
        await exchange.worker.retry_due()
        await exchange.worker.retry_due()
        assert await exchange.work() == 1
    (delivery,) = await exchange.log(endpoint)
    assert delivery.state is DeliveryState.FAILED
    assert [attempt.number for attempt in delivery.attempts] == list(range(1, 11))
    assert {request.headers["webhook-id"] for request in receiver.requests} == {delivery.event_id}
    assert len({request.headers["webhook-timestamp"] for request in receiver.requests}) == 10
    assert len({request.body for request in receiver.requests}) == 1
    assert (await exchange.endpoint(endpoint)).state is EndpointState.ACTIVE


async def test_a_receiver_that_recovers_is_told_in_the_end(
    exchange: Exchange, receiver: Receiver
) -> None:
    endpoint, _ = await exchange.register(receiver.url)
    receiver.answers(503)
    await exchange.publish()
    await exchange.work()
    assert (await exchange.endpoint(endpoint)).failing_since == exchange.clock.now()
    receiver.answers(200)
    exchange.clock.advance(service.WAITS[0])
    await exchange.worker.retry_due()
    await exchange.work()
    (delivery,) = await exchange.log(endpoint)
    assert [attempt.status for attempt in delivery.attempts] == [503, 200]
    assert (await exchange.endpoint(endpoint)).failing_since is None


async def test_a_job_that_runs_again_after_a_crash_sends_once(
    exchange: Exchange, receiver: Receiver
) -> None:
    await exchange.register(receiver.url)
    await exchange.publish()
    ((_, _, arguments),) = exchange.jobs.enqueued
    await exchange.worker.deliver(*arguments)
    await exchange.worker.deliver(*arguments)
    assert len(receiver.requests) == 1


async def test_days_of_failure_disable_an_endpoint_until_its_owner_activates_it(
    exchange: Exchange, receiver: Receiver
) -> None:
    endpoint, _ = await exchange.register(receiver.url)
    receiver.answers(500)
    await exchange.publish()
    await exchange.work()
    exchange.clock.advance(service.DISABLED_AFTER)
    await exchange.publish()
    await exchange.work()
    disabled = await exchange.endpoint(endpoint)
    assert disabled.state is EndpointState.DISABLED
    assert disabled.disabled_reason == "nothing was received for 5 days"
    assert {each.state for each in await exchange.log(endpoint)} == {DeliveryState.CANCELLED}
    await exchange.publish()
    assert await exchange.work() == 0
    receiver.answers(200)
    async with exchange.units.begin(exchange.creator) as uow:
        await service.activate_endpoint(uow, endpoint_id=endpoint.id)
    with pytest.raises(IllegalState):
        async with exchange.units.begin(exchange.creator) as uow:
            await service.activate_endpoint(uow, endpoint_id=endpoint.id)
    await exchange.publish()
    assert await exchange.work() == 1
    assert (await exchange.endpoint(endpoint)).state is EndpointState.ACTIVE


async def test_a_receiver_that_is_gone_is_asked_no_more(
    exchange: Exchange, receiver: Receiver
) -> None:
    endpoint, _ = await exchange.register(receiver.url)
    receiver.answers(410)
    await exchange.publish()
    await exchange.work()
    assert (await exchange.endpoint(endpoint)).disabled_reason == "the receiver answered 410 Gone"


async def test_a_removed_endpoint_receives_nothing_not_even_what_is_on_its_way(
    exchange: Exchange, receiver: Receiver
) -> None:
    endpoint, _ = await exchange.register(receiver.url)
    await exchange.publish()
    with pytest.raises(NotFound):
        async with exchange.units.begin(exchange.operator) as uow:
            await service.remove_endpoint(uow, endpoint_id=endpoint.id)
    async with exchange.units.begin(exchange.creator) as uow:
        await service.remove_endpoint(uow, endpoint_id=endpoint.id)
    assert await exchange.work() == 1
    assert receiver.requests == []


async def test_attempts_that_end_at_once_neither_block_nor_lose_each_other(
    exchange: Exchange, receiver: Receiver
) -> None:
    endpoint, _ = await exchange.register(receiver.url)
    receiver.answers(410)
    for _ in range(4):
        await exchange.publish()
    enqueued, exchange.jobs.enqueued = exchange.jobs.enqueued, []
    await asyncio.gather(*(exchange.worker.deliver(*each[2]) for each in enqueued))
    assert (await exchange.endpoint(endpoint)).state is EndpointState.DISABLED
    async with exchange.units.look(exchange.creator) as uow:
        states = set(await uow.session.scalars(sa.select(WebhookDelivery.state)))
    assert states == {DeliveryState.CANCELLED}
