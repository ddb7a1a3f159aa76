"""Everything the stand-in knows: objects by id, its balance, and the events that tell of them."""

from __future__ import annotations

import copy
import itertools
import secrets
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from scripts.stripe_standin.faults import missing

Object = dict[str, Any]

API_VERSION: Final = "2026-10-28.endive"
_EXPANDABLE: Final = {"latest_charge", "balance_transaction", "payment_intent", "charge"}


class Store:
    """Objects in memory. ``lock`` is held for the whole of each call: calls happen one by one."""

    def __init__(self, publish: Callable[[Object], None]) -> None:
        self.lock = threading.RLock()
        self.objects: dict[str, Object] = {}
        self._publish = publish
        self._numbers = itertools.count(1)

    def add(self, prefix: str, kind: str, **fields: Any) -> Object:
        """A new object under a new id."""
        made: Object = {
            "id": f"{prefix}_{next(self._numbers):06d}{secrets.token_hex(6)}",
            "object": kind,
            "created": int(time.time()),
            "livemode": False,
            **fields,
        }
        self.objects[made["id"]] = made
        return made

    def get(self, kind: str, object_id: str) -> Object:
        """
        Raises:
            StripeFault: 404, there is no such object.
        """
        found = self.objects.get(object_id)
        if found is None or found["object"] != kind:
            raise missing(kind, object_id)
        return found

    def all(self, kind: str, **equal: str | None) -> list[Object]:
        """Objects of a kind, newest first, whose fields have the given values."""
        wanted = {name: value for name, value in equal.items() if value is not None}
        return [
            found
            for found in reversed(self.objects.values())
            if found["object"] == kind
            and all(found.get(name) == value for name, value in wanted.items())
        ]

    def tell(self, kind: str, about: Object) -> Object:
        """Record an event with a snapshot of the object, and send it to the webhook."""
        event = self.add(
            "evt",
            "event",
            type=kind,
            api_version=API_VERSION,
            data={"object": copy.deepcopy(about)},
            pending_webhooks=1,
            request={"id": None, "idempotency_key": None},
        )
        self._publish(event)
        return event

    def move_balance(self, kind: str, source: str, amount: int, fee: int, currency: str) -> Object:
        """A balance transaction: ``amount`` as it changes the balance, less ``fee``."""
        details = [{"amount": fee, "currency": currency, "type": "stripe_fee"}] if fee else []
        return self.add(
            "txn",
            "balance_transaction",
            amount=amount,
            fee=fee,
            fee_details=details,
            net=amount - fee,
            currency=currency,
            type=kind,
            reporting_category=kind,
            source=source,
            status="available",
            available_on=int(time.time()),
            exchange_rate=None,
            description=None,
        )

    def expanded(self, found: Object, paths: list[str]) -> Object:
        """A copy of an object with the named references replaced by what they refer to."""
        answer = copy.deepcopy(found)
        for path in paths:
            self._expand(answer, path.split("."))
        return answer

    def _expand(self, here: Object, path: list[str]) -> None:
        name, rest = path[0], path[1:]
        value = here.get(name)
        if name not in _EXPANDABLE or value is None:
            return
        if isinstance(value, str):
            here[name] = copy.deepcopy(self.objects[value])
        if rest:
            self._expand(here[name], rest)
