"""A journal entry: signed postings that add up to zero in every currency."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from licensing.currencies import exponent_of
from licensing.errors import MalformedEntry, UnbalancedEntry
from licensing.ledger.accounts import Account
from licensing.money import Money


class EntryKind(StrEnum):
    """The event that an entry records; one builder each."""

    PURCHASE = "purchase"
    MATURE = "mature"
    HOLD = "hold"
    RELEASE = "release"
    REFUND_REQUESTED = "refund_requested"
    REFUND_SUCCEEDED = "refund_succeeded"
    REFUND_RETURNED = "refund_returned"
    REFUND_FAILED = "refund_failed"
    DISPUTE_FUNDS_WITHDRAWN = "dispute_funds_withdrawn"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"
    PAYOUT_RESERVED = "payout_reserved"
    PAYOUT_UNRESERVED = "payout_unreserved"
    PAYOUT_TRANSFERRED = "payout_transferred"
    PAYOUT_TRANSFER_REVERSED = "payout_transfer_reversed"
    PAYOUT_PAID = "payout_paid"
    PAYOUT_RETURNED = "payout_returned"
    RECEIVABLE_RECOUPED = "receivable_recouped"
    RECEIVABLE_WRITTEN_OFF = "receivable_written_off"


@dataclass(frozen=True, slots=True)
class Posting:
    """``minor`` units of ``currency`` on one account: a debit where positive, else a credit."""

    account: Account
    minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """What one event changes.

    Raises MalformedEntry for fewer than two postings or a posting of zero, UnbalancedEntry where a
    currency does not add up to zero, UnknownCurrency.
    """

    kind: EntryKind
    postings: tuple[Posting, ...]

    def __post_init__(self) -> None:
        if len(self.postings) < 2:
            raise MalformedEntry(self.kind, "there is nothing to move between two accounts")
        sums: Counter[str] = Counter()
        for posting in self.postings:
            exponent_of(posting.currency)
            if posting.minor == 0:
                raise MalformedEntry(self.kind, f"the posting on {posting.account.code} is zero")
            sums[posting.currency] += posting.minor
        for currency, residue in sums.items():
            if residue != 0:
                raise UnbalancedEntry(self.kind, currency, residue)


def entry_of(kind: EntryKind, lines: Iterable[tuple[Account, Money]]) -> JournalEntry:
    """An entry of signed lines, those on one account and currency merged, zero lines left out."""
    merged: dict[tuple[Account, str], int] = {}
    for account, amount in lines:
        key = account, amount.currency
        merged[key] = merged.get(key, 0) + amount.minor
    return JournalEntry(
        kind,
        tuple(
            Posting(account, minor, currency)
            for (account, currency), minor in merged.items()
            if minor != 0
        ),
    )


def move(kind: EntryKind, amount: Money, debit: Account, credit: Account) -> JournalEntry:
    """The plainest entry: ``amount`` from ``credit`` to ``debit``.

    Raises MalformedEntry unless the amount is positive.
    """
    if amount.minor <= 0:
        raise MalformedEntry(kind, f"an amount of {amount.minor} minor units moves nothing")
    return entry_of(kind, ((debit, amount), (credit, -amount)))
