"""Money coming in."""

from __future__ import annotations

from licensing.ledger.accounts import (
    PLATFORM_FEE,
    PROCESSING,
    PROCESSING_FEE_RECOVERED,
    STRIPE,
    TAX,
    Bucket,
    payee,
)
from licensing.ledger.entry import EntryKind, JournalEntry, entry_of
from licensing.splits import SaleShares


def purchase(sale: SaleShares) -> JournalEntry:
    """A buyer has paid: the provider holds the price less its fee, and it is owed onwards."""
    return entry_of(
        EntryKind.PURCHASE,
        (
            (STRIPE, sale.gross - sale.processing_fee),
            (PROCESSING, sale.processing_fee),
            (TAX, -sale.tax),
            (PLATFORM_FEE, -sale.platform_fee),
            (PROCESSING_FEE_RECOVERED, -sale.processing_fee_recovered),
            *((payee(party, Bucket.PENDING), -share) for party, share in sale.shares.items()),
        ),
    )
