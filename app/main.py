"""Where the rooms are wired together: the only place that knows all of them."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from litestar import Litestar, Router
from litestar.config.app import AppConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.types import ControllerRouterHandler

from app.cases.api import NoticeController, PartyController
from app.cases.desk_api import CaseDeskController
from app.cases.jobs import CaseJobs
from app.catalog import api as catalog_api
from app.catalog.jobs import CatalogJobs
from app.console.failures import for_browsers
from app.console.templating import template_config
from app.console.wiring import console_routes
from app.core.access import PUBLIC, guard_access, refuse_undeclared
from app.core.clock import SystemClock
from app.core.jobs import JobEngine
from app.core.problems import EXCEPTION_HANDLERS
from app.core.runtime import Runtime
from app.core.sandbox import SandboxController
from app.core.settings import Settings, load_settings
from app.core.sweeps import Sweeper
from app.core.transactions import TransactionMiddleware, unit_of_work
from app.core.webhooks.api import WebhookController
from app.core.webhooks.delivery import WebhookJobs
from app.identity.api import AccountController
from app.identity.authentication import AuthenticationMiddleware
from app.market import api as market_api
from app.market.jobs import MarketJobs
from app.payments import api as payments_api
from app.payments.jobs import PaymentsJobs
from app.payments.stripe_gateway import StripeGateway
from app.provenance.api import GeneratorController, StatementController, render_not_yet_sealed
from app.provenance.content_credentials.house_credential import HouseCredential
from app.provenance.content_credentials.self_test import require_sound_judgement
from app.provenance.errors import NotYetSealed
from app.provenance.house import HouseKeys
from app.provenance.jobs import ProvenanceJobs
from app.provenance.log_api import LogController, read_credentials_root, read_house_keys
from app.provenance.time_stamps import TimeStampAuthority
from app.screening import api as screening_api
from app.screening.jobs import ScreeningJobs
from app.screening.soft_binding.api import ResolutionController
from app.screening.soft_binding.service_api import ResolutionServiceController, discover
from app.screening.soft_binding.store_api import ManifestController

_CONTROLLERS: Final[list[ControllerRouterHandler]] = [
    AccountController,
    GeneratorController,
    StatementController,
    LogController,
    read_house_keys,
    read_credentials_root,
    *catalog_api.CONTROLLERS,
    *screening_api.CONTROLLERS,
    ResolutionController,
    ManifestController,
    ResolutionServiceController,
    discover,
    *payments_api.CONTROLLERS,
    *market_api.CONTROLLERS,
    NoticeController,
    PartyController,
    CaseDeskController,
    WebhookController,
]

logger = logging.getLogger(__name__)


def create_app(settings: Settings | None = None) -> Litestar:
    """The ASGI application. Migrate the database before it starts (``countersign migrate``)."""
    runtime = Runtime.build(settings or load_settings())
    house = HouseKeys.load(runtime.settings)
    gateway = StripeGateway.connect(runtime.settings)
    engine = JobEngine(runtime.settings)
    now = SystemClock().now()  # a certificate is judged by the machine's time, by others too
    credential = HouseCredential.load(runtime.settings, now)
    require_sound_judgement(credential, now)
    sweeper = _put_to_work(engine, runtime, gateway, house, credential)

    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        await engine.launch()
        sweeper.start()
        try:
            yield
        finally:
            await sweeper.stop()
            engine.shutdown()
            await gateway.close()
            await runtime.close()

    return Litestar(
        route_handlers=[*_controllers(runtime.settings), *console_routes()],
        dependencies={"uow": Provide(unit_of_work, sync_to_thread=False)},
        exception_handlers=for_browsers(
            {**EXCEPTION_HANDLERS, NotYetSealed: render_not_yet_sealed}
        ),
        guards=[guard_access],
        middleware=[AuthenticationMiddleware(), TransactionMiddleware()],
        lifespan=[lifespan],
        state=State(
            {
                "runtime": runtime,
                "units": runtime.units,
                "sweeper": sweeper,
                "house": house,
                "credential": credential,
                "gateway": gateway,
            }
        ),
        openapi_config=_openapi(),
        template_config=template_config(),
        logging_config=None,
        on_app_init=[_check],
    )


def _put_to_work(
    engine: JobEngine,
    runtime: Runtime,
    gateway: StripeGateway,
    house: HouseKeys,
    credential: HouseCredential,
) -> Sweeper:
    provenance = ProvenanceJobs(runtime.units, house, TimeStampAuthority.of(runtime.settings))
    catalog = CatalogJobs(runtime, house, credential)
    screening = ScreeningJobs(runtime, house)
    payments = PaymentsJobs(runtime, gateway)
    market = MarketJobs(runtime, house, gateway)
    cases = CaseJobs(runtime)
    webhooks = WebhookJobs(runtime)
    for room in (catalog, screening, payments, market, webhooks):
        room.register(engine)
    swept = (provenance, catalog, screening, payments, market, cases, webhooks)
    return Sweeper(
        [sweep for room in swept for sweep in room.sweeps], runtime.settings.sweep_seconds
    )


def _openapi() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Countersign",
        version="1",
        description="Provenance, screening, licensing and takedown for AI-generated music.",
        components=Components(
            security_schemes={"apiKey": SecurityScheme(type="http", scheme="bearer")}
        ),
        security=[{"apiKey": []}],
        # The document only: viewers would load their scripts from elsewhere.
        render_plugins=[JsonRenderPlugin(path="/openapi.json")],
        openapi_router=Router(path="/schema", route_handlers=[], opt=PUBLIC),
    )


def _check(config: AppConfig) -> AppConfig:
    config.on_startup.append(refuse_undeclared)
    return config


def _controllers(settings: Settings) -> list[ControllerRouterHandler]:
    if not settings.sandbox:
        return _CONTROLLERS
    logger.warning("SANDBOX: the clock can be moved by any operator. Never in production.")
    return [*_CONTROLLERS, SandboxController]
