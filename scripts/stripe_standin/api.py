"""Which call does what, for whom, and once only."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from scripts.stripe_standin import intents, refunds
from scripts.stripe_standin.controls import control
from scripts.stripe_standin.deliveries import Deliveries
from scripts.stripe_standin.faults import FaultQueue, StripeFault, invalid
from scripts.stripe_standin.idempotency import Answer, IdempotencyKeys
from scripts.stripe_standin.parameters import Params, decode
from scripts.stripe_standin.store import Object, Store

SECRET_KEY: Final = "sk_test_standin"  # noqa: S105  # opens nothing but this stand-in
PUBLISHABLE_KEY: Final = "pk_test_standin"


@dataclass(frozen=True, slots=True)
class Call:
    """One request, decoded."""

    method: str
    path: str
    form: str
    query: str
    authorization: str
    idempotency_key: str | None


@dataclass
class Standin:
    """The stand-in's state, and its answers."""

    deliveries: Deliveries
    store: Store = field(init=False)
    faults: FaultQueue = field(default_factory=FaultQueue)
    keys: IdempotencyKeys = field(default_factory=IdempotencyKeys)

    def __post_init__(self) -> None:
        self.store = Store(self.deliveries.publish)

    def answer(self, call: Call) -> Answer:
        """The answer to a call, which takes effect once whatever its key says."""
        with self.store.lock:
            try:
                return self._answer(call)
            except StripeFault as fault:
                return _refusal(fault)

    def control(self, call: Call) -> Answer:
        """The answer to an order below ``/_standin``, whose bodies are JSON."""
        with self.store.lock:
            try:
                order = json.loads(call.form or "{}")
                return _ok(control(self.store, self.deliveries, self.faults, call.path, order))
            except StripeFault as fault:
                return _refusal(fault)
            except (ValueError, KeyError, TypeError) as error:
                return _refusal(invalid(f"This order cannot be read: {error!r}"))

    def _answer(self, call: Call) -> Answer:
        params = decode(call.form if call.method == "POST" else call.query)
        expand = params.get("expand", [])
        self._authorise(call, params)
        key = call.idempotency_key if call.method == "POST" else None
        if key is not None:
            before = self.keys.find(key, call.path, call.form)
            if before is not None:
                return before
        try:
            answer = _ok(self.store.expanded(self._route(call, params), expand))
        except StripeFault as fault:
            answer = _refusal(fault)
            if key is not None and fault.executed:
                self.keys.keep(key, call.path, call.form, answer)
            return answer
        if key is not None:
            self.keys.keep(key, call.path, call.form, answer)
        return answer

    def _authorise(self, call: Call, params: Params) -> None:
        presented = call.authorization.removeprefix("Bearer ") or params.get("key", "")
        if presented == SECRET_KEY:
            return
        about_an_intent = re.fullmatch(r"/v1/payment_intents/(pi_\w+)(/confirm)?", call.path)
        if presented == PUBLISHABLE_KEY and about_an_intent:
            intent = self.store.get("payment_intent", about_an_intent[1])
            if params.get("client_secret") == intent["client_secret"]:
                return
        raise StripeFault(401, "invalid_request_error", "Invalid API Key provided.")

    def _route(self, call: Call, params: Params) -> Object:
        for method, pattern, handler in _ROUTES:
            found = re.fullmatch(pattern, call.path)
            if method == call.method and found is not None:
                return handler(self.store, params, *found.groups())
        raise StripeFault(
            404,
            "invalid_request_error",
            f"Unrecognized request URL ({call.method}: {call.path}).",
            code="url_invalid",
        )


def _listed(kind: str, *filters: str) -> Callable[..., Object]:
    def listing(store: Store, params: Params) -> Object:
        found = store.all(kind, **{name: params.get(name) for name in filters})
        ids = [one["id"] for one in found]
        if "starting_after" in params:
            found = found[ids.index(params["starting_after"]) + 1 :]
        limit = int(params.get("limit", 10))
        return {
            "object": "list",
            "data": found[:limit],
            "has_more": len(found) > limit,
            "url": f"/v1/{kind}s",
        }

    return listing


def _retrieved(kind: str) -> Callable[..., Object]:
    return lambda store, _params, object_id: store.get(kind, object_id)


def _balance(store: Store, _params: Params) -> Object:
    sums: dict[str, int] = {}
    for moved in store.all("balance_transaction"):
        sums[moved["currency"]] = sums.get(moved["currency"], 0) + moved["net"]
    available = [{"amount": total, "currency": currency} for currency, total in sums.items()]
    return {"object": "balance", "available": available, "pending": [], "livemode": False}


_ROUTES: Final[tuple[tuple[str, str, Callable[..., Object]], ...]] = (
    ("POST", r"/v1/payment_intents", intents.create),
    ("GET", r"/v1/payment_intents", _listed("payment_intent")),
    ("GET", r"/v1/payment_intents/(\w+)", _retrieved("payment_intent")),
    (
        "POST",
        r"/v1/payment_intents/(\w+)/confirm",
        lambda store, params, intent_id: intents.confirm(store, intent_id, params),
    ),
    (
        "POST",
        r"/v1/payment_intents/(\w+)/cancel",
        lambda store, params, intent_id: intents.cancel(store, intent_id, params),
    ),
    ("GET", r"/v1/charges", _listed("charge", "payment_intent", "transfer_group")),
    ("GET", r"/v1/charges/(\w+)", _retrieved("charge")),
    ("GET", r"/v1/balance", _balance),
    ("GET", r"/v1/balance_transactions", _listed("balance_transaction", "source", "type")),
    ("GET", r"/v1/balance_transactions/(\w+)", _retrieved("balance_transaction")),
    ("POST", r"/v1/refunds", refunds.create),
    ("GET", r"/v1/refunds", _listed("refund", "payment_intent", "charge")),
    ("GET", r"/v1/refunds/(\w+)", _retrieved("refund")),
    ("GET", r"/v1/disputes", _listed("dispute", "payment_intent", "charge")),
    ("GET", r"/v1/disputes/(\w+)", _retrieved("dispute")),
    ("GET", r"/v1/events", _listed("event", "type")),
    ("GET", r"/v1/events/(\w+)", _retrieved("event")),
)


def _ok(answer: Object) -> Answer:
    return Answer(200, json.dumps(answer).encode())


def _refusal(fault: StripeFault) -> Answer:
    return Answer(fault.status, json.dumps({"error": fault.error}).encode())
