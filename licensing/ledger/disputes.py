"""Card disputes, booked by the provider's balance transactions and not by status names.

While a dispute is open its amount sits in ``asset:dispute``. What the parties earned from the sale
is kept back by a separate ``hold`` and comes free with ``release`` when the dispute is won.
"""

from __future__ import annotations

from collections.abc import Mapping

from licensing.errors import MalformedEntry
from licensing.ledger.accounts import DISPUTE, DISPUTE_FEE, STRIPE
from licensing.ledger.entry import EntryKind, JournalEntry, entry_of
from licensing.ledger.position import PayeePosition
from licensing.ledger.refunds import give_back
from licensing.money import Money
from licensing.refunds import RefundLegs


def dispute_funds_withdrawn(disputed: Money, fee: Money) -> JournalEntry:
    """The card network has taken the amount, and the provider its fee for the dispute.

    Raises MalformedEntry unless the amount is positive and the fee not negative.
    """
    _require_amounts(EntryKind.DISPUTE_FUNDS_WITHDRAWN, disputed, fee)
    return entry_of(
        EntryKind.DISPUTE_FUNDS_WITHDRAWN,
        ((DISPUTE, disputed), (DISPUTE_FEE, fee), (STRIPE, -disputed), (STRIPE, -fee)),
    )


def dispute_won(disputed: Money, fee_returned: Money) -> JournalEntry:
    """The amount has come back; ``fee_returned`` is what of the fee came with it, often nothing.

    Raises MalformedEntry unless the amount is positive and the fee not negative.
    """
    _require_amounts(EntryKind.DISPUTE_WON, disputed, fee_returned)
    return entry_of(
        EntryKind.DISPUTE_WON,
        (
            (STRIPE, disputed),
            (STRIPE, fee_returned),
            (DISPUTE, -disputed),
            (DISPUTE_FEE, -fee_returned),
        ),
    )


def dispute_lost(legs: RefundLegs, positions: Mapping[str, PayeePosition]) -> JournalEntry:
    """The buyer keeps the amount: everybody who earned from the sale gives back their leg.

    ``legs.amount`` is the disputed amount. ``positions`` as for ``refund_requested``.
    """
    return entry_of(
        EntryKind.DISPUTE_LOST,
        (*give_back(EntryKind.DISPUTE_LOST, legs, positions), (DISPUTE, -legs.amount)),
    )


def _require_amounts(kind: EntryKind, disputed: Money, fee: Money) -> None:
    if disputed.minor <= 0 or fee.minor < 0:
        raise MalformedEntry(kind, "a disputed amount is positive and its fee not negative")
