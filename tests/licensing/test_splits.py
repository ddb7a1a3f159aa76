"""Dividing a sale: to the minor unit, under either bearer of the processing fee."""

from __future__ import annotations

import pytest
from hypothesis import given

from licensing.errors import (
    CurrencyMismatch,
    FeesExceedSale,
    InvalidFeePolicy,
    InvalidSplitSheet,
)
from licensing.money import Money
from licensing.splits import FeeBearer, FeePolicy, Role, SaleShares, Share, SplitSheet, share_sale
from tests.licensing.strategies import sales, split_sheets

THREE = SplitSheet(
    1,
    (
        Share("pty_a", Role.PRODUCER, 5_000),
        Share("pty_b", Role.LYRICIST, 3_333),
        Share("pty_c", Role.PUBLISHER, 1_667),
    ),
)


def euros(minor: int) -> Money:
    return Money(minor, "EUR")


@given(sales())
def test_a_sale_divides_without_rest(sale: SaleShares) -> None:
    parts = [sale.tax, sale.platform_fee, sale.processing_fee_recovered, *sale.shares.values()]
    assert sum(part.minor for part in parts) == sale.gross.minor
    assert all(part.minor >= 0 for part in parts)


@given(split_sheets())
def test_weights_add_up_roles_of_one_party(sheet: SplitSheet) -> None:
    assert sum(sheet.weights.values()) == 10_000
    assert set(sheet.weights) == {share.party_id for share in sheet.shares}


def test_the_platform_bears_processing_unless_told_otherwise() -> None:
    sale = share_sale(euros(4_900), FeePolicy(1_500), THREE, processing_fee=euros(172))
    assert sale.platform_fee == euros(735)
    assert sale.processing_fee == euros(172)
    assert sale.processing_fee_recovered == euros(0)
    assert [share.minor for share in sale.shares.values()] == [2083, 1388, 694]


def test_the_parties_can_bear_processing() -> None:
    policy = FeePolicy(1_500, FeeBearer.PARTIES)
    sale = share_sale(euros(4_900), policy, THREE, processing_fee=euros(172))
    assert sale.platform_fee == euros(735)
    assert sale.processing_fee_recovered == euros(172)
    assert sum(share.minor for share in sale.shares.values()) == 4_900 - 735 - 172


def test_tax_is_taken_out_before_the_platform_rate() -> None:
    sale = share_sale(euros(1_190), FeePolicy(1_000), THREE, euros(0), tax=euros(190))
    assert sale.platform_fee == euros(100)
    assert sum(share.minor for share in sale.shares.values()) == 900


def test_a_price_may_be_nothing_but_tax() -> None:
    sale = share_sale(euros(19), FeePolicy(1_000), THREE, euros(0), tax=euros(19))
    assert {share.minor for share in sale.shares.values()} == {0}


def test_half_a_unit_goes_to_the_parties() -> None:
    sale = share_sale(euros(1), FeePolicy(5_000), THREE, euros(0))
    assert sale.platform_fee == euros(0)
    assert sale.shares["pty_a"] == euros(1)


@pytest.mark.parametrize(
    ("gross", "fee", "tax"), [(0, 0, 0), (-1, 0, 0), (10, -1, 0), (10, 0, -1), (10, 0, 11)]
)
def test_sales_that_cannot_be(gross: int, fee: int, tax: int) -> None:
    with pytest.raises(FeesExceedSale):
        share_sale(euros(gross), FeePolicy(1_000), THREE, euros(fee), euros(tax))


def test_parties_cannot_bear_more_than_they_earn() -> None:
    with pytest.raises(FeesExceedSale, match="Raise the price"):
        share_sale(euros(30), FeePolicy(1_000, FeeBearer.PARTIES), THREE, euros(31))
    cheap = share_sale(euros(30), FeePolicy(1_000), THREE, euros(31))
    assert sum(share.minor for share in cheap.shares.values()) == 27


@pytest.mark.parametrize("name", ["processing_fee", "tax"])
def test_one_currency(name: str) -> None:
    amounts = {"processing_fee": euros(1), "tax": euros(1)} | {name: Money(1, "USD")}
    with pytest.raises(CurrencyMismatch):
        share_sale(euros(100), FeePolicy(0), THREE, **amounts)


@pytest.mark.parametrize(
    ("shares", "reason"),
    [
        ((), "add up to 0"),
        ((Share("a", Role.PRODUCER, 9_999),), "add up to 9999"),
        ((Share("a", Role.PRODUCER, 10_001),), "not within"),
        ((Share("a", Role.PRODUCER, 10_000), Share("b", Role.LABEL, 0)), "not within"),
        ((Share("a:b", Role.PRODUCER, 10_000),), "not a party's id"),
        ((Share("", Role.PRODUCER, 10_000),), "not a party's id"),
        ((Share("a", Role.LABEL, 5_000), Share("a", Role.LABEL, 5_000)), "twice"),
    ],
)
def test_sheets_that_cannot_be(shares: tuple[Share, ...], reason: str) -> None:
    with pytest.raises(InvalidSplitSheet, match=reason) as refused:
        SplitSheet(3, shares)
    assert refused.value.version == 3


def test_versions_count_from_one() -> None:
    with pytest.raises(InvalidSplitSheet):
        SplitSheet(0, THREE.shares)


@pytest.mark.parametrize("rate", [-1, 10_001])
def test_rates_stay_in_range(rate: int) -> None:
    with pytest.raises(InvalidFeePolicy):
        FeePolicy(rate)
