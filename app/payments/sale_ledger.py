"""One sale as the books tell it: who earned what, who gave back what, and where the rest lies.

Nothing of this is stored twice: it is worked out from the postings of the sale's own entries.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from app.payments.ledger import BookedEntry
from licensing.ledger import Bucket, EntryKind, PayeePosition, Posting
from licensing.money import Money
from licensing.refunds import RefundLegs
from licensing.splits import SaleShares

_GIVING_BACK: Final = frozenset(
    {EntryKind.REFUND_REQUESTED, EntryKind.DISPUTE_LOST, EntryKind.REFUND_FAILED}
)
"""Entries that debit the legs of a refund, and the one that credits them again."""


@dataclass(frozen=True, slots=True)
class SaleLedger:
    """The entries of one order, its purchase among them."""

    currency: str
    entries: tuple[BookedEntry, ...]

    def divided(self) -> SaleShares:
        """How the price was divided when it was paid. Parties that earned nothing are absent."""
        purchase = next(entry for entry in self.entries if entry.kind is EntryKind.PURCHASE)
        lines = {posting.account.code: posting.minor for posting in purchase.postings}
        processing_fee = lines.get("expense:processing", 0)
        return SaleShares(
            gross=self._money(lines.get("asset:stripe", 0) + processing_fee),
            tax=self._money(-lines.get("liability:tax", 0)),
            platform_fee=self._money(-lines.get("income:platform_fee", 0)),
            processing_fee=self._money(processing_fee),
            processing_fee_recovered=self._money(-lines.get("income:processing_fee_recovered", 0)),
            shares=MappingProxyType(
                {party: self._money(minor) for party, minor in _earned(purchase.postings).items()}
            ),
        )

    def given_back(self) -> list[RefundLegs]:
        """The legs of all refunds and lost disputes that stand, as one sum; empty where none."""
        legs = self._legs(entry for entry in self.entries if entry.kind in _GIVING_BACK)
        return [legs] if legs.amount.minor else []

    def legs_of(self, refund_id: str) -> RefundLegs:
        """The legs that one refund took when it was requested."""
        return self._legs(
            entry
            for entry in self.entries
            if entry.kind is EntryKind.REFUND_REQUESTED and entry.subject == refund_id
        )

    def unpaid(self, available: Mapping[str, Money]) -> dict[str, PayeePosition]:
        """What each party still has of this sale, to be kept back or matured.

        ``available`` are the whole balances of that bucket: where another sale's refund has drawn
        on this sale's part, no more is promised than is there.
        """
        return {
            party: self._position(buckets, min(buckets[Bucket.AVAILABLE], whole.minor))
            for party, buckets, whole in self._owed(available)
        }

    def drawable(self, available: Mapping[str, Money]) -> dict[str, PayeePosition]:
        """What a refund of this sale may draw on: its own part, and all that is available."""
        return {
            party: self._position(buckets, whole.minor)
            for party, buckets, whole in self._owed(available)
        }

    def held(self) -> dict[str, Money]:
        """What each party has kept back of this sale; parties with nothing held are absent."""
        return {
            party: self._money(buckets[Bucket.HELD])
            for party, buckets, _ in self._owed({})
            if buckets[Bucket.HELD]
        }

    def _owed(self, available: Mapping[str, Money]) -> Iterator[tuple[str, Counter[Bucket], Money]]:
        owed: dict[str, Counter[Bucket]] = {party: Counter() for party in self.divided().shares}
        for entry in self.entries:
            for posting in entry.postings:
                if posting.account.party_id is not None and posting.account.bucket is not None:
                    owed[posting.account.party_id][posting.account.bucket] -= posting.minor
        for party, buckets in owed.items():
            yield party, buckets, available.get(party, Money.zero(self.currency))

    def _position(self, buckets: Counter[Bucket], available: int) -> PayeePosition:
        return PayeePosition(
            pending=self._money(buckets[Bucket.PENDING]),
            available=self._money(max(0, available)),
            held=self._money(buckets[Bucket.HELD]),
        )

    def _legs(self, entries: Iterable[BookedEntry]) -> RefundLegs:
        platform: Counter[str] = Counter()
        shares: Counter[str] = Counter()
        for posting in (posting for entry in entries for posting in entry.postings):
            if (party := posting.account.party_id) is not None:
                shares[party] += posting.minor
            else:
                platform[posting.account.code] += posting.minor
        tax, fee, recovered = (
            self._money(platform[code])
            for code in (
                "liability:tax",
                "income:platform_fee",
                "income:processing_fee_recovered",
            )
        )
        by_party = {party: self._money(shares[party]) for party in self.divided().shares}
        return RefundLegs(
            amount=sum(by_party.values(), start=tax + fee + recovered),
            tax=tax,
            platform_fee=fee,
            processing_fee_recovered=recovered,
            shares=MappingProxyType(by_party),
        )

    def _money(self, minor: int) -> Money:
        return Money(minor, self.currency)


def _earned(postings: Iterable[Posting]) -> dict[str, int]:
    return {
        posting.account.party_id: -posting.minor
        for posting in postings
        if posting.account.party_id is not None
    }
