"""Durable work of payments: sending refunds, and the clocks of the books."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from app.core.actor import system
from app.core.jobs import JobEngine, step
from app.core.runtime import Runtime
from app.core.sweeps import Sweep
from app.payments import inbox, refunds, service
from app.payments.errors import StripeUnavailable
from app.payments.refunds import SUBMIT_REFUND
from app.payments.stripe_gateway import StripeGateway

_CLOCKS = system("payments clocks")

logger = logging.getLogger(__name__)


class PaymentsJobs:
    """Binds the room's jobs to the engines of this process."""

    def __init__(self, runtime: Runtime, gateway: StripeGateway) -> None:
        self._units = runtime.units
        self._gateway = gateway

    def register(self, engine: JobEngine) -> None:
        engine.register(SUBMIT_REFUND, self.submit_refund)

    @property
    def sweeps(self) -> Sequence[Sweep]:
        return (self.mature_earnings, self.retry_events, self.send_refunds)

    async def submit_refund(self, refund_id: str) -> None:
        """Send one refund to Stripe; where Stripe does not answer, ``send_refunds`` tries again."""
        try:
            await step("submit", self._submit, refund_id)
        except StripeUnavailable:
            logger.warning("refund %s waits: Stripe does not answer", refund_id)

    async def mature_earnings(self) -> None:
        """Make earnings available whose waiting time is over."""
        async with self._units.look(_CLOCKS) as uow:
            due = await service.due_sales(uow.session, uow.now)
        for order_id in due:
            async with self._units.begin(_CLOCKS) as uow:
                await service.mature_sale(uow, order_id=order_id)

    async def retry_events(self) -> None:
        """Try webhooks again that could not be applied."""
        async with self._units.begin(_CLOCKS) as uow:
            await inbox.retry_unhandled(uow)

    async def send_refunds(self) -> None:
        """Send refunds that their own job could not send."""
        async with self._units.look(_CLOCKS) as uow:
            waiting = await refunds.unsent(uow)
        for refund_id in waiting:
            await self.submit_refund(refund_id)

    async def _submit(self, refund_id: str) -> str:
        state = await refunds.submit_refund(self._units, self._gateway, refund_id=refund_id)
        return state.value
