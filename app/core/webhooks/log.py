"""The log of deliveries: what was sent to an endpoint, and what came of it."""

from __future__ import annotations

import sqlalchemy as sa

from app.core.unit_of_work import UnitOfWork
from app.core.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEvent
from app.core.webhooks.schemas import AttemptView, DeliveryView
from app.core.webhooks.service import own_endpoint


async def deliveries_to(
    uow: UnitOfWork, *, endpoint_id: str, before: str | None, limit: int
) -> list[DeliveryView]:
    """Deliveries to an endpoint of the actor, newest first, older than ``before``.

    Raises:
        NotFound: not an endpoint of the actor.
    """
    await own_endpoint(uow, endpoint_id)
    query = (
        sa.select(WebhookDelivery, WebhookEvent)
        .join(WebhookEvent, WebhookEvent.id == WebhookDelivery.event_id)
        .where(WebhookDelivery.endpoint_id == endpoint_id)
        .order_by(WebhookDelivery.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(WebhookDelivery.id < before)
    rows = (await uow.session.execute(query)).all()
    attempts = await _attempts_at(uow, [delivery.id for delivery, _ in rows])
    return [
        DeliveryView(
            id=delivery.id,
            event_id=event.id,
            event_type=event.type,
            subject=event.subject,
            occurred_at=event.occurred_at,
            state=delivery.state,
            next_attempt_at=delivery.next_attempt_at,
            attempts=attempts.get(delivery.id, []),
        )
        for delivery, event in rows
    ]


async def _attempts_at(uow: UnitOfWork, delivery_ids: list[str]) -> dict[str, list[AttemptView]]:
    query = (
        sa.select(WebhookAttempt)
        .where(WebhookAttempt.delivery_id.in_(delivery_ids))
        .order_by(WebhookAttempt.delivery_id, WebhookAttempt.number)
    )
    found: dict[str, list[AttemptView]] = {}
    for attempt in await uow.session.scalars(query):
        found.setdefault(attempt.delivery_id, []).append(
            AttemptView(
                number=attempt.number,
                at=attempt.at,
                status=attempt.status,
                failure=attempt.failure,
            )
        )
    return found
