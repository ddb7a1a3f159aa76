"""Earnings on their way to a payee: reserved, transferred to the payee's account, paid out.

Which entries the steps of ``lifecycles.payout`` make: reserve ``payout_reserved``; transfer
``payout_transferred``; pay ``payout_paid``; fail undoes what was booked so far, down to reserved
(``payout_returned``, then ``payout_transfer_reversed``); retry nothing; reverse, or cancel of a
reserved payout, ``payout_unreserved``.
"""

from __future__ import annotations

from licensing.errors import InsufficientFunds
from licensing.ledger.accounts import STRIPE, Bucket, connected, payee
from licensing.ledger.entry import EntryKind, JournalEntry, move
from licensing.money import Money


def payout_reserved(party_id: str, amount: Money, available: Money) -> JournalEntry:
    """Set ``amount`` aside for a payout. ``available`` is the whole balance of that bucket.

    Raises InsufficientFunds where it does not cover the amount, CurrencyMismatch.
    """
    if amount > available:
        raise InsufficientFunds(party_id, Bucket.AVAILABLE, amount.minor, available.minor)
    return move(
        EntryKind.PAYOUT_RESERVED,
        amount,
        debit=payee(party_id, Bucket.AVAILABLE),
        credit=payee(party_id, Bucket.RESERVED),
    )


def payout_unreserved(party_id: str, amount: Money) -> JournalEntry:
    """The payout is given up: the amount can be paid out again."""
    return move(
        EntryKind.PAYOUT_UNRESERVED,
        amount,
        debit=payee(party_id, Bucket.RESERVED),
        credit=payee(party_id, Bucket.AVAILABLE),
    )


def payout_transferred(party_id: str, amount: Money) -> JournalEntry:
    """The amount has moved to the payee's account at the provider."""
    return move(EntryKind.PAYOUT_TRANSFERRED, amount, debit=connected(party_id), credit=STRIPE)


def payout_transfer_reversed(party_id: str, amount: Money) -> JournalEntry:
    """The transfer was taken back; the amount is still reserved."""
    return move(
        EntryKind.PAYOUT_TRANSFER_REVERSED, amount, debit=STRIPE, credit=connected(party_id)
    )


def payout_paid(party_id: str, amount: Money) -> JournalEntry:
    """The payee's bank has the money: we owe it no longer."""
    return move(
        EntryKind.PAYOUT_PAID,
        amount,
        debit=payee(party_id, Bucket.RESERVED),
        credit=connected(party_id),
    )


def payout_returned(party_id: str, amount: Money) -> JournalEntry:
    """The bank has sent a paid payout back: we owe it again, still reserved."""
    return move(
        EntryKind.PAYOUT_RETURNED,
        amount,
        debit=connected(party_id),
        credit=payee(party_id, Bucket.RESERVED),
    )
