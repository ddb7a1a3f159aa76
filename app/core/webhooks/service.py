"""Use cases of webhooks: register, publish, and keep account of attempts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Role
from app.core.egress import Egress
from app.core.errors import Conflict, IllegalState, NotFound
from app.core.jobs import Job
from app.core.unit_of_work import UnitOfWork
from app.core.webhooks import signing
from app.core.webhooks.lifecycle import (
    DELIVERY,
    ENDPOINT,
    DeliveryCommand,
    DeliveryState,
    EndpointCommand,
    EndpointState,
)
from app.core.webhooks.models import (
    Scope,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from app.core.webhooks.sealing import SecretSeal
from licensing.errors import IllegalTransition

DELIVER: Final = Job("webhooks.deliver")

MAX_ENDPOINTS: Final = 10  # of one owner; each event costs a request for each
WAITS: Final = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""The waits between attempts that the specification recommends: ten attempts within 76 hours."""

DISABLED_AFTER: Final = timedelta(days=5)  # of failures without one success
_GONE: Final = 410


class TooManyEndpoints(Conflict):
    """The owner has as many endpoints as one may."""

    slug = "too-many-webhook-endpoints"
    title = "You have too many webhook endpoints"


async def publish_event(
    uow: UnitOfWork, type_: str, subject: str, data: dict[str, Any], *, owner_id: str | None
) -> None:
    """Tell those who listen, if and only if this transaction commits.

    ``owner_id`` is the person whose event it is; None for one of the platform alone. ``data``
    holds JSON values, identifiers rather than personal data.
    """
    listening = [
        endpoint
        for endpoint in await uow.session.scalars(_listeners(owner_id))
        if not endpoint.event_types or type_ in endpoint.event_types
    ]
    if not listening:
        return
    body = msgspec.json.encode({"type": type_, "timestamp": uow.now, "data": data})
    event = WebhookEvent(
        id=uow.new_id("msg"), type=type_, subject=subject, body=body, occurred_at=uow.now
    )
    uow.session.add(event)
    await uow.session.flush()
    for endpoint in listening:
        delivery = WebhookDelivery(
            id=uow.new_id("dlv"),
            endpoint_id=endpoint.id,
            event_id=event.id,
            state=DELIVERY.initial,
            attempts=0,
            next_attempt_at=None,
        )
        uow.session.add(delivery)
        await uow.session.flush()
        await _enqueue_attempt(uow, delivery)


async def register_endpoint(
    uow: UnitOfWork,
    egress: Egress,
    seal: SecretSeal,
    *,
    url: str,
    event_types: list[str],
    scope: Scope,
) -> tuple[WebhookEndpoint, str]:
    """A new endpoint of the actor, and its signing secret, which is shown this once only.

    Raises:
        AddressRefused: events are not sent to such an address.
        Forbidden: only an operator listens to the whole platform.
        TooManyEndpoints: the actor has ``MAX_ENDPOINTS``.
    """
    if scope is Scope.PLATFORM:
        uow.actor.require(Role.OPERATOR)
    egress.check(url)
    owner_id = uow.actor.person_id
    if len(await endpoints_of(uow.session, owner_id)) >= MAX_ENDPOINTS:
        raise TooManyEndpoints(f"Remove one; {MAX_ENDPOINTS} are possible.")
    secret = signing.new_secret()
    endpoint_id = uow.new_id("hks")
    endpoint = WebhookEndpoint(
        id=endpoint_id,
        owner_id=owner_id,
        scope=scope,
        url=url,
        event_types=event_types,
        state=ENDPOINT.initial,
        sealed_secret=seal.seal(secret, endpoint_id),
        created_at=uow.now,
        failing_since=None,
        disabled_reason=None,
    )
    uow.session.add(endpoint)
    await uow.session.flush()
    uow.record("webhook-endpoint.registered", endpoint.id, scope=scope.value)
    return endpoint, signing.secret_text(secret)


async def remove_endpoint(uow: UnitOfWork, *, endpoint_id: str) -> WebhookEndpoint:
    """Send nothing more to an endpoint of the actor, not even what is on its way.

    Raises:
        NotFound: not an endpoint of the actor.
        IllegalState: it was removed before.
    """
    endpoint = await own_endpoint(uow, endpoint_id, to_change=True)
    _advance(endpoint, EndpointCommand.REMOVE)
    await _cancel_pending(uow, endpoint)
    uow.record("webhook-endpoint.removed", endpoint.id)
    return endpoint


async def activate_endpoint(uow: UnitOfWork, *, endpoint_id: str) -> WebhookEndpoint:
    """Send again to an endpoint that was disabled, from the next event on.

    Raises:
        NotFound: not an endpoint of the actor.
        IllegalState: it is not disabled.
    """
    endpoint = await own_endpoint(uow, endpoint_id, to_change=True)
    _advance(endpoint, EndpointCommand.ACTIVATE)
    endpoint.failing_since = endpoint.disabled_reason = None
    uow.record("webhook-endpoint.activated", endpoint.id)
    return endpoint


async def record_attempt(
    uow: UnitOfWork, *, delivery_id: str, number: int, status: int | None, failure: str | None
) -> None:
    """Keep account of an attempt, and decide what follows from it. Once for each number."""
    delivery = await uow.session.get_one(WebhookDelivery, delivery_id)
    # The endpoint first, everywhere: disabling it locks all of its deliveries.
    endpoint = await uow.session.get_one(
        WebhookEndpoint, delivery.endpoint_id, with_for_update=True
    )
    await uow.session.refresh(delivery, with_for_update=True)
    if delivery.attempts >= number:
        return
    uow.session.add(
        WebhookAttempt(
            delivery_id=delivery_id, number=number, at=uow.now, status=status, failure=failure
        )
    )
    delivery.attempts = number
    if delivery.state is not DeliveryState.PENDING:
        return
    if status is not None and 200 <= status < 300:
        delivery.state = DELIVERY.advance(delivery.state, DeliveryCommand.SUCCEED)
        endpoint.failing_since = None
        return
    endpoint.failing_since = endpoint.failing_since or uow.now
    if number > len(WAITS):
        delivery.state = DELIVERY.advance(delivery.state, DeliveryCommand.GIVE_UP)
    else:
        delivery.next_attempt_at = uow.now + WAITS[number - 1]
    if status == _GONE:
        await _disable(uow, endpoint, "the receiver answered 410 Gone")
    elif uow.now - endpoint.failing_since >= DISABLED_AFTER:
        await _disable(uow, endpoint, f"nothing was received for {DISABLED_AFTER.days} days")


async def enqueue_due_attempts(uow: UnitOfWork, *, limit: int) -> int:
    """Enqueue the next attempt of deliveries that have waited long enough; how many there were."""
    query = (
        sa.select(WebhookDelivery)
        .where(WebhookDelivery.state == DeliveryState.PENDING)
        .where(WebhookDelivery.next_attempt_at <= uow.now)
        .order_by(WebhookDelivery.next_attempt_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    due = list(await uow.session.scalars(query))
    for delivery in due:
        delivery.next_attempt_at = None
        await _enqueue_attempt(uow, delivery)
    return len(due)


async def own_endpoint(
    uow: UnitOfWork, endpoint_id: str, *, to_change: bool = False
) -> WebhookEndpoint:
    """An endpoint of the actor, locked ``to_change``.

    Raises:
        NotFound: not an endpoint of the actor.
    """
    endpoint = await uow.session.get(WebhookEndpoint, endpoint_id, with_for_update=to_change)
    if endpoint is None or endpoint.owner_id != uow.actor.person_id:
        raise NotFound("You have no webhook endpoint with this id.")
    return endpoint


async def endpoints_of(session: AsyncSession, owner_id: str) -> list[WebhookEndpoint]:
    """The owner's endpoints that are not removed, oldest first."""
    query = (
        sa.select(WebhookEndpoint)
        .where(WebhookEndpoint.owner_id == owner_id)
        .where(WebhookEndpoint.state != EndpointState.REMOVED)
        .order_by(WebhookEndpoint.id)
    )
    return list(await session.scalars(query))


def _listeners(owner_id: str | None) -> sa.Select[WebhookEndpoint]:
    concerned = WebhookEndpoint.scope == Scope.PLATFORM
    if owner_id is not None:
        concerned = sa.or_(concerned, WebhookEndpoint.owner_id == owner_id)
    return (
        sa.select(WebhookEndpoint)
        .where(WebhookEndpoint.state == EndpointState.ACTIVE, concerned)
        .order_by(WebhookEndpoint.id)
    )


async def _enqueue_attempt(uow: UnitOfWork, delivery: WebhookDelivery) -> None:
    number = delivery.attempts + 1
    await uow.enqueue(DELIVER, f"{delivery.id}:{number}", delivery.id, str(number))


async def _disable(uow: UnitOfWork, endpoint: WebhookEndpoint, reason: str) -> None:
    if endpoint.state is EndpointState.ACTIVE:
        _advance(endpoint, EndpointCommand.DISABLE)
        endpoint.disabled_reason = reason
        await _cancel_pending(uow, endpoint)
        uow.record("webhook-endpoint.disabled", endpoint.id, reason=reason)


async def _cancel_pending(uow: UnitOfWork, endpoint: WebhookEndpoint) -> None:
    query = (
        sa.select(WebhookDelivery)
        .where(WebhookDelivery.endpoint_id == endpoint.id)
        .where(WebhookDelivery.state == DeliveryState.PENDING)
        .order_by(WebhookDelivery.id)
        .with_for_update()
    )
    for delivery in await uow.session.scalars(query):
        delivery.state = DELIVERY.advance(delivery.state, DeliveryCommand.CANCEL)
        delivery.next_attempt_at = None


def _advance(endpoint: WebhookEndpoint, command: EndpointCommand) -> None:
    try:
        endpoint.state = ENDPOINT.advance(endpoint.state, command)
    except IllegalTransition as refusal:
        raise IllegalState(str(refusal), state=endpoint.state.value) from refusal
