"""The job that delivers, and the sweep that tries again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from app.core.actor import system
from app.core.egress import Egress, NoAnswer
from app.core.jobs import JobEngine, step
from app.core.runtime import Runtime
from app.core.sweeps import Sweep
from app.core.webhooks import service, signing
from app.core.webhooks.lifecycle import DeliveryState, EndpointState
from app.core.webhooks.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from app.core.webhooks.sealing import SecretSeal

_ACTOR: Final = system("webhook delivery")
_AT_ONCE: Final = 200  # the next sweep takes the rest, seconds later
_USER_AGENT: Final = "Countersign-Webhooks/1"


@dataclass(frozen=True, slots=True)
class _Message:
    """What one attempt sends, and where."""

    event_id: str
    url: str
    secret: bytes
    body: bytes


class Outcome(msgspec.Struct, frozen=True):
    """How an attempt ended: the receiver's status, or why there is none."""

    status: int | None = None
    failure: str | None = None


class WebhookJobs:
    """What webhooks do after the transaction of an event."""

    def __init__(self, runtime: Runtime) -> None:
        self._units = runtime.units
        self._egress = Egress.build(sandbox=runtime.settings.sandbox)
        self._seal = SecretSeal.of(runtime.settings)

    def register(self, engine: JobEngine) -> None:
        engine.register(service.DELIVER, self.deliver)

    @property
    def sweeps(self) -> list[Sweep]:
        return [self.retry_due]

    async def deliver(self, delivery_id: str, number: str) -> None:
        """One attempt. After a crash the receiver may see it again, under the same id."""
        outcome = await step("send", self._send, delivery_id, int(number))
        if outcome is not None:
            await step("record", self._record, delivery_id, int(number), outcome)

    async def retry_due(self) -> None:
        """Enqueue the next attempts of what was not received."""
        async with self._units.begin(_ACTOR) as uow:
            await service.enqueue_due_attempts(uow, limit=_AT_ONCE)

    async def _send(self, delivery_id: str, number: int) -> dict[str, int | str | None] | None:
        message = await self._message(delivery_id, number)
        if message is None:
            return None
        headers = {
            "content-type": "application/json",
            "user-agent": _USER_AGENT,
            **signing.headers(
                message.secret, message.event_id, self._units.clock.now(), message.body
            ),
        }
        try:
            outcome = Outcome(status=await self._egress.post(message.url, message.body, headers))
        except NoAnswer as failure:
            outcome = Outcome(failure=str(failure)[:200])
        return msgspec.structs.asdict(outcome)

    async def _record(
        self, delivery_id: str, number: int, outcome: dict[str, int | str | None]
    ) -> None:
        ended = msgspec.convert(outcome, Outcome)
        async with self._units.begin(_ACTOR) as uow:
            await service.record_attempt(
                uow,
                delivery_id=delivery_id,
                number=number,
                status=ended.status,
                failure=ended.failure,
            )

    async def _message(self, delivery_id: str, number: int) -> _Message | None:
        """What to send; None where the attempt was made before, or is wanted no more."""
        async with self._units.look(_ACTOR) as uow:
            delivery = await uow.session.get_one(WebhookDelivery, delivery_id)
            endpoint = await uow.session.get_one(WebhookEndpoint, delivery.endpoint_id)
            event = await uow.session.get_one(WebhookEvent, delivery.event_id)
        wanted = delivery.state is DeliveryState.PENDING and endpoint.state is EndpointState.ACTIVE
        if not wanted or delivery.attempts >= number:
            return None
        secret = self._seal.open(endpoint.sealed_secret, endpoint.id)
        return _Message(event.id, endpoint.url, secret, event.body)
