"""A receiver on loopback, and the jobs that deliver to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import msgspec
import pytest

from app.core.actor import Actor, ActorKind, Role
from app.core.clock import TestClock
from app.core.egress import Egress
from app.core.ids import new_id
from app.core.runtime import Runtime
from app.core.settings import Settings
from app.core.unit_of_work import UnitOfWorkFactory
from app.core.webhooks import service
from app.core.webhooks.delivery import WebhookJobs
from app.core.webhooks.log import deliveries_to
from app.core.webhooks.models import Scope, WebhookEndpoint
from app.core.webhooks.schemas import DeliveryView
from app.core.webhooks.sealing import SecretSeal
from tests.conftest import START, RecordedJobs


@dataclass
class Received:
    """One request as it arrived."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Answers every request with ``answer``, raw; holds on without one where that is empty."""

    answer: bytes = b"HTTP/1.1 204 No Content\r\n\r\n"
    requests: list[Received] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?x=1"

    def answers(self, status: int, *headers: str) -> None:
        lines = [f"HTTP/1.1 {status} x", "content-length: 0", *headers, "", ""]
        self.answer = "\r\n".join(lines).encode()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        line, *rest = head.strip().split("\r\n")
        headers = {name.lower(): value for name, value in (each.split(": ", 1) for each in rest)}
        body = await reader.readexactly(int(headers["content-length"]))
        self.requests.append(Received(line, headers, body))
        if self.answer:
            writer.write(self.answer)
            await writer.drain()
        else:
            await reader.read()
        writer.close()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.handle, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    yield receiver
    server.close()
    await server.wait_closed()


@pytest.fixture
async def runtime(settings: Settings, clock: TestClock) -> AsyncIterator[Runtime]:
    """Of a sandbox, where loopback may be sent to."""
    runtime = Runtime.build(msgspec.structs.replace(settings, sandbox=True), clock)
    yield runtime
    await runtime.close()


@dataclass
class Exchange:
    """Owners, their endpoints, and the jobs as the engine would run them."""

    units: UnitOfWorkFactory
    jobs: RecordedJobs
    worker: WebhookJobs
    seal: SecretSeal
    clock: TestClock
    creator: Actor
    operator: Actor

    async def register(
        self,
        url: str,
        *event_types: str,
        actor: Actor | None = None,
        scope: Scope = Scope.OWN,
    ) -> tuple[WebhookEndpoint, str]:
        async with self.units.begin(actor or self.creator) as uow:
            return await service.register_endpoint(
                uow,
                Egress.build(sandbox=True),
                self.seal,
                url=url,
                event_types=list(event_types),
                scope=scope,
            )

    async def publish(self, type_: str = "track.restored", owner: Actor | None = None) -> None:
        async with self.units.begin(self.creator) as uow:
            owner_id = (owner or self.creator).person_id
            await service.publish_event(uow, type_, "trk_1", {"n": 1}, owner_id=owner_id)

    async def work(self) -> int:
        """Run what is enqueued; how many jobs there were."""
        enqueued, self.jobs.enqueued = self.jobs.enqueued, []
        for name, _, arguments in enqueued:
            assert name == service.DELIVER.name
            await self.worker.deliver(*arguments)
        return len(enqueued)

    async def log(self, endpoint: WebhookEndpoint) -> list[DeliveryView]:
        async with self.units.look(self.creator) as uow:
            return await deliveries_to(uow, endpoint_id=endpoint.id, before=None, limit=100)

    async def endpoint(self, endpoint: WebhookEndpoint) -> WebhookEndpoint:
        async with self.units.look(self.creator) as uow:
            return await uow.session.get_one(WebhookEndpoint, endpoint.id)


@pytest.fixture
def exchange(runtime: Runtime, jobs: RecordedJobs, clock: TestClock) -> Exchange:
    # The worker's own units must record jobs too, instead of handing them to the job engine.
    units = UnitOfWorkFactory(runtime.database, clock, jobs)
    worker = WebhookJobs(
        Runtime(
            settings=runtime.settings,
            clock=clock,
            database=runtime.database,
            storage=runtime.storage,
            outbox=runtime.outbox,
            units=units,
            pool=runtime.pool,
            urls=runtime.urls,
        )
    )
    return Exchange(
        units=units,
        jobs=jobs,
        worker=worker,
        seal=SecretSeal.of(runtime.settings),
        clock=clock,
        creator=_actor(Role.CREATOR),
        operator=_actor(Role.OPERATOR),
    )


def _actor(role: Role) -> Actor:
    return Actor(
        kind=ActorKind.API_KEY, user_id=new_id("usr", START), roles=frozenset({role}), label="test"
    )
