"""Card disputes: opened and decided by command, as card networks do."""

from __future__ import annotations

from typing import Final

from scripts.stripe_standin.faults import invalid
from scripts.stripe_standin.store import Object, Store

DISPUTE_FEE: Final = 1_500
_OPEN: Final = ("needs_response", "under_review")


def open_dispute(store: Store, charge: Object, disputed: int, *, warning: bool = False) -> Object:
    """A buyer's bank asks for the money back; with ``warning`` it only inquires."""
    if disputed > charge["amount"] - charge["amount_refunded"] or charge["disputed"]:
        raise invalid("This much of the charge cannot be disputed.", code="charge_disputed")
    dispute = store.add(
        "du",
        "dispute",
        amount=disputed,
        balance_transactions=[],
        charge=charge["id"],
        currency=charge["currency"],
        is_charge_refundable=warning,
        metadata={},
        payment_intent=charge["payment_intent"],
        reason="fraudulent",
        status="warning_needs_response" if warning else "needs_response",
    )
    charge["disputed"] = not warning
    store.tell("charge.dispute.created", dispute)
    if not warning:
        _move(store, dispute, -disputed, DISPUTE_FEE)
        store.tell("charge.dispute.funds_withdrawn", dispute)
    return dispute


def close(store: Store, dispute_id: str, outcome: str) -> Object:
    """``won`` or ``lost``; an inquiry ends as ``warning_closed``."""
    dispute = store.get("dispute", dispute_id)
    if dispute["status"] == "warning_needs_response":
        dispute["status"] = "warning_closed"
    elif dispute["status"] in _OPEN and outcome in {"won", "lost"}:
        dispute["status"] = outcome
        if outcome == "won":
            store.get("charge", dispute["charge"])["disputed"] = False
            _move(store, dispute, dispute["amount"], 0)
            store.tell("charge.dispute.funds_reinstated", dispute)
    else:
        raise invalid(f"A dispute that is {dispute['status']} cannot be {outcome}.")
    store.tell("charge.dispute.closed", dispute)
    return dispute


def _move(store: Store, dispute: Object, amount: int, fee: int) -> None:
    moved = store.move_balance("adjustment", dispute["id"], amount, fee, dispute["currency"])
    dispute["balance_transactions"].append(moved)
