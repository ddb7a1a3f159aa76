"""Asking a buyer for money: one PaymentIntent per order, and what becomes of it.

Calls to Stripe happen between transactions, never inside one: a write transaction that waits for
the network would stop every other writer.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from stripe.params import PaymentIntentCreateParams

from app.core.actor import system
from app.core.unit_of_work import UnitOfWork, UnitOfWorkFactory
from app.payments import stripe_calls
from app.payments.errors import (
    NotYetSettled,
    PaymentAmountChanged,
    PaymentNotPossible,
    StripeRefused,
)
from app.payments.lifecycle import PAYMENT, PaymentCommand, PaymentState
from app.payments.models import Payment, StripeCall
from app.payments.stripe_gateway import StripeGateway
from app.payments.stripe_objects import ORDER_ID, PAYMENT_ID, Intent
from licensing.money import Money

_CHECKOUT = system("checkout")


async def open_payment(uow: UnitOfWork, *, order_id: str, amount: Money) -> Payment:
    """The payment of an order; the same one each time it is asked for.

    Raises:
        PaymentAmountChanged: it has one over another amount.
    """
    payment = await payment_of(uow.session, order_id)
    if payment is None:
        payment = Payment(
            id=uow.new_id("pay"),
            order_id=order_id,
            amount_minor=amount.minor,
            currency=amount.currency,
            state=PAYMENT.initial,
            intent_id=None,
            charge_id=None,
            received_minor=None,
            processing_fee_minor=None,
            created_at=uow.now,
            ended_at=None,
        )
        uow.session.add(payment)
        await uow.session.flush()
        uow.record("payment.opened", payment.id, order=order_id, amount=amount.minor)
    elif Money(payment.amount_minor, payment.currency) != amount:
        raise PaymentAmountChanged("Place a new order for the new price.")
    return payment


async def payment_of(session: AsyncSession, order_id: str) -> Payment | None:
    """The payment of an order, if one was opened."""
    found: Payment | None = await session.scalar(
        sa.select(Payment).where(Payment.order_id == order_id)
    )
    return found


async def ensure_intent(
    units: UnitOfWorkFactory, gateway: StripeGateway, *, payment_id: str
) -> Intent:
    """The PaymentIntent of a payment, made at Stripe where there is none yet.

    Call it outside of any transaction.

    Raises:
        PaymentNotPossible: the payment was called off.
        StripeUnavailable: Stripe does not answer; asking again finds the same intent.
    """
    key = _key(payment_id, "create-intent")
    async with units.begin(_CHECKOUT) as uow:
        payment = await uow.session.get_one(Payment, payment_id, with_for_update=True)
        if payment.state is PaymentState.CANCELED:
            raise PaymentNotPossible("Place a new order.")
        params = _intent_params(payment)
        known = payment.intent_id
        if known is None:
            await stripe_calls.prepare(
                uow, key=key, operation="payment_intents.create", params=params
            )
    if known is not None:
        return await gateway.intent(known)
    intent = await gateway.create_intent(params, key=key)
    async with units.begin(_CHECKOUT) as uow:
        await stripe_calls.note_answer(uow, key=key, object_id=intent.id)
        payment = await uow.session.get_one(Payment, payment_id, with_for_update=True)
        if payment.intent_id is None:
            _attach(payment, intent)
    return intent


async def cancel_payment(
    units: UnitOfWorkFactory, gateway: StripeGateway, *, payment_id: str
) -> PaymentState:
    """Call a payment off at Stripe; the state that it is in now.

    Once it is canceled there, no money can come any more. Where the money was faster, the payment
    has succeeded instead, and where a bank is still deciding it stays requested.
    """
    async with units.look(_CHECKOUT) as uow:
        payment = await uow.session.get_one(Payment, payment_id)
        asked = await uow.session.get(StripeCall, _key(payment_id, "create-intent"))
    if payment.state in PAYMENT.terminal:
        return payment.state
    if asked is None:
        async with units.begin(_CHECKOUT) as uow:
            payment = await uow.session.get_one(Payment, payment_id, with_for_update=True)
            if await uow.session.get(StripeCall, _key(payment_id, "create-intent")) is None:
                _end(uow, payment, PaymentCommand.CANCEL)
                return payment.state
    intent = await _called_off(units, gateway, payment_id)
    async with units.begin(_CHECKOUT) as uow:
        applied = await apply_intent(uow, intent=intent)
        return applied.state if applied is not None else payment.state


async def apply_intent(uow: UnitOfWork, *, intent: Intent) -> Payment | None:
    """Note what became of a PaymentIntent; None where it is not one of ours.

    Applying it again, or an older state of it, changes nothing.

    Raises:
        NotYetSettled: the money has come, but Stripe has not booked its fee yet.
    """
    payment = await _payment_behind(uow.session, intent)
    if payment is None:
        return None
    if payment.intent_id is None:
        _attach(payment, intent)
    if payment.state in PAYMENT.terminal:
        return payment
    if intent.status == "canceled":
        _end(uow, payment, PaymentCommand.CANCEL)
    elif intent.status == "succeeded":
        if intent.fee is None:
            raise NotYetSettled("Stripe has not booked its fee yet; it is asked again.")
        payment.charge_id = intent.charge_id
        payment.received_minor = intent.received.minor
        payment.processing_fee_minor = intent.fee.minor
        _end(uow, payment, PaymentCommand.SUCCEED)
    return payment


async def _payment_behind(session: AsyncSession, intent: Intent) -> Payment | None:
    query = sa.select(Payment).where(Payment.intent_id == intent.id).with_for_update()
    found: Payment | None = await session.scalar(query)
    if found is not None:
        return found
    # A crash, or a webhook faster than our note of Stripe's answer: the metadata knows.
    ours = intent.metadata.get(PAYMENT_ID)
    if ours is None:
        return None
    return await session.get(Payment, ours, with_for_update=True)


async def _called_off(units: UnitOfWorkFactory, gateway: StripeGateway, payment_id: str) -> Intent:
    intent = await ensure_intent(units, gateway, payment_id=payment_id)
    try:
        return await gateway.cancel_intent(intent.id, key=_key(payment_id, "cancel-intent"))
    except StripeRefused:
        return await gateway.intent(intent.id)


def _attach(payment: Payment, intent: Intent) -> None:
    payment.intent_id = intent.id
    if payment.state is PaymentState.OPENED:
        payment.state = PAYMENT.advance(payment.state, PaymentCommand.REQUEST)


def _end(uow: UnitOfWork, payment: Payment, command: PaymentCommand) -> None:
    payment.state = PAYMENT.advance(payment.state, command)
    payment.ended_at = uow.now
    uow.record(f"payment.{payment.state.value}", payment.id, order=payment.order_id)


def _intent_params(payment: Payment) -> PaymentIntentCreateParams:
    return {
        "amount": payment.amount_minor,
        "currency": payment.currency.lower(),
        # Cards settle at once: a licence is handed over with the payment, not days later.
        "allowed_payment_method_types": ["card"],
        "transfer_group": payment.order_id,
        "metadata": {ORDER_ID: payment.order_id, PAYMENT_ID: payment.id},
    }


def _key(payment_id: str, operation: str) -> str:
    return f"{payment_id}:{operation}"
