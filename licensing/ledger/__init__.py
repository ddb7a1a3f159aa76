"""Double-entry bookkeeping: the chart of accounts and one builder per event of a sale's life.

Every builder returns a ``JournalEntry`` that balances or raises; none changes anything. Amounts in
postings are signed: a debit is positive, a credit negative, so that what we owe a payee is the
*negative* of its buckets' sums.

====================================  =====================================  ======================
event                                 debit                                  credit
====================================  =====================================  ======================
``purchase``                          stripe, processing                     tax, platform_fee,
                                                                             (recovered), pending
``mature``                            payee pending                          payee available
``hold``                              payee pending, available               payee held
``release``                           payee held                             payee available
                                                                             (or pending)
``refund_requested``                  tax, platform_fee, (recovered),        refund_clearing
                                      payee held, pending, available,
                                      then receivable
``refund_succeeded``                  refund_clearing                        stripe
``refund_returned``                   stripe                                 refund_clearing
``refund_failed``                     refund_clearing                        as requested, to where
                                                                             the sale is now
``dispute_funds_withdrawn``           dispute, dispute_fee                   stripe
``dispute_won``                       stripe                                 dispute, (dispute_fee)
``dispute_lost``                      the legs of a refund                   dispute
``payout_reserved``                   payee available                        payee reserved
``payout_unreserved``                 payee reserved                         payee available
``payout_transferred``                connected                              stripe
``payout_transfer_reversed``          stripe                                 connected
``payout_paid``                       payee reserved                         connected
``payout_returned``                   connected                              payee reserved
``receivable_recouped``               payee available                        receivable
``receivable_written_off``            bad_debt                               receivable
====================================  =====================================  ======================

Not modelled: currency conversion and advances.
"""

from licensing.ledger.accounts import Account, AccountType, Bucket, connected, payee, receivable
from licensing.ledger.disputes import dispute_funds_withdrawn, dispute_lost, dispute_won
from licensing.ledger.entry import EntryKind, JournalEntry, Posting
from licensing.ledger.holds import hold, mature, release
from licensing.ledger.payouts import (
    payout_paid,
    payout_reserved,
    payout_returned,
    payout_transfer_reversed,
    payout_transferred,
    payout_unreserved,
)
from licensing.ledger.position import PayeePosition
from licensing.ledger.receivables import receivable_recouped, receivable_written_off
from licensing.ledger.refunds import (
    refund_failed,
    refund_requested,
    refund_returned,
    refund_succeeded,
)
from licensing.ledger.sales import purchase

__all__ = [
    "Account",
    "AccountType",
    "Bucket",
    "EntryKind",
    "JournalEntry",
    "PayeePosition",
    "Posting",
    "connected",
    "dispute_funds_withdrawn",
    "dispute_lost",
    "dispute_won",
    "hold",
    "mature",
    "payee",
    "payout_paid",
    "payout_reserved",
    "payout_returned",
    "payout_transfer_reversed",
    "payout_transferred",
    "payout_unreserved",
    "purchase",
    "receivable",
    "receivable_recouped",
    "receivable_written_off",
    "refund_failed",
    "refund_requested",
    "refund_returned",
    "refund_succeeded",
    "release",
]
