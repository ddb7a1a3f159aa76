"""Where the rooms are wired together: the only place that knows all of them."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar, Router
from litestar.config.app import AppConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.types import ControllerRouterHandler

from app.console.failures import for_browsers
from app.console.templating import template_config
from app.console.wiring import console_routes
from app.core.access import PUBLIC, guard_access, refuse_undeclared
from app.core.jobs import JobEngine
from app.core.problems import EXCEPTION_HANDLERS
from app.core.runtime import Runtime
from app.core.sandbox import SandboxController
from app.core.settings import Settings, load_settings
from app.core.sweeps import Sweeper
from app.core.transactions import TransactionMiddleware, unit_of_work
from app.identity.api import AccountController
from app.identity.authentication import AuthenticationMiddleware

logger = logging.getLogger(__name__)


def create_app(settings: Settings | None = None) -> Litestar:
    """The ASGI application. Migrate the database before it starts (``countersign migrate``)."""
    runtime = Runtime.build(settings or load_settings())
    engine = JobEngine(runtime.settings)
    sweeper = Sweeper([], runtime.settings.sweep_seconds)

    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        await engine.launch()
        sweeper.start()
        try:
            yield
        finally:
            await sweeper.stop()
            engine.shutdown()
            await runtime.close()

    return Litestar(
        route_handlers=[*_controllers(runtime.settings), *console_routes()],
        dependencies={"uow": Provide(unit_of_work, sync_to_thread=False)},
        exception_handlers=for_browsers(EXCEPTION_HANDLERS),
        guards=[guard_access],
        middleware=[AuthenticationMiddleware(), TransactionMiddleware()],
        lifespan=[lifespan],
        state=State({"runtime": runtime, "units": runtime.units, "sweeper": sweeper}),
        openapi_config=_openapi(),
        template_config=template_config(),
        logging_config=None,
        on_app_init=[_check],
    )


def _openapi() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Countersign",
        version="1",
        description="Provenance, screening, licensing and takedown for AI-generated music.",
        # The document only: viewers would load their scripts from elsewhere.
        render_plugins=[JsonRenderPlugin(path="/openapi.json")],
        openapi_router=Router(path="/schema", route_handlers=[], opt=PUBLIC),
    )


def _check(config: AppConfig) -> AppConfig:
    config.on_startup.append(refuse_undeclared)
    return config


def _controllers(settings: Settings) -> list[ControllerRouterHandler]:
    controllers: list[ControllerRouterHandler] = [AccountController]
    if settings.sandbox:
        logger.warning("SANDBOX: the clock can be moved by any operator. Never in production.")
        controllers.append(SandboxController)
    return controllers
