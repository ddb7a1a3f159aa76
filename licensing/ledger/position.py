"""What one sale still has in a payee's buckets, and in which order it is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from licensing.errors import CurrencyMismatch, InvalidAmount
from licensing.ledger.accounts import Account, Bucket, payee, receivable
from licensing.money import Money


@dataclass(frozen=True, slots=True)
class PayeePosition:
    """What may be drawn from one payee on account of one sale.

    ``pending`` and ``held`` are what *this sale* put there: other sales' money in those buckets
    waits for its own maturity or case. ``available`` is for a hold what this sale still has there,
    for a refund all that the payee has there, and never more than the bucket's balance.

    Raises CurrencyMismatch, and InvalidAmount where one is negative.
    """

    pending: Money
    available: Money
    held: Money

    def __post_init__(self) -> None:
        for balance in (self.pending, self.available, self.held):
            if balance.currency != self.pending.currency:
                raise CurrencyMismatch(self.pending.currency, balance.currency)
            if balance.minor < 0:
                raise InvalidAmount(
                    balance.minor, balance.currency, "no bucket holds less than nothing"
                )

    def draw(self, party_id: str, amount: Money) -> Iterator[tuple[Account, Money]]:
        """Debit lines for ``amount``: from held, then pending, then available.

        What is kept back goes first, because it is there for this; what may already be promised to
        a payout goes last. The rest becomes a receivable. Lines may be zero.
        """
        left = amount
        for bucket, balance in (
            (Bucket.HELD, self.held),
            (Bucket.PENDING, self.pending),
            (Bucket.AVAILABLE, self.available),
        ):
            drawn = min(left, balance)
            yield payee(party_id, bucket), drawn
            left -= drawn
        yield receivable(party_id), left
