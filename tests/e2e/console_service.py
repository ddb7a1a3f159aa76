"""A running service with a small marketplace in it, to be looked at with a browser."""

from __future__ import annotations

import asyncio
import socket
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import httpx

from app.core.clock import TestClock
from app.core.migrate import migrate
from app.core.runtime import Runtime
from app.core.settings import Settings
from app.core.unit_of_work import UnitOfWorkFactory
from app.provenance.house import HouseKeys
from tests.conftest import RecordedJobs
from tests.console.world import World
from tests.e2e.processes import kill, start, wait_until
from tests.releasing import catalog_jobs

Result = TypeVar("Result")


@dataclass
class Service:
    """A service process on a port of its own; ``bring`` changes its database from outside."""

    settings: Settings
    world: World | None = field(default=None)

    @property
    def url(self) -> str:
        return self.settings.public_url

    def bring(self, change: Callable[[World], Awaitable[Result]]) -> Result:
        """Run a change of the world against the service's own database, and answer its result."""
        # In a thread of its own: Playwright's synchronous interface keeps a loop running in ours.
        with ThreadPoolExecutor(1) as aside:
            return aside.submit(asyncio.run, self._bring(change)).result()

    async def _bring(self, change: Callable[[World], Awaitable[Result]]) -> Result:
        runtime = Runtime.build(self.settings, TestClock())
        # Jobs are recorded instead of enqueued: the world records the results of its screenings.
        units = UnitOfWorkFactory(runtime.database, runtime.clock, RecordedJobs())
        try:
            if self.world is None:
                house = HouseKeys.load(self.settings)
                jobs = catalog_jobs(runtime, house)
                self.world = await World.build(units, runtime.storage, house, jobs)
            jobs = catalog_jobs(replace(runtime, units=units), self.world.house)
            self.world = replace(
                self.world, units=units, storage=runtime.storage, catalog_jobs=jobs
            )
            return await change(self.world)
        finally:
            await runtime.close()


@contextmanager
def running_service(home: Path) -> Iterator[Service]:
    """A sandbox on SQLite, migrated, peopled and answering."""
    port = _free_port()
    service = Service(
        Settings(home=home, port=port, public_url=f"http://127.0.0.1:{port}", sandbox=True)
    )
    migrate(service.settings)
    log = home / "service.log"
    process = start(
        "app.cli",
        "serve",
        log=log,
        COUNTERSIGN_HOME=str(home),
        COUNTERSIGN_PORT=str(port),
        COUNTERSIGN_PUBLIC_URL=service.url,
        COUNTERSIGN_SANDBOX="true",
        COUNTERSIGN_SWEEP_SECONDS="0.5",
    )
    try:
        wait_until(
            lambda: _answers(service.url, process), process=process, what="an answer", log=log
        )
        yield service
    finally:
        kill(process)


def _answers(url: str, process: subprocess.Popen[bytes]) -> bool:
    try:
        return process.poll() is None and httpx.get(f"{url}/sign-in").status_code == 200
    except httpx.TransportError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
