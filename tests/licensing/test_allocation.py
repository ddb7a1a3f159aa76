"""Dividing minor units: exact, fair, and never backwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licensing.allocation import allocate, refund_legs
from licensing.errors import InvalidAllocation, RefundExceedsSale

weights = st.lists(st.integers(0, 10_000), min_size=1, max_size=12).filter(any)
parts_of_sales = st.lists(st.integers(0, 3_000), min_size=1, max_size=12).filter(any)


@given(st.integers(0, 10**15), weights)
def test_parts_add_up_and_keep_to_their_quota(total: int, given_weights: list[int]) -> None:
    parts = allocate(total, given_weights)
    whole = sum(given_weights)
    assert sum(parts) == total
    for part, weight in zip(parts, given_weights, strict=True):
        assert total * weight // whole <= part <= -(-total * weight // whole)


@given(st.integers(0, 10**6), st.integers(1, 100), st.integers(1, 12))
def test_ties_go_to_the_earlier_position(total: int, weight: int, count: int) -> None:
    parts = allocate(total, [weight] * count)
    assert parts == sorted(parts, reverse=True)
    assert parts[0] - parts[-1] <= 1


@given(st.integers(0, 10**6), weights, st.integers(1, 50))
def test_only_the_proportion_of_weights_matters(
    total: int, given_weights: list[int], factor: int
) -> None:
    assert allocate(total, given_weights) == allocate(total, [w * factor for w in given_weights])


@pytest.mark.parametrize(("total", "bad"), [(-1, [1]), (1, [2, -1]), (1, []), (1, [0, 0])])
def test_what_cannot_be_divided_is_refused(total: int, bad: list[int]) -> None:
    with pytest.raises(InvalidAllocation):
        allocate(total, bad)


Rule = Callable[[Sequence[int], Sequence[int], int], list[int]]


def check_refunds(rule: Rule, parts: list[int], steps: list[int]) -> None:
    """Refund ``parts`` in steps (each cut to what is left), then the rest; assert all promises."""
    gross, given_back = sum(parts), [0] * len(parts)
    for step in [*steps, gross]:
        amount = min(step, gross - sum(given_back))
        if amount == 0:
            break
        legs = rule(parts, given_back, amount)
        assert sum(legs) == amount
        assert min(legs) >= 0
        given_back = [back + leg for back, leg in zip(given_back, legs, strict=True)]
        refunded = sum(given_back)
        for part, back in zip(parts, given_back, strict=True):
            assert back <= part
            assert back * gross - refunded * part < gross  # ahead by less than one unit
    assert given_back == parts


@given(parts_of_sales, st.lists(st.integers(1, 40), max_size=60))
def test_many_small_refunds_keep_every_promise(parts: list[int], steps: list[int]) -> None:
    check_refunds(refund_legs, parts, steps)


def truncated(parts: Sequence[int], given_back: Sequence[int], amount: int) -> list[int]:
    return [amount * part // sum(parts) for part in parts]


def rounded_per_step(parts: Sequence[int], given_back: Sequence[int], amount: int) -> list[int]:
    return allocate(amount, parts)


def cumulative(parts: Sequence[int], given_back: Sequence[int], amount: int) -> list[int]:
    due = allocate(sum(given_back) + amount, parts)
    return [to - back for to, back in zip(due, given_back, strict=True)]


def weighted_by_the_rest(parts: Sequence[int], given_back: Sequence[int], amount: int) -> list[int]:
    return allocate(amount, [part - back for part, back in zip(parts, given_back, strict=True)])


@pytest.mark.parametrize("faulty", [truncated, rounded_per_step, cumulative, weighted_by_the_rest])
def test_the_promises_tell_faulty_rules_from_ours(faulty: Rule) -> None:
    """Each well-known wrong rule breaks on some short run of refunds that ours survives."""
    runs = [([600, 600, 200], [10, 1]), ([500, 7, 1], [1] * 200), ([34, 33, 33], [1] * 100)]
    for parts, steps in runs:
        check_refunds(refund_legs, parts, steps)
    broken = 0
    for parts, steps in runs:
        try:
            check_refunds(faulty, parts, steps)
        except AssertionError:
            broken += 1
    assert broken


def test_the_alabama_paradox_takes_nothing_back() -> None:
    first = refund_legs([600, 600, 200], [0, 0, 0], 10)
    second = refund_legs([600, 600, 200], first, 1)
    assert cumulative([600, 600, 200], first, 1)[2] == -1
    assert min(second) >= 0


@pytest.mark.parametrize(
    ("parts", "given_back", "amount", "error"),
    [
        ([10, 5], [0, 0], 16, RefundExceedsSale),
        ([10, 5], [10, 5], 1, RefundExceedsSale),
        ([10, 5], [0, 0], 0, InvalidAllocation),
        ([10, 5], [0, 0], -1, InvalidAllocation),
        ([10, 5], [0], 1, InvalidAllocation),
        ([10, 5], [0, 6], 1, InvalidAllocation),
        ([10, 5], [-1, 0], 1, InvalidAllocation),
    ],
)
def test_refunds_that_cannot_be(
    parts: list[int], given_back: list[int], amount: int, error: type[Exception]
) -> None:
    with pytest.raises(error):
        refund_legs(parts, given_back, amount)


@pytest.mark.parametrize("amount", [0, -1])
def test_a_refund_of_nothing_says_so(amount: int) -> None:
    with pytest.raises(InvalidAllocation, match="at least one minor unit"):
        refund_legs([10, 5], [4, 2], amount)


def test_an_excessive_refund_says_what_is_left() -> None:
    with pytest.raises(RefundExceedsSale) as refused:
        refund_legs([10, 5], [4, 2], 10)
    assert (refused.value.requested, refused.value.refundable) == (10, 9)
