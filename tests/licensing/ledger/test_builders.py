"""What each event books, and what it refuses to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licensing import ledger
from licensing.errors import CurrencyMismatch, InsufficientFunds, InvalidAmount, MalformedEntry
from licensing.ledger import Bucket, EntryKind, JournalEntry, PayeePosition
from licensing.money import Money
from licensing.refunds import RefundLegs, split_refund
from licensing.splits import (
    FeeBearer,
    FeePolicy,
    Role,
    SaleShares,
    Share,
    SplitSheet,
    share_sale,
)
from tests.licensing.strategies import sales

SHEET = SplitSheet(1, (Share("a", Role.PRODUCER, 6_000), Share("b", Role.LABEL, 4_000)))


def euros(minor: int) -> Money:
    return Money(minor, "EUR")


def position(pending: int = 0, available: int = 0, held: int = 0) -> PayeePosition:
    return PayeePosition(euros(pending), euros(available), euros(held))


def booked(entry: JournalEntry) -> dict[str, int]:
    return {posting.account.code: posting.minor for posting in entry.postings}


SALE = share_sale(euros(1_190), FeePolicy(1_000), SHEET, euros(40), tax=euros(190))
LEGS = split_refund(SALE, [], euros(119))


def test_purchase() -> None:
    assert booked(ledger.purchase(SALE)) == {
        "asset:stripe": 1_150,
        "expense:processing": 40,
        "liability:tax": -190,
        "income:platform_fee": -100,
        "liability:payee:a:pending": -540,
        "liability:payee:b:pending": -360,
    }


def test_purchase_where_the_parties_bear_processing() -> None:
    sale = share_sale(euros(1_000), FeePolicy(1_000, FeeBearer.PARTIES), SHEET, euros(40))
    assert booked(ledger.purchase(sale)) == {
        "asset:stripe": 960,
        "expense:processing": 40,
        "income:processing_fee_recovered": -40,
        "income:platform_fee": -100,
        "liability:payee:a:pending": -516,
        "liability:payee:b:pending": -344,
    }


@given(sales(), st.lists(st.integers(1, 500), max_size=6))
def test_a_full_refund_unwinds_the_sale_but_for_the_processing_fee(
    sale: SaleShares, steps: list[int]
) -> None:
    books = Counter(booked(ledger.purchase(sale)))
    pending = dict(sale.shares)
    refunds: list[RefundLegs] = []
    left = sale.gross.minor
    for step in [*steps, left]:
        if left == 0:
            break
        legs = split_refund(sale, refunds, euros(min(step, left)))
        positions = {party: position(pending=rest.minor) for party, rest in pending.items()}
        for entry in (
            ledger.refund_requested(legs, positions),
            ledger.refund_succeeded(legs.amount),
        ):
            books.update(booked(entry))
        pending = {party: rest - legs.shares[party] for party, rest in pending.items()}
        refunds.append(legs)
        left -= legs.amount.minor
    fee = sale.processing_fee.minor
    assert {code: minor for code, minor in books.items() if minor} == (
        {"asset:stripe": -fee, "expense:processing": fee} if fee else {}
    )


def test_mature_hold_and_release() -> None:
    assert booked(ledger.mature({"a": euros(5), "b": euros(0)})) == {
        "liability:payee:a:pending": 5,
        "liability:payee:a:available": -5,
    }
    assert booked(ledger.hold({"a": position(5, 7, 100), "b": position(0, 2)})) == {
        "liability:payee:a:pending": 5,
        "liability:payee:a:available": 7,
        "liability:payee:a:held": -12,
        "liability:payee:b:available": 2,
        "liability:payee:b:held": -2,
    }
    assert booked(ledger.release({"a": euros(12)}, Bucket.AVAILABLE)) == {
        "liability:payee:a:held": 12,
        "liability:payee:a:available": -12,
    }
    assert booked(ledger.release({"a": euros(12)}, Bucket.PENDING)) == {
        "liability:payee:a:held": 12,
        "liability:payee:a:pending": -12,
    }


@pytest.mark.parametrize(
    "refused",
    [
        lambda: ledger.mature({"a": euros(0)}),
        lambda: ledger.mature({}),
        lambda: ledger.mature({"a": euros(-1), "b": euros(1)}),
        lambda: ledger.hold({"a": position(held=5)}),
        lambda: ledger.release({"a": euros(1)}, Bucket.RESERVED),
        lambda: ledger.release({"a": euros(1)}, Bucket.HELD),
        lambda: ledger.refund_succeeded(euros(0)),
        lambda: ledger.refund_requested(LEGS, {"a": position(1_000)}),
        lambda: ledger.refund_failed(LEGS, {}, Bucket.RESERVED),
        lambda: ledger.refund_failed(LEGS, {"a": euros(-1)}, Bucket.PENDING),
        lambda: ledger.dispute_funds_withdrawn(euros(0), euros(15)),
        lambda: ledger.dispute_funds_withdrawn(euros(10), euros(-1)),
        lambda: ledger.dispute_won(euros(-10), euros(0)),
        lambda: ledger.payout_reserved("a", euros(0), euros(10)),
        lambda: ledger.receivable_recouped("a", euros(-3)),
    ],
)
def test_nothing_is_booked_for_nothing(refused: Callable[[], JournalEntry]) -> None:
    with pytest.raises(MalformedEntry):
        refused()


def test_a_refund_draws_held_then_pending_then_available_then_owes() -> None:
    assert (LEGS.tax, LEGS.platform_fee) == (euros(19), euros(10))
    assert {party: leg.minor for party, leg in LEGS.shares.items()} == {"a": 54, "b": 36}
    entry = ledger.refund_requested(
        LEGS, {"a": position(pending=10, available=20, held=4), "b": position(pending=100)}
    )
    assert booked(entry) == {
        "liability:tax": 19,
        "income:platform_fee": 10,
        "liability:payee:a:held": 4,
        "liability:payee:a:pending": 10,
        "liability:payee:a:available": 20,
        "asset:receivable:a": 20,
        "liability:payee:b:pending": 36,
        "liability:refund_clearing": -119,
    }


def test_a_refund_that_comes_back_after_success() -> None:
    books: Counter[str] = Counter()
    for entry in (
        ledger.refund_requested(LEGS, {"a": position(pending=30), "b": position(pending=36)}),
        ledger.refund_succeeded(LEGS.amount),
        ledger.refund_returned(LEGS.amount),
        ledger.refund_failed(LEGS, {"a": euros(24), "b": euros(0)}, Bucket.AVAILABLE),
    ):
        books.update(booked(entry))
    assert {code: minor for code, minor in books.items() if minor} == {
        "liability:payee:a:pending": 30,
        "liability:payee:a:available": -30,
        "liability:payee:b:pending": 36,
        "liability:payee:b:available": -36,
    }


def test_disputes() -> None:
    assert booked(ledger.dispute_funds_withdrawn(euros(119), euros(15))) == {
        "asset:dispute": 119,
        "expense:dispute_fee": 15,
        "asset:stripe": -134,
    }
    assert booked(ledger.dispute_won(euros(119), euros(0))) == {
        "asset:stripe": 119,
        "asset:dispute": -119,
    }
    assert booked(ledger.dispute_won(euros(1), euros(0))) == {
        "asset:stripe": 1,
        "asset:dispute": -1,
    }
    assert booked(ledger.dispute_won(euros(119), euros(15)))["expense:dispute_fee"] == -15
    lost = booked(ledger.dispute_lost(LEGS, {"a": position(held=54), "b": position(held=36)}))
    assert lost["asset:dispute"] == -119
    assert lost["liability:payee:a:held"] == 54


def test_payouts() -> None:
    amount = euros(50)
    assert booked(ledger.payout_reserved("a", amount, available=amount)) == {
        "liability:payee:a:available": 50,
        "liability:payee:a:reserved": -50,
    }
    steps = {
        ledger.payout_unreserved: ("liability:payee:a:reserved", "liability:payee:a:available"),
        ledger.payout_transferred: ("asset:connected:a", "asset:stripe"),
        ledger.payout_transfer_reversed: ("asset:stripe", "asset:connected:a"),
        ledger.payout_paid: ("liability:payee:a:reserved", "asset:connected:a"),
        ledger.payout_returned: ("asset:connected:a", "liability:payee:a:reserved"),
        ledger.receivable_recouped: ("liability:payee:a:available", "asset:receivable:a"),
        ledger.receivable_written_off: ("expense:bad_debt", "asset:receivable:a"),
    }
    for build, (debit, credit) in steps.items():
        entry = build("a", amount)
        assert entry.kind == EntryKind(build.__name__)
        assert booked(entry) == {debit: 50, credit: -50}


def test_a_payout_beyond_the_balance_is_refused() -> None:
    with pytest.raises(InsufficientFunds) as refused:
        ledger.payout_reserved("a", euros(51), available=euros(50))
    assert (refused.value.requested, refused.value.available) == (51, 50)
    with pytest.raises(CurrencyMismatch):
        ledger.payout_reserved("a", euros(1), available=Money(50, "USD"))


def test_positions_are_of_one_currency_and_never_negative() -> None:
    with pytest.raises(InvalidAmount):
        position(available=-1)
    with pytest.raises(CurrencyMismatch):
        PayeePosition(euros(1), Money(1, "USD"), euros(0))
