"""What tests and demonstrations order of the stand-in, below ``/_standin``.

``faults``                   the next calls fail: ``{"fault": "lost_answer", "times": 2}``
``disputes``                 a buyer disputes: ``{"payment_intent", "amount"?, "warning"?}``
``disputes/{id}/close``      the card network decides: ``{"outcome": "won" | "lost"}``
``refunds/{id}/fail``        the buyer's bank sends a refund back
``webhooks/hold``            keep events back
``webhooks/flow``            deliver them: ``{"reverse"?: true, "copies"?: 3}``
``webhooks/pending``         how many deliveries were not accepted yet
"""

from __future__ import annotations

from typing import Any

from scripts.stripe_standin import disputes, refunds
from scripts.stripe_standin.deliveries import Deliveries
from scripts.stripe_standin.faults import FaultQueue, OrderedFault, invalid
from scripts.stripe_standin.store import Object, Store


def control(
    store: Store, deliveries: Deliveries, faults: FaultQueue, path: str, order: dict[str, Any]
) -> Object:
    """Carry an order out.

    Raises:
        StripeFault: there is no such control, or it is not possible now.
    """
    match path.removeprefix("/_standin/").split("/"):
        case ["faults"]:
            faults.order(OrderedFault(order["fault"]), order.get("times", 1))
            done: Object = {}
        case ["disputes"]:
            done = _dispute(store, order)
        case ["disputes", dispute_id, "close"]:
            done = disputes.close(store, dispute_id, order.get("outcome", "won"))
        case ["refunds", refund_id, "fail"]:
            done = refunds.fail(store, refund_id)
        case ["webhooks", "hold"]:
            deliveries.hold()
            done = {}
        case ["webhooks", "flow"]:
            reverse, copies = order.get("reverse", False), order.get("copies", 1)
            done = {"deliveries": deliveries.flow(reverse=reverse, copies=copies)}
        case ["webhooks", "pending"]:
            done = {"pending": deliveries.pending()}
        case _:
            raise invalid(f"The stand-in has no control {path}.")
    return done


def _dispute(store: Store, order: dict[str, Any]) -> Object:
    intent = store.get("payment_intent", order["payment_intent"])
    charge = store.get("charge", intent["latest_charge"])
    warning = order.get("warning", False)
    if "amount" in order:
        return disputes.open_dispute(store, charge, order["amount"], warning=warning)
    return disputes.open_dispute(store, charge, charge["amount"], warning=warning)
