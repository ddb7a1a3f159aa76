"""Dividing refunds of a sale."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licensing.errors import CurrencyMismatch, InvalidAllocation, RefundExceedsSale
from licensing.money import Money
from licensing.refunds import RefundLegs, split_refund
from licensing.splits import FeePolicy, Role, SaleShares, Share, SplitSheet, share_sale
from tests.licensing.strategies import sales

SALE = share_sale(
    Money(1_000, "EUR"),
    FeePolicy(1_000),
    SplitSheet(1, (Share("a", Role.PRODUCER, 6_000), Share("b", Role.LABEL, 4_000))),
    processing_fee=Money(40, "EUR"),
)


def parts(divided: SaleShares | RefundLegs) -> dict[str, int]:
    return {
        "tax": divided.tax.minor,
        "platform_fee": divided.platform_fee.minor,
        "recovered": divided.processing_fee_recovered.minor,
        **{party: share.minor for party, share in divided.shares.items()},
    }


def total(refunds: Iterable[RefundLegs], name: str) -> int:
    return sum(parts(refund)[name] for refund in refunds)


@given(sales(), st.lists(st.integers(1, 200), max_size=12))
def test_refunds_in_steps_end_where_one_refund_does(sale: SaleShares, steps: list[int]) -> None:
    refunds: list[RefundLegs] = []
    left = sale.gross.minor
    for step in [*steps, left]:
        if left == 0:
            break
        amount = Money(min(step, left), "EUR")
        legs = split_refund(sale, refunds, amount)
        assert sum(parts(legs).values()) == amount.minor
        assert min(parts(legs).values()) >= 0
        refunds.append(legs)
        left -= amount.minor
    assert {name: total(refunds, name) for name in parts(sale)} == parts(sale)
    with pytest.raises(RefundExceedsSale):
        split_refund(sale, refunds, Money(1, "EUR"))


@given(sales(), st.data())
def test_a_refund_that_failed_and_left_the_list_can_be_made_again(
    sale: SaleShares, data: st.DataObject
) -> None:
    gross = sale.gross.minor
    first = split_refund(sale, [], Money(data.draw(st.integers(1, gross)), "EUR"))
    standing = [first]
    if gross > first.amount.minor:
        rest = data.draw(st.integers(1, gross - first.amount.minor))
        standing = [split_refund(sale, standing, Money(rest, "EUR"))]
    left = gross - sum(refund.amount.minor for refund in standing)
    if left:
        standing.append(split_refund(sale, standing, Money(left, "EUR")))
        assert {name: total(standing, name) for name in parts(sale)} == parts(sale)


def test_the_order_in_which_parties_were_stored_does_not_matter() -> None:
    first = split_refund(SALE, [], Money(333, "EUR"))
    stored = RefundLegs(
        first.amount,
        first.tax,
        first.platform_fee,
        first.processing_fee_recovered,
        dict(reversed(list(first.shares.items()))),
    )
    again = Money(100, "EUR")
    assert split_refund(SALE, [stored], again) == split_refund(SALE, [first], again)


def test_a_refund_of_another_sale_is_refused() -> None:
    nothing = Money(0, "EUR")
    stranger = RefundLegs(nothing, nothing, nothing, nothing, {"x": nothing})
    with pytest.raises(InvalidAllocation):
        split_refund(SALE, [stranger], Money(1, "EUR"))


def test_another_currency_is_refused() -> None:
    with pytest.raises(CurrencyMismatch):
        split_refund(SALE, [], Money(1, "USD"))


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_is_no_refund(amount: int) -> None:
    with pytest.raises(InvalidAllocation):
        split_refund(SALE, [], Money(amount, "EUR"))
