"""The market of these tests, on each database engine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest
from msgspec.structs import replace as with_fields

from app.core.actor import Role
from app.core.clock import TestClock
from app.core.runtime import Runtime
from app.core.settings import Settings
from app.core.unit_of_work import UnitOfWorkFactory
from app.market.api import CONTROLLERS as MARKET
from app.market.jobs import MarketJobs
from app.payments.api import CONTROLLERS as PAYMENTS
from app.payments.jobs import PaymentsJobs
from app.payments.stripe_gateway import StripeGateway
from tests.conftest import RecordedJobs
from tests.http import client_for
from tests.market.world import WEBHOOK_SECRET, Market
from tests.provenance.generators import new_house
from tests.releasing import catalog_jobs
from tests.stripe_standin.process import RunningStandin, running_standin


@pytest.fixture(scope="session")
def standin() -> Iterator[RunningStandin]:
    """One stand-in for all tests of this folder; they ask it for their own objects only."""
    with running_standin() as running:
        yield running


@pytest.fixture
async def runtime(
    settings: Settings, units: UnitOfWorkFactory, clock: TestClock, standin: RunningStandin
) -> AsyncIterator[Runtime]:
    """The engines of the service, paying at the stand-in."""
    configured = with_fields(
        settings,
        stripe_api_key=standin.secret_key,
        stripe_api_base=standin.address,
        stripe_webhook_secret=WEBHOOK_SECRET,
        public_url="http://testserver",
    )
    runtime = replace(Runtime.build(configured, clock), units=units)
    yield runtime
    await runtime.close()


@pytest.fixture
async def market(
    runtime: Runtime, clock: TestClock, jobs: RecordedJobs, standin: RunningStandin
) -> AsyncIterator[Market]:
    """Ada sells with Bob and Cleo, Dora and Emil buy, Finn keeps the books."""
    units = runtime.units
    gateway = StripeGateway.connect(runtime.settings)
    house = new_house()
    async with client_for(
        units, [*MARKET, *PAYMENTS], runtime=runtime, gateway=gateway, house=house
    ) as http:
        world = Market(
            units=units,
            clock=clock,
            runtime=runtime,
            house=house,
            jobs=jobs,
            standin=standin,
            catalog_jobs=catalog_jobs(runtime, house),
            market_jobs=MarketJobs(runtime, house, gateway),
            payments_jobs=PaymentsJobs(runtime, gateway),
            http=http,
        )
        for name in ("ada", "bob", "cleo"):
            await world.join(name, Role.CREATOR)
        for name in ("dora", "emil"):
            await world.join(name, Role.BUYER)
        await world.join("finn", Role.FINANCE)
        await world.join("rita", Role.REVIEWER)
        yield world
    await gateway.close()
