"""The engines that a process runs on, put together from the settings."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from app.core.clock import Clock, SystemClock, TestClock
from app.core.database import Database
from app.core.jobs import JobOutbox
from app.core.processes import ProcessPool
from app.core.secrets import house_secret
from app.core.settings import Settings, load_settings
from app.core.signed_urls import UrlSigner
from app.core.storage import ObjectStorage
from app.core.unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True, slots=True)
class Runtime:
    """What the rooms are given when the service is wired together."""

    settings: Settings
    clock: Clock
    database: Database
    storage: ObjectStorage
    outbox: JobOutbox
    units: UnitOfWorkFactory
    pool: ProcessPool
    urls: UrlSigner

    @classmethod
    def build(cls, settings: Settings, clock: Clock | None = None) -> Runtime:
        clock = clock or (TestClock() if settings.sandbox else SystemClock())
        database = Database.connect(settings)
        outbox = JobOutbox(settings)
        secret = settings.secret.encode() or house_secret(settings, "urls.key")
        return cls(
            settings=settings,
            clock=clock,
            database=database,
            storage=ObjectStorage.connect(settings),
            outbox=outbox,
            units=UnitOfWorkFactory(database, clock, outbox),
            pool=ProcessPool(settings.screening_processes),
            urls=UrlSigner(secret, settings.public_url),
        )

    async def close(self) -> None:
        self.pool.close()
        self.outbox.close()
        await self.database.close()


@asynccontextmanager
async def runtime_for_command() -> AsyncIterator[Runtime]:
    """The runtime of a command-line command, closed when the command ends."""
    runtime = Runtime.build(load_settings())
    try:
        yield runtime
    finally:
        await runtime.close()
