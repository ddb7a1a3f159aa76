"""Money going back to buyers.

A refund is booked when it is asked for, so that nobody can be paid out what is about to leave, and
waits in ``liability:refund_clearing`` until the provider reports its end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from licensing.errors import MalformedEntry
from licensing.ledger.accounts import (
    PLATFORM_FEE,
    PROCESSING_FEE_RECOVERED,
    REFUND_CLEARING,
    STRIPE,
    TAX,
    Account,
    Bucket,
    payee,
    receivable,
)
from licensing.ledger.entry import EntryKind, JournalEntry, entry_of, move
from licensing.ledger.position import PayeePosition
from licensing.money import Money
from licensing.refunds import RefundLegs


def refund_requested(legs: RefundLegs, positions: Mapping[str, PayeePosition]) -> JournalEntry:
    """Everybody who earned from the sale gives back their leg (``PayeePosition.draw``).

    ``positions`` names each party whose leg is not zero; MalformedEntry is raised otherwise.
    """
    return entry_of(
        EntryKind.REFUND_REQUESTED,
        (
            *give_back(EntryKind.REFUND_REQUESTED, legs, positions),
            (REFUND_CLEARING, -legs.amount),
        ),
    )


def refund_succeeded(amount: Money) -> JournalEntry:
    """The provider has sent the money to the buyer."""
    return move(EntryKind.REFUND_SUCCEEDED, amount, debit=REFUND_CLEARING, credit=STRIPE)


def refund_returned(amount: Money) -> JournalEntry:
    """The buyer's bank has sent a succeeded refund back; ``refund_failed`` follows."""
    return move(EntryKind.REFUND_RETURNED, amount, debit=STRIPE, credit=REFUND_CLEARING)


def refund_failed(
    legs: RefundLegs, open_receivables: Mapping[str, Money], into: Bucket
) -> JournalEntry:
    """The refund did not reach the buyer: every leg goes back to whom it was taken from.

    Not an exact reversal of the request, because the sale may have matured, or its hold ended,
    since then: payees get their legs ``into`` the bucket that the sale's money now belongs in.
    ``open_receivables`` is what each payee owes us now (absent: nothing); it is settled first.
    """
    if into is Bucket.RESERVED:
        raise MalformedEntry(EntryKind.REFUND_FAILED, "only a payout puts money into reserved")
    if any(owed.minor < 0 for owed in open_receivables.values()):
        raise MalformedEntry(EntryKind.REFUND_FAILED, "a payee never owes less than nothing")

    def payee_lines() -> Iterator[tuple[Account, Money]]:
        for party, leg in legs.shares.items():
            owed = open_receivables.get(party, Money.zero(leg.currency))
            settled = min(leg, owed)
            yield receivable(party), -settled
            yield payee(party, into), settled - leg

    return entry_of(
        EntryKind.REFUND_FAILED,
        (
            (REFUND_CLEARING, legs.amount),
            (TAX, -legs.tax),
            (PLATFORM_FEE, -legs.platform_fee),
            (PROCESSING_FEE_RECOVERED, -legs.processing_fee_recovered),
            *payee_lines(),
        ),
    )


def give_back(
    kind: EntryKind, legs: RefundLegs, positions: Mapping[str, PayeePosition]
) -> Iterator[tuple[Account, Money]]:
    """The debit lines of a refund or a lost dispute; together they make ``legs.amount``."""
    yield TAX, legs.tax
    yield PLATFORM_FEE, legs.platform_fee
    yield PROCESSING_FEE_RECOVERED, legs.processing_fee_recovered
    for party, leg in legs.shares.items():
        if leg.minor == 0:
            continue
        if party not in positions:
            raise MalformedEntry(kind, f"the position of {party}, who gives back, is missing")
        yield from positions[party].draw(party, leg)
