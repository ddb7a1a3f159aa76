"""An HTTP client for some controllers, wired as ``app.main`` wires them but without the job engine
(which is a singleton of its process)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide

from app.core.access import guard_access, refuse_undeclared
from app.core.problems import EXCEPTION_HANDLERS
from app.core.transactions import TransactionMiddleware, unit_of_work
from app.core.unit_of_work import UnitOfWorkFactory
from app.identity.authentication import AuthenticationMiddleware


@asynccontextmanager
async def client_for(
    units: UnitOfWorkFactory, controllers: Sequence[Any], **state: Any
) -> AsyncIterator[httpx.AsyncClient]:
    """A client whose requests go through our middleware, guards and problem rendering."""
    app = Litestar(
        route_handlers=list(controllers),
        dependencies={"uow": Provide(unit_of_work, sync_to_thread=False)},
        exception_handlers=EXCEPTION_HANDLERS,
        guards=[guard_access],
        middleware=[AuthenticationMiddleware(), TransactionMiddleware()],
        state=State({"units": units, **state}),
        logging_config=None,
        openapi_config=None,
    )
    refuse_undeclared(app)
    # No lifespan: nothing here starts on one, and fixtures leave in another task than they entered.
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        yield client
