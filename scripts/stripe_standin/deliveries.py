"""Webhooks: signed, delivered at least once, tried again until the receiver says 2xx."""

from __future__ import annotations

import heapq
import itertools
import json
import logging
import threading
import time
from dataclasses import dataclass, field
from typing import Final

import httpx
import stripe

from scripts.stripe_standin.store import Object

_RETRY_SECONDS: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Distances of tries; the last one repeats. Stripe's own reach from minutes to hours."""
_TIMEOUT_SECONDS: Final = 10.0
_GIVE_UP_AFTER: Final = 500  # tries; some forty minutes, in place of Stripe's three days

logger = logging.getLogger(__name__)


@dataclass(order=True)
class _Delivery:
    due: float
    order: int
    event: Object = field(compare=False)
    tries: int = field(default=0, compare=False)


class Deliveries:
    """Sends events to one webhook address, from a thread of its own."""

    def __init__(self, url: str | None, secret: str) -> None:
        self._url = url
        self._secret = secret
        self._waiting: list[_Delivery] = []
        self._held: list[Object] | None = None
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._stopping = False
        self._busy = False
        self._thread = threading.Thread(target=self._work, name="webhooks", daemon=True)

    def start(self) -> None:
        if self._url is not None:
            self._thread.start()

    def stop(self) -> None:
        with self._changed:
            self._stopping = True
            self._changed.notify_all()

    def publish(self, event: Object) -> None:
        """Deliver an event now, or keep it while deliveries are held back."""
        if self._url is None:
            return
        with self._changed:
            if self._held is not None:
                self._held.append(event)
            else:
                self._push(event)

    def hold(self) -> None:
        """Keep events back until ``flow``."""
        with self._changed:
            self._held = self._held or []

    def flow(self, *, reverse: bool, copies: int) -> int:
        """Deliver what was kept back, each ``copies`` times; how many deliveries there are."""
        with self._changed:
            kept, self._held = self._held or [], None
            events = [event for event in kept for _ in range(copies)]
            for event in reversed(events) if reverse else events:
                self._push(event)
            return len(events)

    def pending(self) -> int:
        """Deliveries not yet accepted by the receiver."""
        with self._changed:
            return len(self._waiting) + int(self._busy)

    def _push(self, event: Object) -> None:
        heapq.heappush(self._waiting, _Delivery(time.monotonic(), next(self._order), event))
        self._changed.notify_all()

    def _work(self) -> None:
        with httpx.Client(timeout=_TIMEOUT_SECONDS, trust_env=False) as client:
            while (delivery := self._next()) is not None:
                accepted = self._deliver(client, delivery)
                self._done(delivery, accepted=accepted)

    def _next(self) -> _Delivery | None:
        with self._changed:
            while not self._stopping:
                wait = self._waiting[0].due - time.monotonic() if self._waiting else None
                if wait is not None and wait <= 0:
                    self._busy = True
                    return heapq.heappop(self._waiting)
                self._changed.wait(wait)
        return None

    def _deliver(self, client: httpx.Client, delivery: _Delivery) -> bool:
        body = json.dumps(delivery.event)
        # A fresh signature for each try, as Stripe does: its time must not grow old.
        signature = stripe.WebhookSignature.generate_signature_header(body, self._secret)
        headers = {"Stripe-Signature": signature, "Content-Type": "application/json"}
        try:
            answer = client.post(self._url or "", content=body, headers=headers)
        except httpx.HTTPError as error:
            logger.info("webhook %s: %s", delivery.event["id"], error)
            return False
        return answer.is_success

    def _done(self, delivery: _Delivery, *, accepted: bool) -> None:
        with self._changed:
            self._busy = False
            delivery.tries += 1
            if accepted or delivery.tries >= _GIVE_UP_AFTER:
                delivery.event["pending_webhooks"] = 0
                return
            distance = _RETRY_SECONDS[min(delivery.tries, len(_RETRY_SECONDS)) - 1]
            delivery.due = time.monotonic() + distance
            heapq.heappush(self._waiting, delivery)
