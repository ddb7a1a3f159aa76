"""The console over HTTP, wired as ``app.main`` wires it but without the job engine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import httpx
import pytest
from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide

from app.catalog.asset_api import AssetController
from app.console.failures import for_browsers
from app.console.templating import template_config
from app.console.wiring import console_routes
from app.core.access import guard_access, refuse_undeclared
from app.core.actor import Actor
from app.core.clock import TestClock
from app.core.problems import EXCEPTION_HANDLERS
from app.core.runtime import Runtime
from app.core.settings import Settings
from app.core.transactions import TransactionMiddleware, unit_of_work
from app.core.unit_of_work import UnitOfWorkFactory
from app.identity.authentication import SESSION_COOKIE, AuthenticationMiddleware
from app.provenance.house import HouseKeys
from tests.conftest import RecordedJobs
from tests.console.world import World
from tests.provenance.generators import new_house
from tests.releasing import catalog_jobs

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Sec-Fetch-Site": "same-origin"}

Visit = Callable[[Actor | None], Awaitable[httpx.AsyncClient]]


@pytest.fixture
async def runtime(
    sqlite_settings: Settings, clock: TestClock, jobs: RecordedJobs
) -> AsyncIterator[Runtime]:
    """Engines on SQLite: the rooms below prove both databases, pages are the same on each."""
    built = Runtime.build(sqlite_settings, clock)
    runtime = replace(built, units=UnitOfWorkFactory(built.database, clock, jobs))
    yield runtime
    await runtime.close()


@pytest.fixture
def house() -> HouseKeys:
    """A house with fresh keys."""
    return new_house()


@pytest.fixture
async def world(runtime: Runtime, house: HouseKeys) -> World:
    """People, a generator, and ways to bring tracks into any state."""
    return await World.build(runtime.units, runtime.storage, house, catalog_jobs(runtime, house))


@pytest.fixture
async def visit(runtime: Runtime, house: HouseKeys, world: World) -> AsyncIterator[Visit]:
    """Opens a browser's client, signed in or not; redirects are not followed."""
    app = Litestar(
        route_handlers=[AssetController, *console_routes()],
        dependencies={"uow": Provide(unit_of_work, sync_to_thread=False)},
        exception_handlers=for_browsers(EXCEPTION_HANDLERS),
        guards=[guard_access],
        middleware=[AuthenticationMiddleware(), TransactionMiddleware()],
        state=State({"units": runtime.units, "runtime": runtime, "house": house}),
        template_config=template_config(),
        logging_config=None,
        openapi_config=None,
    )
    refuse_undeclared(app)
    opened: list[httpx.AsyncClient] = []

    async def visit(actor: Actor | None) -> httpx.AsyncClient:
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://testserver", headers=BROWSER
        )
        if actor is not None:
            client.cookies.set(SESSION_COOKIE, await world.session_of(actor))
        opened.append(client)
        return client

    yield visit
    for client in opened:
        await client.aclose()
