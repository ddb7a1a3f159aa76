"""Every documented operation, fed with what its schema allows and forbids: never a server error."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from litestar import Litestar
from schemathesis.core.transport import Response

from app.core.actor import Role, system
from app.core.migrate import migrate
from app.core.runtime import Runtime
from app.core.settings import Settings
from app.identity import service
from app.main import create_app

pytestmark = [
    pytest.mark.e2e,
    # schemathesis draws with `random` inside its strategies
    pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisDeprecationWarning"),
]

EXAMPLES = 8


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("openapi")


@pytest.fixture(scope="module")
def configured(home: Path) -> Settings:
    configured = Settings(home=home, sandbox=True)
    migrate(configured)
    return configured


@pytest.fixture(scope="module")
def application(configured: Settings) -> Iterator[Litestar]:
    application = create_app(configured)
    yield application
    application.state.runtime.pool.close()


@pytest.fixture(scope="module")
def administrator_key(configured: Settings) -> str:
    return asyncio.run(_administrator_key(configured))


async def _administrator_key(configured: Settings) -> str:
    runtime = Runtime.build(configured)
    async with runtime.units.begin(system("test")) as uow:
        person = await service.sign_up(
            uow,
            email="root@example.org",
            display_name="Root",
            password="a long and pleasant sentence",
            roles=frozenset({Role.ADMIN, Role.CREATOR, Role.BUYER}),
        )
        _, secret = await service.create_api_key(uow, person_id=person.id, name="test")
    await runtime.close()
    return secret


def test_no_request_breaks_the_service(application: Litestar, administrator_key: str) -> None:
    schema = schemathesis.openapi.from_asgi("/schema/openapi.json", application)
    operations = [result.ok() for result in schema.get_all_operations()]
    assert len(operations) > 60
    for operation in operations:
        if operation.path.startswith("/schema"):
            continue  # the framework's own
        _feed(operation, {"Authorization": f"Bearer {administrator_key}"})


def _feed(operation: Any, headers: dict[str, str]) -> None:
    @given(case=operation.as_strategy())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def check(case: Any) -> None:
        _check(case.call(headers=headers), f"{operation.method} {operation.path}")

    check()


def _check(response: Response, operation: str) -> None:
    # 503 says that a part is missing here: Stripe, the corpus.
    assert response.status_code < 500 or response.status_code == 503, (operation, response.text)
    if response.status_code >= 400:
        assert response.headers["content-type"][0] == "application/problem+json", operation
        problem = response.json()
        assert problem["status"] == response.status_code
        assert problem["type"].startswith("https://countersign.example/problems/")
        assert problem["detail"]
