"""The service killed with ``kill -9`` in the middle of its work: each effect happens once.

Real processes, real audio, the real Stripe SDK against the stand-in, on both database engines.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
import stripe

from app.core.audit import AuditEvent
from app.core.database import Database
from app.core.settings import Settings
from app.market.models import Grant
from app.payments.models import JournalEntry
from app.provenance.models import Statement
from app.provenance.statement import SCREENING_COUNTERSIGNATURE
from app.screening.lifecycle import ScreeningState
from app.screening.models import Screening
from scripts.demo import processes
from scripts.demo.chapters import market, people, provenance, screening
from scripts.demo.narration import Narrator
from scripts.demo.processes import Service
from scripts.demo.stage import Stage
from scripts.demo.tracks import Studio
from tests.screening.conftest import corpus

__all__ = ["corpus"]

pytestmark = pytest.mark.e2e

SECONDS = 120


@pytest.fixture
def service(settings: Settings, tmp_path: Path, corpus: Path) -> Iterator[Service]:
    home = tmp_path / "home"
    home.mkdir()
    database = {"COUNTERSIGN_DATABASE_URL": settings.database_url}
    service = processes.start(home, corpus, port=0, settings=database)
    yield service
    os.kill(service.stripe.pid, signal.SIGCONT)
    service.stop()


def query(service: Service, statement: sa.Select[Any]) -> list[Any]:
    """Rows of the service's own database, read from outside."""

    async def read() -> list[Any]:
        database = Database.connect(
            Settings(
                home=service.home,
                database_url=service.environment["COUNTERSIGN_DATABASE_URL"],
            )
        )
        async with database.reading() as session:
            rows = list((await session.execute(statement)).all())
        await database.close()
        return rows

    return asyncio.run(read())


def wait_until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"never happened: {what}")
        time.sleep(0.05)


def count(service: Service, statement: sa.Select[Any]) -> int:
    return len(query(service, statement))


def test_each_effect_happens_once_across_kills(
    service: Service, tmp_path: Path, corpus: Path
) -> None:
    narrator = Narrator()
    cast = people.open_accounts(narrator, service)
    stage = Stage(narrator, service, cast, tmp_path / "tracks")
    signer = provenance.register_generator(stage)
    made = Studio(stage.folder, corpus).original("Night Ferry", 2026)
    track_id = provenance.bring(cast.creator, made)
    provenance.submit(cast.creator, track_id, made.envelope(signer))

    _kill_while_screening(service, stage, track_id)
    screening.see_original_cleared(stage, track_id)
    _assert_screened_once(service, track_id)

    listing = market.list_track(stage, track_id)
    order_id, intent_id = _pay_with_webhooks_held(stage, listing)
    _kill_while_applying(service, intent_id)
    # Stripe now delivers its own events, each three times and the last first.
    _order(service, "webhooks/flow", {"reverse": True, "copies": 3})
    cast.buyer.wait_for(f"/v1/orders/{order_id}", lambda order: order["state"] == "paid")
    wait_until(lambda: _order(service, "webhooks/pending")["pending"] == 0, "all deliveries")
    _assert_sold_once(service, order_id)


def _kill_while_screening(service: Service, stage: Stage, track_id: str) -> None:
    path = f"/v1/tracks/{track_id}/screening"
    stage.cast.creator.wait_for(
        path, lambda answer: bool(answer["screening"]["state"] == ScreeningState.RUNNING)
    )
    service.kill()
    states = query(service, sa.select(Screening.state, Screening.evidence_sha256))
    assert states == [(ScreeningState.RUNNING, None)], "it was killed before it was done"
    service.start()


def _assert_screened_once(service: Service, track_id: str) -> None:
    assert query(service, sa.select(Screening.state)) == [(ScreeningState.CLEARED,)]
    issued = sa.select(Statement.id).where(
        Statement.subject_id == track_id,
        Statement.predicate_type == SCREENING_COUNTERSIGNATURE,
    )
    assert count(service, issued) == 1
    countersigned = sa.select(AuditEvent.id).where(
        AuditEvent.subject == track_id, AuditEvent.action == "track.countersigned"
    )
    assert count(service, countersigned) == 1


def _pay_with_webhooks_held(stage: Stage, listing: dict[str, Any]) -> tuple[str, str]:
    _order(stage.service, "webhooks/hold")
    buyer = stage.cast.buyer
    order = buyer.post("/v1/orders", {"offer_id": listing["offers"][0]["id"]})
    payment = buyer.post(f"/v1/orders/{order['id']}/payment")
    market.pay(stage, payment)
    return order["id"], payment["payment_intent"]


def _kill_while_applying(service: Service, intent_id: str) -> None:
    """Stripe stands still, so that the job which asks it is in the middle when the kill comes."""
    os.kill(service.stripe.pid, signal.SIGSTOP)
    _send_webhook(service, intent_id)
    wait_until(lambda: _job_is_running(service), "the job of the webhook")
    service.kill()
    assert count(service, sa.select(JournalEntry.id)) == 0
    os.kill(service.stripe.pid, signal.SIGCONT)
    service.start()


def _job_is_running(service: Service) -> bool:
    schema = "dbos." if service.environment["COUNTERSIGN_DATABASE_URL"] else ""
    table = sa.text(f"{schema}workflow_status")
    jobs = (
        sa.select(sa.column("status"))
        .select_from(table)
        .where(sa.column("workflow_uuid").like("payments.apply-stripe-event:%"))
    )
    return ("PENDING",) in [tuple(row) for row in query(service, jobs)]


def _send_webhook(service: Service, intent_id: str) -> None:
    body = json.dumps(
        {
            "id": "evt_of_this_test",
            "object": "event",
            "api_version": "2026-10-28.endive",
            "created": int(time.time()),
            "type": "payment_intent.succeeded",
            "data": {"object": {"id": intent_id, "object": "payment_intent"}},
        }
    )
    secret = service.environment["COUNTERSIGN_STRIPE_WEBHOOK_SECRET"]
    signature = stripe.WebhookSignature.generate_signature_header(body, secret)
    httpx.post(
        f"{service.url}/webhooks/stripe", content=body, headers={"Stripe-Signature": signature}
    ).raise_for_status()


def _assert_sold_once(service: Service, order_id: str) -> None:
    booked = sa.select(JournalEntry.id).where(JournalEntry.order_id == order_id)
    assert count(service, booked) == 1
    assert count(service, sa.select(Grant.id)) == 1
    for action in ("order.paid", "sale.booked"):
        recorded = sa.select(AuditEvent.id).where(
            AuditEvent.subject == order_id, AuditEvent.action == action
        )
        assert count(service, recorded) == 1


def _order(service: Service, control: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    answer = httpx.post(f"{service.stripe_url}/_standin/{control}", json=body or {})
    answer.raise_for_status()
    document: dict[str, Any] = answer.json()
    return document
