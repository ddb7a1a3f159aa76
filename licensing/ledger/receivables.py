"""What payees owe us after a refund took back more than their buckets held."""

from __future__ import annotations

from licensing.ledger.accounts import BAD_DEBT, Bucket, payee, receivable
from licensing.ledger.entry import EntryKind, JournalEntry, move
from licensing.money import Money


def receivable_recouped(party_id: str, amount: Money) -> JournalEntry:
    """A debt is settled from later earnings: before each payout, or it would be paid twice."""
    return move(
        EntryKind.RECEIVABLE_RECOUPED,
        amount,
        debit=payee(party_id, Bucket.AVAILABLE),
        credit=receivable(party_id),
    )


def receivable_written_off(party_id: str, amount: Money) -> JournalEntry:
    """A debt is given up; the platform bears it."""
    return move(
        EntryKind.RECEIVABLE_WRITTEN_OFF, amount, debit=BAD_DEBT, credit=receivable(party_id)
    )
