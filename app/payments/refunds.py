"""Giving money back: booked when it is asked for, sent by a job, closed by Stripe's word.

Stripe does not return its fee on a refund; it stays an expense of the platform.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from stripe.params import RefundCreateParams

from app.core.actor import Role, system
from app.core.errors import NotFound
from app.core.jobs import Job
from app.core.unit_of_work import UnitOfWork, UnitOfWorkFactory
from app.payments import ledger, service, stripe_calls
from app.payments.checkout import payment_of
from app.payments.errors import NotYetSettled, StripeRefused
from app.payments.models import Payment, Refund, Sale
from app.payments.policy import SWEEP_BATCH
from app.payments.stripe_gateway import StripeGateway
from app.payments.stripe_objects import ORDER_ID, REFUND_ID, ProviderRefund
from licensing.ledger import (
    JournalEntry,
    receivable,
    refund_failed,
    refund_requested,
    refund_returned,
    refund_succeeded,
)
from licensing.lifecycles.refund import REFUND, RefundCommand, RefundState
from licensing.money import Money
from licensing.refunds import RefundLegs, split_refund

SUBMIT_REFUND: Final = Job("payments.submit-refund")

_SENDING: Final = system("refunds")
_STANDS: Final = (RefundState.REQUESTED, RefundState.SUBMITTED, RefundState.SUCCEEDED)
_LEFT_ALONE: Final = timedelta(minutes=2)  # the job of a new refund has that long before the sweep


async def request_refund(uow: UnitOfWork, *, order_id: str, amount: Money, reason: str) -> Refund:
    """Take a refund out of the parties' shares and have it sent to the buyer.

    Raises:
        Forbidden: the actor is not of finance.
        NotFound: the order was never paid.
        RefundExceedsSale: more than is left of what was paid.
        CurrencyMismatch: the order was paid in another currency.
    """
    uow.actor.require(Role.FINANCE)
    sale = await service.locked_sale(uow.session, order_id)
    refund = await _book(uow, sale, amount, reason)
    await uow.enqueue(SUBMIT_REFUND, refund.id, refund.id)
    return refund


async def submit_refund(
    units: UnitOfWorkFactory, gateway: StripeGateway, *, refund_id: str
) -> RefundState:
    """Send a requested refund to Stripe; one that was sent already is left alone.

    Call it outside of any transaction.

    Raises:
        StripeUnavailable: Stripe does not answer; the next try is the same refund.
    """
    key = f"{refund_id}:create-refund"
    async with units.begin(_SENDING) as uow:
        refund = await uow.session.get_one(Refund, refund_id, with_for_update=True)
        if refund.state is not RefundState.REQUESTED:
            return refund.state
        payment = await _paid(uow.session, refund.order_id)
        params = _params(refund, payment)
        call = await stripe_calls.prepare(uow, key=key, operation="refunds.create", params=params)
        key_forgotten = call.prepared_at < uow.now - stripe_calls.KEY_LIFETIME
    try:
        sent = None
        if key_forgotten:
            sent = await gateway.find_refund(params["payment_intent"], refund_id)
        sent = sent or await gateway.create_refund(params, key=key)
    except StripeRefused as refusal:
        async with units.begin(_SENDING) as uow:
            await stripe_calls.note_refusal(uow, key=key, code=refusal.code)
            return (await _give_up(uow, refund_id)).state
    async with units.begin(_SENDING) as uow:
        await stripe_calls.note_answer(uow, key=key, object_id=sent.id)
        refund = await uow.session.get_one(Refund, refund_id, with_for_update=True)
        _note_sent(refund, sent)
        return refund.state


async def apply_refund(uow: UnitOfWork, *, sent: ProviderRefund) -> Refund | None:
    """Note what became of a refund at Stripe; None where it is not of a payment of ours.

    One that somebody made in Stripe's own dashboard is booked like one of ours. Applying it again
    changes nothing.

    Raises:
        NotYetSettled: its sale is not booked yet.
    """
    order_id = await _order_of(uow.session, sent)
    if order_id is None:
        return None
    sale = await _booked_sale(uow.session, order_id)
    refund = await _refund_behind(uow.session, sent)
    if refund is None:
        refund = await _book(uow, sale, sent.amount, "made at Stripe")
    _note_sent(refund, sent)
    if sent.status == "succeeded":
        await _succeed(uow, refund)
    elif sent.status == "failed":
        await _fail(uow, sale, refund)
    elif sent.status == "canceled" and refund.state is RefundState.SUBMITTED:
        await _undo(uow, sale, refund)
        _advance(uow, refund, RefundCommand.CANCEL)
    return refund


async def refunds_of(session: AsyncSession, order_id: str) -> list[Refund]:
    """All refunds of an order, oldest first."""
    query = sa.select(Refund).where(Refund.order_id == order_id).order_by(Refund.id)
    return list(await session.scalars(query))


async def refunded(session: AsyncSession, order_id: str) -> int:
    """Minor units of an order that have reached its buyer again."""
    query = sa.select(sa.func.coalesce(sa.func.sum(Refund.amount_minor), 0)).where(
        Refund.order_id == order_id, Refund.state == RefundState.SUCCEEDED
    )
    return int(await session.scalar(query) or 0)


async def unsent(uow: UnitOfWork) -> list[str]:
    """Refunds whose job did not get them to Stripe, oldest first, a batch at a time."""
    query = (
        sa.select(Refund.id)
        .where(Refund.state == RefundState.REQUESTED, Refund.requested_at <= uow.now - _LEFT_ALONE)
        .order_by(Refund.id)
        .limit(SWEEP_BATCH)
    )
    return list(await uow.session.scalars(query))


async def _book(uow: UnitOfWork, sale: Sale, amount: Money, reason: str) -> Refund:
    books = await service.sale_ledger(uow.session, sale)
    legs = split_refund(books.divided(), books.given_back(), amount)
    positions = books.drawable(await service.available_of(uow.session, sale, books))
    refund = Refund(
        id=uow.new_id("rfd"),
        order_id=sale.order_id,
        amount_minor=amount.minor,
        currency=amount.currency,
        reason=reason,
        state=REFUND.initial,
        provider_id=None,
        requested_at=uow.now,
        ended_at=None,
    )
    uow.session.add(refund)
    await uow.session.flush()
    await ledger.post(
        uow,
        refund_requested(legs, positions),
        key=f"refund-requested:{refund.id}",
        subject=refund.id,
        order_id=sale.order_id,
    )
    uow.record("refund.requested", refund.id, order=sale.order_id, amount=amount.minor)
    return refund


def _note_sent(refund: Refund, sent: ProviderRefund) -> None:
    if refund.provider_id is None:
        refund.provider_id = sent.id
    if refund.state is RefundState.REQUESTED:
        refund.state = REFUND.advance(refund.state, RefundCommand.SUBMIT)


async def _succeed(uow: UnitOfWork, refund: Refund) -> None:
    if refund.state is not RefundState.SUBMITTED:
        return
    await _post(uow, refund, refund_succeeded(_amount(refund)), "refund-succeeded")
    _advance(uow, refund, RefundCommand.SUCCEED)


async def _fail(uow: UnitOfWork, sale: Sale, refund: Refund) -> None:
    if refund.state not in _STANDS:
        return
    if refund.state is RefundState.SUCCEEDED:
        await _post(uow, refund, refund_returned(_amount(refund)), "refund-returned")
    await _undo(uow, sale, refund)
    _advance(uow, refund, RefundCommand.FAIL)
    _advance(uow, refund, RefundCommand.REVERSE)


async def _give_up(uow: UnitOfWork, refund_id: str) -> Refund:
    refund = await uow.session.get_one(Refund, refund_id)
    sale = await service.locked_sale(uow.session, refund.order_id)
    await uow.session.refresh(refund, with_for_update=True)
    if refund.state is RefundState.REQUESTED:
        await _undo(uow, sale, refund)
        _advance(uow, refund, RefundCommand.CANCEL)
    return refund


async def _undo(uow: UnitOfWork, sale: Sale, refund: Refund) -> None:
    legs = (await service.sale_ledger(uow.session, sale)).legs_of(refund.id)
    into = await service.belongs_in(uow.session, sale)
    owed = await _receivables(uow.session, legs)
    await _post(uow, refund, refund_failed(legs, owed, into), "refund-failed")


async def _receivables(session: AsyncSession, legs: RefundLegs) -> dict[str, Money]:
    currency = legs.amount.currency
    return {
        party: await ledger.balance(session, receivable(party), currency) for party in legs.shares
    }


async def _post(uow: UnitOfWork, refund: Refund, entry: JournalEntry, step: str) -> None:
    await ledger.post(
        uow, entry, key=f"{step}:{refund.id}", subject=refund.id, order_id=refund.order_id
    )


def _advance(uow: UnitOfWork, refund: Refund, command: RefundCommand) -> None:
    refund.state = REFUND.advance(refund.state, command)
    refund.ended_at = uow.now
    uow.record(f"refund.{refund.state.value}", refund.id, order=refund.order_id)


async def _order_of(session: AsyncSession, sent: ProviderRefund) -> str | None:
    if sent.intent_id is None:
        return None
    query = sa.select(Payment.order_id).where(Payment.intent_id == sent.intent_id)
    found: str | None = await session.scalar(query)
    return found


async def _refund_behind(session: AsyncSession, sent: ProviderRefund) -> Refund | None:
    query = sa.select(Refund).where(Refund.provider_id == sent.id).with_for_update()
    found: Refund | None = await session.scalar(query)
    if found is not None:
        return found
    ours = sent.metadata.get(REFUND_ID)
    return None if ours is None else await session.get(Refund, ours, with_for_update=True)


async def _booked_sale(session: AsyncSession, order_id: str) -> Sale:
    try:
        return await service.locked_sale(session, order_id)
    except NotFound as error:
        raise NotYetSettled("The sale is booked first; this is tried again.") from error


async def _paid(session: AsyncSession, order_id: str) -> Payment:
    payment = await payment_of(session, order_id)
    if payment is None:
        raise NotFound("This order was never paid.")
    return payment


def _amount(refund: Refund) -> Money:
    return Money(refund.amount_minor, refund.currency)


def _params(refund: Refund, payment: Payment) -> RefundCreateParams:
    return {
        "payment_intent": payment.intent_id or "",
        "amount": refund.amount_minor,
        "metadata": {ORDER_ID: refund.order_id, REFUND_ID: refund.id},
    }
