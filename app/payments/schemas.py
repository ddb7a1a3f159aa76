"""Payments on the wire: amounts in minor units, postings signed, debits positive."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec

from app.payments.ledger import AccountBalance, BookedEntry
from app.payments.models import Refund
from licensing.ledger import Bucket, EntryKind
from licensing.lifecycles.refund import RefundState
from licensing.money import MAX_MINOR, Money

AmountMinor = Annotated[int, msgspec.Meta(gt=0, le=MAX_MINOR, examples=[1999])]
Currency = Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$", examples=["EUR"])]


class Acknowledgement(msgspec.Struct, kw_only=True):
    """The webhook was taken in."""

    received: bool = True


class MoneyView(msgspec.Struct, kw_only=True):
    """An amount in minor units of a currency."""

    amount_minor: int
    currency: str

    @classmethod
    def of(cls, money: Money) -> MoneyView:
        return cls(amount_minor=money.minor, currency=money.currency)


class AccountBalanceView(msgspec.Struct, kw_only=True):
    """An account's debits less its credits."""

    account: str
    currency: str
    minor: int

    @classmethod
    def of(cls, balance: AccountBalance) -> AccountBalanceView:
        return cls(account=balance.account, currency=balance.currency, minor=balance.minor)


class TrialBalance(msgspec.Struct, kw_only=True):
    """Every account; ``totals`` are zero in each currency as long as the books are right.

    ``out_of_step`` lists payees' buckets whose kept balance is not the sum of their postings, and
    is empty as long as nobody changed the database by hand.
    """

    accounts: list[AccountBalanceView]
    totals: dict[str, int]
    out_of_step: list[AccountBalanceView]

    @classmethod
    def of(cls, accounts: Sequence[AccountBalance], gaps: Sequence[AccountBalance]) -> TrialBalance:
        totals: dict[str, int] = {}
        for account in accounts:
            totals[account.currency] = totals.get(account.currency, 0) + account.minor
        return cls(
            accounts=[AccountBalanceView.of(account) for account in accounts],
            totals=totals,
            out_of_step=[AccountBalanceView.of(gap) for gap in gaps],
        )


class PostingView(msgspec.Struct, kw_only=True):
    """One line of an entry."""

    account: str
    currency: str
    minor: int


class EntryView(msgspec.Struct, kw_only=True):
    """One event in the books; ``subject`` caused it."""

    id: str
    kind: EntryKind
    order_id: str | None
    subject: str
    at: datetime
    postings: list[PostingView]

    @classmethod
    def of(cls, entry: BookedEntry) -> EntryView:
        return cls(
            id=entry.id,
            kind=entry.kind,
            order_id=entry.order_id,
            subject=entry.subject,
            at=entry.at,
            postings=[
                PostingView(account=line.account.code, currency=line.currency, minor=line.minor)
                for line in entry.postings
            ],
        )


class BucketView(msgspec.Struct, kw_only=True):
    """What you have in one bucket: ``pending``, ``available``, ``held`` or ``reserved``."""

    bucket: Bucket
    balance: MoneyView

    @classmethod
    def of(cls, bucket: Bucket, balance: Money) -> BucketView:
        return cls(bucket=bucket, balance=MoneyView.of(balance))


class NewRefund(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """How much to give back, and why (for the books; the buyer does not see it)."""

    amount_minor: AmountMinor
    currency: Currency
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class RefundView(msgspec.Struct, kw_only=True):
    """A refund and how far it has come."""

    id: str
    order_id: str
    amount: MoneyView
    reason: str
    state: RefundState
    requested_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, refund: Refund) -> RefundView:
        return cls(
            id=refund.id,
            order_id=refund.order_id,
            amount=MoneyView(amount_minor=refund.amount_minor, currency=refund.currency),
            reason=refund.reason,
            state=refund.state,
            requested_at=refund.requested_at,
            ended_at=refund.ended_at,
        )
