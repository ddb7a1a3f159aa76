"""Payment intents, and the charges that confirming them makes."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Final

from stripe.params import (
    PaymentIntentCancelParams,
    PaymentIntentConfirmParams,
    PaymentIntentCreateParams,
)

from scripts.stripe_standin.disputes import open_dispute
from scripts.stripe_standin.faults import StripeFault, invalid
from scripts.stripe_standin.parameters import Params, amount, check_known
from scripts.stripe_standin.store import Object, Store

FEE_BASIS_POINTS: Final = 290
FEE_FIXED: Final = 30
"""Stripe's list price of a card payment in the United States: 2.9 % and 30 cents."""

_MINIMUM: Final = 50
_CONFIRMABLE: Final = ("requires_payment_method", "requires_confirmation", "requires_action")
_CANCELABLE: Final = (*_CONFIRMABLE, "requires_capture", "processing")
_OF_A_BROWSER: Final = frozenset({"client_secret", "key"})


@dataclass(frozen=True, slots=True)
class Decline:
    """A card that is declined, and why."""

    code: str
    decline_code: str | None = None


CARDS: Final[dict[str, Decline | str | None]] = {
    "pm_card_visa": None,
    "pm_card_mastercard": None,
    "pm_card_visa_chargeDeclined": Decline("card_declined", "generic_decline"),
    "pm_card_visa_chargeDeclinedInsufficientFunds": Decline("card_declined", "insufficient_funds"),
    "pm_card_chargeDeclinedExpiredCard": Decline("expired_card"),
    "pm_card_authenticationRequired": "requires_action",
    "pm_card_createDispute": "dispute",
    "pm_card_refundFail": None,
}
"""Stripe's test cards, as many as we need, by the tokens that stand for them."""


def create(store: Store, params: Params) -> Object:
    check_known(params, PaymentIntentCreateParams)
    asked = amount(params)
    if asked < _MINIMUM:
        raise invalid("Amount must be at least 50 cents.", code="amount_too_small", param="amount")
    currency = params.get("currency", "")
    if len(currency) != 3 or not currency.isalpha():
        raise invalid(f"Invalid currency: {currency}", param="currency")
    intent = store.add(
        "pi",
        "payment_intent",
        amount=asked,
        amount_received=0,
        amount_capturable=0,
        currency=currency.lower(),
        status="requires_payment_method",
        payment_method=None,
        payment_method_types=params.get("allowed_payment_method_types", ["card"]),
        latest_charge=None,
        last_payment_error=None,
        next_action=None,
        canceled_at=None,
        cancellation_reason=None,
        capture_method="automatic",
        confirmation_method="automatic",
        description=params.get("description"),
        metadata=dict(params.get("metadata", {})),
        transfer_group=params.get("transfer_group"),
    )
    intent["client_secret"] = f"{intent['id']}_secret_{secrets.token_hex(12)}"
    store.tell("payment_intent.created", intent)
    if params.get("confirm") == "true":
        return _confirm(store, intent, params.get("payment_method"))
    return intent


def confirm(store: Store, intent_id: str, params: Params) -> Object:
    check_known(params, PaymentIntentConfirmParams, also=_OF_A_BROWSER)
    intent = store.get("payment_intent", intent_id)
    return _confirm(store, intent, params.get("payment_method"))


def cancel(store: Store, intent_id: str, params: Params) -> Object:
    check_known(params, PaymentIntentCancelParams)
    intent = store.get("payment_intent", intent_id)
    if intent["status"] not in _CANCELABLE:
        raise _unexpected_state(intent, "cancel")
    intent.update(
        status="canceled",
        canceled_at=intent["created"],
        cancellation_reason=params.get("cancellation_reason"),
    )
    store.tell("payment_intent.canceled", intent)
    return intent


def _confirm(store: Store, intent: Object, card: str | None) -> Object:
    if intent["status"] not in _CONFIRMABLE:
        raise _unexpected_state(intent, "confirm")
    if card is None or card not in CARDS:
        raise invalid(f"No such PaymentMethod: '{card}'", code="resource_missing")
    fate = CARDS[card]
    if isinstance(fate, Decline):
        raise _declined(store, intent, fate)
    if fate == "requires_action" and intent["status"] != "requires_action":
        intent.update(
            status="requires_action", payment_method=card, next_action={"type": "use_stripe_sdk"}
        )
        store.tell("payment_intent.requires_action", intent)
        return intent
    charge = _charge(store, intent, card)
    if fate == "dispute":
        open_dispute(store, charge, charge["amount"])
    return intent


def _charge(store: Store, intent: Object, card: str) -> Object:
    charge = store.add(
        "ch",
        "charge",
        amount=intent["amount"],
        amount_captured=intent["amount"],
        amount_refunded=0,
        captured=True,
        currency=intent["currency"],
        disputed=False,
        metadata=dict(intent["metadata"]),
        paid=True,
        payment_intent=intent["id"],
        payment_method=card,
        refunded=False,
        status="succeeded",
        transfer_group=intent["transfer_group"],
    )
    fee = (intent["amount"] * FEE_BASIS_POINTS + 5_000) // 10_000 + FEE_FIXED
    moved = store.move_balance("charge", charge["id"], intent["amount"], fee, intent["currency"])
    charge["balance_transaction"] = moved["id"]
    intent.update(
        status="succeeded",
        amount_received=intent["amount"],
        latest_charge=charge["id"],
        payment_method=card,
        next_action=None,
        last_payment_error=None,
    )
    store.tell("charge.succeeded", charge)
    store.tell("payment_intent.succeeded", intent)
    return charge


def _declined(store: Store, intent: Object, fate: Decline) -> StripeFault:
    error = {"code": fate.code, "decline_code": fate.decline_code}
    intent.update(
        status="requires_payment_method",
        payment_method=None,
        last_payment_error={"type": "card_error", **error},
    )
    store.tell("payment_intent.payment_failed", intent)
    return StripeFault(402, "card_error", "Your card was declined.", **error, payment_intent=intent)


def _unexpected_state(intent: Object, command: str) -> StripeFault:
    return invalid(
        f"You cannot {command} this PaymentIntent because it has a status of {intent['status']}.",
        code="payment_intent_unexpected_state",
    )
