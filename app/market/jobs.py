"""Durable work of the market: what payments mean for orders, and orders that run out of time.

The job of a Stripe event is named by ``app.payments.inbox``, which enqueues it with the event, and
worked here: first the payments floor books what Stripe says, then this floor follows.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from app.core.actor import system
from app.core.errors import ServiceError, Unavailable
from app.core.jobs import JobEngine, step
from app.core.runtime import Runtime
from app.core.sweeps import Sweep
from app.market import orders, settlement
from app.payments import checkout, inbox
from app.payments.inbox import APPLY_STRIPE_EVENT
from app.payments.lifecycle import PaymentState
from app.payments.stripe_gateway import StripeGateway
from app.provenance.house import HouseKeys

_SETTLING = system("settlement")
_CLOCKS = system("market clocks")

logger = logging.getLogger(__name__)


class MarketJobs:
    """Binds the room's jobs to the engines of this process."""

    def __init__(self, runtime: Runtime, house: HouseKeys, gateway: StripeGateway) -> None:
        self._units = runtime.units
        self._house = house
        self._gateway = gateway

    def register(self, engine: JobEngine) -> None:
        engine.register(APPLY_STRIPE_EVENT, self.apply_stripe_event)

    @property
    def sweeps(self) -> Sequence[Sweep]:
        return (self.expire_orders,)

    async def apply_stripe_event(self, event_id: str) -> None:
        """Bring payment, refunds, disputes and order to where Stripe says they are.

        What cannot be applied now stays in the inbox, whose sweep starts this job again.
        """
        try:
            order_id = await step("read payment", self._read_payment, event_id)
            if order_id is not None:
                await step("settle payment", self._settle, order_id)
                await step("book return", self._book_return, event_id)
                await step("settle return", self._settle, order_id)
            await step("mark handled", self._mark_handled, event_id)
        except Unavailable as error:
            logger.warning("event %s waits: %s", event_id, error.detail)

    async def expire_orders(self) -> None:
        """End orders whose time to pay is over; where the money was faster, settle them."""
        async with self._units.look(_CLOCKS) as uow:
            due = await orders.due_orders(uow)
        for order_id in due:
            try:
                await self._expire(order_id)
            except ServiceError as error:
                # One order's trouble must not keep the others reserved.
                logger.warning("order %s does not expire yet: %s", order_id, error.detail)

    async def _expire(self, order_id: str) -> None:
        async with self._units.look(_CLOCKS) as uow:
            payment = await checkout.payment_of(uow.session, order_id)
        if payment is not None:
            state = await checkout.cancel_payment(self._units, self._gateway, payment_id=payment.id)
            if state is PaymentState.SUCCEEDED:
                await self._settle(order_id)
            if state is not PaymentState.CANCELED:
                return
        async with self._units.begin(_CLOCKS) as uow:
            await orders.expire_order(uow, order_id=order_id)

    async def _read_payment(self, event_id: str) -> str | None:
        return await inbox.apply_payment(self._units, self._gateway, event_id=event_id)

    async def _book_return(self, event_id: str) -> None:
        await inbox.apply_return(self._units, self._gateway, event_id=event_id)

    async def _settle(self, order_id: str) -> None:
        async with self._units.begin(_SETTLING) as uow:
            await settlement.settle_order(uow, self._house, order_id=order_id)

    async def _mark_handled(self, event_id: str) -> None:
        async with self._units.begin(_SETTLING) as uow:
            await inbox.mark_handled(uow, event_id=event_id)
