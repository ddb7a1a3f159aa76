"""Webhooks of the stand-in, received by a real HTTP server."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import stripe

from tests.stripe_standin.process import SDK_DEPRECATION, RunningStandin, running_standin

pytestmark = SDK_DEPRECATION

SECRET = "whsec_of_the_test"
DEADLINE_SECONDS = 20


@dataclass
class Receiver:
    """Remembers what was delivered, and answers with what it is told."""

    port: int = 0
    statuses: list[int] = field(default_factory=list)
    received: list[tuple[bytes, str]] = field(default_factory=list)

    @property
    def types(self) -> list[str]:
        return [json.loads(body)["type"] for body, _ in self.received]

    def wait_for(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not condition():
            assert time.monotonic() < deadline, f"received only {self.types}"
            threading.Event().wait(0.02)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    remembered = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            remembered.received.append((body, self.headers["Stripe-Signature"]))
            self.send_response(remembered.statuses.pop(0) if remembered.statuses else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # inherited
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    remembered.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield remembered
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def standin(receiver: Receiver) -> Iterator[RunningStandin]:
    url = f"http://127.0.0.1:{receiver.port}/hook"
    with running_standin("--webhook-url", url, "--webhook-secret", SECRET) as running:
        yield running


def pay(client: stripe.StripeClient) -> stripe.PaymentIntent:
    return client.v1.payment_intents.create(
        {"amount": 900, "currency": "eur", "payment_method": "pm_card_visa", "confirm": True}
    )


def test_events_are_signed_so_that_the_sdk_accepts_them(
    receiver: Receiver, client: stripe.StripeClient
) -> None:
    pay(client)
    receiver.wait_for(lambda: len(receiver.received) == 3)
    assert receiver.types == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
    ]
    for body, signature in receiver.received:
        event = client.construct_event(body, signature, SECRET)
        assert event.data.object["livemode"] is False
        with pytest.raises(stripe.SignatureVerificationError):
            client.construct_event(body + b" ", signature, SECRET)


def test_what_is_refused_is_delivered_again(
    receiver: Receiver, client: stripe.StripeClient
) -> None:
    receiver.statuses = [500, 404]
    pay(client)
    receiver.wait_for(lambda: len(receiver.received) == 5)
    assert sorted(set(receiver.types)) == [
        "charge.succeeded",
        "payment_intent.created",
        "payment_intent.succeeded",
    ]


def test_events_can_be_held_back_repeated_and_reordered(
    receiver: Receiver, client: stripe.StripeClient, standin: RunningStandin
) -> None:
    standin.order("webhooks/hold")
    pay(client)
    assert receiver.received == []
    assert standin.order("webhooks/flow", reverse=True, copies=2) == {"deliveries": 6}
    receiver.wait_for(lambda: len(receiver.received) == 6)
    assert receiver.types[:2] == ["payment_intent.succeeded"] * 2
    receiver.wait_for(lambda: standin.order("webhooks/pending") == {"pending": 0})


def test_an_order_that_makes_no_sense_is_refused(standin: RunningStandin) -> None:
    with pytest.raises(AssertionError, match="no control"):
        standin.order("nonsense")
    with pytest.raises(AssertionError, match="cannot be read"):
        standin.order("faults", fault="earthquake")
