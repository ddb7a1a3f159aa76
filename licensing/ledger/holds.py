"""Moving a payee's earnings between buckets: by time, and by a case or dispute."""

from __future__ import annotations

from collections.abc import Mapping

from licensing.errors import MalformedEntry
from licensing.ledger.accounts import Bucket, payee
from licensing.ledger.entry import EntryKind, JournalEntry, entry_of
from licensing.ledger.position import PayeePosition
from licensing.money import Money


def mature(pending: Mapping[str, Money]) -> JournalEntry:
    """The waiting time of a sale is over: what it still has pending can be paid out.

    Raises MalformedEntry where no amount is positive, or one is negative.
    """
    return _shift(EntryKind.MATURE, pending, Bucket.PENDING, Bucket.AVAILABLE)


def hold(positions: Mapping[str, PayeePosition]) -> JournalEntry:
    """A case or dispute opens: everything of a sale that is still unpaid is kept back.

    Raises MalformedEntry where nothing is left to keep back.
    """
    return entry_of(
        EntryKind.HOLD,
        (
            line
            for party, position in positions.items()
            for line in (
                (payee(party, Bucket.PENDING), position.pending),
                (payee(party, Bucket.AVAILABLE), position.available),
                (payee(party, Bucket.HELD), -position.pending),
                (payee(party, Bucket.HELD), -position.available),
            )
        ),
    )


def release(held: Mapping[str, Money], into: Bucket) -> JournalEntry:
    """The case ends in the payees' favour: ``into`` available, or pending if not yet matured.

    Raises MalformedEntry where no amount is positive, one is negative, or ``into`` is another
    bucket.
    """
    if into not in (Bucket.AVAILABLE, Bucket.PENDING):
        raise MalformedEntry(EntryKind.RELEASE, f"held money is not released into {into}")
    return _shift(EntryKind.RELEASE, held, Bucket.HELD, into)


def _shift(
    kind: EntryKind, amounts: Mapping[str, Money], source: Bucket, target: Bucket
) -> JournalEntry:
    if any(amount.minor < 0 for amount in amounts.values()):
        raise MalformedEntry(kind, "a negative amount would move money the other way")
    return entry_of(
        kind,
        (
            line
            for party, amount in amounts.items()
            for line in ((payee(party, source), amount), (payee(party, target), -amount))
        ),
    )
