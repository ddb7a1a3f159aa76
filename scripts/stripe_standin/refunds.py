"""Refunds of charges, which never exceed them."""

from __future__ import annotations

from typing import Final

from stripe.params import RefundCreateParams

from scripts.stripe_standin.faults import invalid, missing
from scripts.stripe_standin.parameters import Params, amount, check_known
from scripts.stripe_standin.store import Object, Store

_CARD_THAT_FAILS: Final = "pm_card_refundFail"


def create(store: Store, params: Params) -> Object:
    check_known(params, RefundCreateParams)
    charge = _charge(store, params)
    left = charge["amount"] - charge["amount_refunded"]
    if left == 0:
        raise invalid(
            f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
        )
    asked = amount(params) if "amount" in params else left
    if charge["disputed"]:
        raise invalid("The charge is disputed.", code="charge_disputed")
    if asked > left:
        raise invalid(
            f"Refund amount ({asked}) is greater than unrefunded amount on charge ({left})",
            param="amount",
        )
    charge["amount_refunded"] += asked
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    refund = store.add(
        "re",
        "refund",
        amount=asked,
        charge=charge["id"],
        currency=charge["currency"],
        failure_reason=None,
        metadata=dict(params.get("metadata", {})),
        payment_intent=charge["payment_intent"],
        reason=params.get("reason"),
        status="succeeded",
    )
    moved = store.move_balance("refund", refund["id"], -asked, 0, charge["currency"])
    refund["balance_transaction"] = moved["id"]
    store.tell("refund.created", refund)
    store.tell("charge.refunded", charge)
    store.tell("refund.updated", refund)
    if charge["payment_method"] == _CARD_THAT_FAILS:
        fail(store, refund["id"])
    return refund


def fail(store: Store, refund_id: str) -> Object:
    """The buyer's bank sends a refund back, which it may do days after it succeeded."""
    refund = store.get("refund", refund_id)
    if refund["status"] == "failed":
        return refund
    charge = store.get("charge", refund["charge"])
    charge["amount_refunded"] -= refund["amount"]
    charge["refunded"] = False
    refund.update(status="failed", failure_reason="expired_or_canceled_card")
    moved = store.move_balance(
        "refund_failure", refund["id"], refund["amount"], 0, refund["currency"]
    )
    refund["failure_balance_transaction"] = moved["id"]
    store.tell("refund.failed", refund)
    store.tell("refund.updated", refund)
    return refund


def _charge(store: Store, params: Params) -> Object:
    if "charge" in params:
        return store.get("charge", params["charge"])
    if "payment_intent" not in params:
        raise invalid("One of the following params should be provided: payment_intent or charge.")
    intent = store.get("payment_intent", params["payment_intent"])
    if intent["latest_charge"] is None:
        raise missing("charge", params["payment_intent"])
    return store.get("charge", intent["latest_charge"])
