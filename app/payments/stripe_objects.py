"""What we read of Stripe's objects, as values of ours.

Stripe's enums are open: a status that we do not know is kept as it is and leads to nothing.
Amounts are in minor units, currencies in our upper-case spelling.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import stripe

from app.payments.errors import ForeignSettlement
from licensing.money import Money

PAYMENT_ID: Final = "payment_id"
ORDER_ID: Final = "order_id"
REFUND_ID: Final = "refund_id"
"""Keys of the metadata that we put on Stripe's objects, to find our own again."""


@dataclass(frozen=True, slots=True)
class Intent:
    """A PaymentIntent. ``fee`` is what Stripe kept, None until its charge is settled."""

    id: str
    status: str
    amount: Money
    received: Money
    client_secret: str
    charge_id: str | None
    fee: Money | None
    metadata: Mapping[str, str]

    @classmethod
    def read(cls, intent: stripe.PaymentIntent) -> Intent:
        """
        Raises:
            ForeignSettlement: the fee is in another currency than the payment.
        """
        currency = intent.currency.upper()
        charge = intent.latest_charge
        transaction = charge.balance_transaction if isinstance(charge, stripe.Charge) else None
        fee = None
        if isinstance(transaction, stripe.BalanceTransaction):
            fee = _fee(transaction, currency)
        return cls(
            id=intent.id,
            status=intent.status,
            amount=Money(intent.amount, currency),
            received=Money(intent.amount_received, currency),
            client_secret=intent.client_secret or "",
            charge_id=charge.id if isinstance(charge, stripe.Charge) else charge,
            fee=fee,
            metadata=_metadata(intent.metadata),
        )


@dataclass(frozen=True, slots=True)
class ProviderRefund:
    """A Refund."""

    id: str
    status: str
    amount: Money
    intent_id: str | None
    metadata: Mapping[str, str]

    @classmethod
    def read(cls, refund: stripe.Refund) -> ProviderRefund:
        return cls(
            id=refund.id,
            status=refund.status or "",
            amount=Money(refund.amount, refund.currency.upper()),
            intent_id=_id_of(refund.payment_intent),
            metadata=_metadata(refund.metadata),
        )


@dataclass(frozen=True, slots=True)
class Movement:
    """A balance transaction of a dispute: ``net`` as it changes our balance, of it ``fee``."""

    amount: Money
    fee: Money


@dataclass(frozen=True, slots=True)
class ProviderDispute:
    """A Dispute: ``withdrawal`` took the money from us, ``reinstatement`` gave it back."""

    id: str
    status: str
    reason: str
    amount: Money
    intent_id: str | None
    withdrawal: Movement | None
    reinstatement: Movement | None

    @classmethod
    def read(cls, dispute: stripe.Dispute) -> ProviderDispute:
        """
        Raises:
            ForeignSettlement: a movement is in another currency than the payment.
        """
        currency = dispute.currency.upper()
        moves = dispute.balance_transactions
        return cls(
            id=dispute.id,
            status=dispute.status,
            reason=dispute.reason,
            amount=Money(dispute.amount, currency),
            intent_id=_id_of(dispute.payment_intent),
            withdrawal=_movement([move for move in moves if move.amount < 0], currency),
            reinstatement=_movement([move for move in moves if move.amount > 0], currency),
        )


def _movement(moves: list[stripe.BalanceTransaction], currency: str) -> Movement | None:
    if not moves:
        return None
    fees = [_fee(move, currency) for move in moves]
    return Movement(
        amount=Money(abs(sum(move.amount for move in moves)), currency),
        fee=sum(fees, start=Money.zero(currency)),
    )


def _fee(transaction: stripe.BalanceTransaction, currency: str) -> Money:
    settled_in = transaction.currency.upper()
    if settled_in != currency:
        raise ForeignSettlement(
            f"Paid in {currency}, settled in {settled_in}: set the Stripe account up to settle in "
            "each currency that you sell in."
        )
    return Money(transaction.fee, currency)


def _metadata(metadata: object) -> Mapping[str, str]:
    if isinstance(metadata, stripe.StripeObject):
        return {str(key): str(value) for key, value in metadata.to_dict().items()}
    return {}


def _id_of(reference: object) -> str | None:
    if reference is None or isinstance(reference, str):
        return reference
    return str(getattr(reference, "id"))  # noqa: B009  # an expanded object of any kind
