"""The real SDK talking to a stand-in process."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import stripe

from tests.stripe_standin.process import RunningStandin, running_standin


@pytest.fixture(scope="session")
def standin() -> Iterator[RunningStandin]:
    """One stand-in without webhooks for a whole run; its objects never collide."""
    with running_standin() as running:
        yield running


@pytest.fixture
def client_of(standin: RunningStandin) -> Iterator[Callable[..., stripe.StripeClient]]:
    """Makes SDK clients of the stand-in."""
    http = stripe.HTTPXClient(timeout=10, allow_sync_methods=True)

    def make(*, retries: int = 0, key: str | None = None) -> stripe.StripeClient:
        return stripe.StripeClient(
            key or standin.secret_key,
            base_addresses={"api": standin.address},
            max_network_retries=retries,
            http_client=http,
        )

    yield make
    http.close()  # type: ignore[no-untyped-call]  # untyped in the SDK


@pytest.fixture
def client(client_of: Callable[..., stripe.StripeClient]) -> stripe.StripeClient:
    """An SDK client that does not retry."""
    return client_of()
