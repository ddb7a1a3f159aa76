"""The stand-in as a real process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parents[2]

SDK_DEPRECATION = pytest.mark.filterwarnings(
    "ignore:Use 'content=<...>' to upload raw bytes/text content:DeprecationWarning"
)
"""The SDK's httpx client hands its form over in a way that httpx has deprecated."""


@dataclass
class RunningStandin:
    """A stand-in process: its address and keys."""

    address: str
    secret_key: str
    publishable_key: str
    webhook_secret: str
    http: httpx.Client

    def order(self, path: str, **order: Any) -> dict[str, Any]:
        """An order below ``/_standin``."""
        answer = self.http.post(f"/_standin/{path}", json=order)
        assert answer.is_success, answer.text
        done: dict[str, Any] = answer.json()
        return done

    def objects(self, path: str, **query: str) -> list[dict[str, Any]]:
        """All objects that a listing of Stripe's API answers with, newest first."""
        answer = self.http.get(
            f"/v1/{path}",
            params={"limit": "100000", **query},
            headers={"Authorization": f"Bearer {self.secret_key}"},
        )
        found: list[dict[str, Any]] = answer.json()["data"]
        return found

    def confirm(self, client_secret: str, card: str = "pm_card_visa") -> httpx.Response:
        """Confirm a payment as a buyer's browser does: publishable key and client secret."""
        intent_id = client_secret.partition("_secret_")[0]
        return self.http.post(
            f"/v1/payment_intents/{intent_id}/confirm",
            data={
                "payment_method": card,
                "client_secret": client_secret,
                "key": self.publishable_key,
            },
        )


@contextmanager
def running_standin(*arguments: str) -> Iterator[RunningStandin]:
    """Start a stand-in on a free port, and end it on leaving."""
    command = [sys.executable, "-m", "scripts.stripe_standin", *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            ready = json.loads(process.stdout.readline())
            with httpx.Client(base_url=ready["address"], verify=False, trust_env=False) as http:
                yield RunningStandin(**ready, http=http)
        finally:
            process.terminate()
            process.communicate(timeout=10)
