"""The inbox of Stripe's webhooks: taken in at once, applied by a durable job.

An event is only a hint that something changed. The job asks Stripe how things stand and applies
that, so that duplicates, old events and events out of order come to the same end. The job is
named here and worked by ``app.market.jobs``: what a payment means for an order is known on that
floor, which may look down into ours, while ours never calls upward.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa

from app.core.actor import system
from app.core.jobs import Job
from app.core.unit_of_work import UnitOfWork, UnitOfWorkFactory
from app.payments.checkout import apply_intent
from app.payments.disputes import apply_dispute
from app.payments.insertion import insert_missing
from app.payments.models import ExternalEvent
from app.payments.policy import RETRY_FIRST, RETRY_LONGEST, SWEEP_BATCH
from app.payments.refunds import apply_refund
from app.payments.stripe_gateway import StripeGateway
from app.payments.stripe_objects import Intent, ProviderDispute, ProviderRefund
from app.payments.webhooks import ReceivedEvent

APPLY_STRIPE_EVENT: Final = Job("payments.apply-stripe-event")

_STRIPE: Final = "stripe"
_READING: Final = system("stripe inbox")
_FAMILIES: Final = ("payment_intent.", "refund.", "charge.dispute.")
"""Types of events that we act on, by their beginnings; others are answered and forgotten."""

Report = Intent | ProviderRefund | ProviderDispute


async def receive(uow: UnitOfWork, event: ReceivedEvent) -> bool:
    """Take a verified event in, once; whether it was new and of a kind that we act on."""
    if not event.type.startswith(_FAMILIES):
        return False
    row = {
        "source": _STRIPE,
        "event_id": event.id,
        "type": event.type,
        "object_id": event.object_id,
        "received_at": uow.now,
        "attempts": 1,
        "next_attempt_at": uow.now + RETRY_FIRST,
        "handled_at": None,
    }
    new = await insert_missing(uow.session, ExternalEvent, row, key=("source", "event_id"))
    if new:
        await uow.enqueue(APPLY_STRIPE_EVENT, event.id, event.id)
    return new


async def apply_payment(
    units: UnitOfWorkFactory, gateway: StripeGateway, *, event_id: str
) -> str | None:
    """Read the payment behind an event from Stripe and note how it stands; its order, if ours.

    Whatever the event is about, its payment comes first: a refund may arrive before its sale.

    Raises:
        StripeUnavailable, NotYetSettled: try again later.
    """
    report = await _report(units, gateway, event_id)
    if report is None:
        return None
    if not isinstance(report, Intent):
        if report.intent_id is None:
            return None
        report = await gateway.intent(report.intent_id)
    async with units.begin(_READING) as uow:
        payment = await apply_intent(uow, intent=report)
        return None if payment is None else payment.order_id


async def apply_return(units: UnitOfWorkFactory, gateway: StripeGateway, *, event_id: str) -> None:
    """Read the refund or dispute behind an event from Stripe and book how it stands.

    Raises:
        StripeUnavailable, NotYetSettled: try again later.
    """
    report = await _report(units, gateway, event_id)
    async with units.begin(_READING) as uow:
        if isinstance(report, ProviderRefund):
            await apply_refund(uow, sent=report)
        elif isinstance(report, ProviderDispute):
            await apply_dispute(uow, reported=report)


async def mark_handled(uow: UnitOfWork, *, event_id: str) -> None:
    """The event is applied, with all that it means; it is not tried again."""
    event = await uow.session.get_one(ExternalEvent, (_STRIPE, event_id), with_for_update=True)
    event.handled_at = event.handled_at or uow.now


async def retry_unhandled(uow: UnitOfWork) -> int:
    """Start the jobs of events again that are still not applied; how many there were."""
    query = (
        sa.select(ExternalEvent)
        .where(ExternalEvent.handled_at.is_(None), ExternalEvent.next_attempt_at <= uow.now)
        .order_by(ExternalEvent.next_attempt_at)
        .limit(SWEEP_BATCH)
        .with_for_update(skip_locked=True)
    )
    due = list(await uow.session.scalars(query))
    for event in due:
        event.next_attempt_at = _next_attempt(event, uow.now)
        event.attempts += 1
        key = f"{event.event_id}:{event.attempts}"
        await uow.enqueue(APPLY_STRIPE_EVENT, key, event.event_id)
    return len(due)


def _next_attempt(event: ExternalEvent, now: datetime) -> datetime:
    doublings = min(event.attempts, 10)  # beyond, the longest distance is reached anyway
    return now + min(RETRY_FIRST * (1 << doublings), RETRY_LONGEST)


async def _report(units: UnitOfWorkFactory, gateway: StripeGateway, event_id: str) -> Report | None:
    async with units.look(_READING) as uow:
        event = await uow.session.get_one(ExternalEvent, (_STRIPE, event_id))
    if event.handled_at is not None:
        return None
    if event.type.startswith("payment_intent."):
        return await gateway.intent(event.object_id)
    if event.type.startswith("refund."):
        return await gateway.refund(event.object_id)
    return await gateway.dispute(event.object_id)
