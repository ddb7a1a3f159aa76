"""Money: exact reading and writing, one currency per calculation."""

from __future__ import annotations

from decimal import Decimal

import pytest
import rfc8785
from babel.numbers import get_currency_precision, list_currencies
from hypothesis import given
from hypothesis import strategies as st

from licensing.currencies import EXPONENTS, exponent_of
from licensing.errors import CurrencyMismatch, InvalidAmount, UnknownCurrency
from licensing.money import MAX_MINOR, Money

currencies = st.sampled_from(sorted(EXPONENTS))
minors = st.integers(-MAX_MINOR, MAX_MINOR)
amounts = st.builds(Money, minors, currencies)


def test_the_table_is_iso_where_cldr_says_the_same() -> None:
    assert set(EXPONENTS) <= set(list_currencies())
    # CLDR hides minor units that are out of use; ISO 4217 still counts them. None goes the other
    # way, and no currency of three decimals is anything else to CLDR than three or none.
    for code, exponent in EXPONENTS.items():
        assert get_currency_precision(code) in {exponent, 0}, code
    assert {code for code, exponent in EXPONENTS.items() if exponent == 3} >= {"KWD", "TND"}
    assert EXPONENTS["JPY"] == 0


@pytest.mark.parametrize("code", ["XYZ", "eur", "", "XAU", "HRK", "EUR "])
def test_an_unknown_currency_is_refused(code: str) -> None:
    with pytest.raises(UnknownCurrency) as refused:
        exponent_of(code)
    assert refused.value.currency == code
    with pytest.raises(UnknownCurrency):
        Money(1, code)


@given(amounts)
def test_major_units_read_back_exactly(amount: Money) -> None:
    assert Money.from_major(f"{amount.major:f}", amount.currency) == amount


@given(amounts, st.sampled_from(["en", "de", "fr", "de_CH", "pt_BR", "ja"]))
def test_what_is_shown_reads_back_in_the_same_locale(amount: Money, locale: str) -> None:
    shown = amount.format(locale)
    digits = [character for character in shown if character.isdigit()]
    assert int("".join(digits)) == abs(amount.minor)


@pytest.mark.parametrize(
    ("minor", "currency", "locale", "shown"),
    [
        (123456, "EUR", "en", "€1,234.56"),
        (123456, "EUR", "de", "1.234,56\xa0€"),
        (123456, "JPY", "en", "¥123,456"),
        (123456, "KWD", "en", "KWD123.456"),
        (-5, "USD", "en", "-$0.05"),
    ],
)
def test_format(minor: int, currency: str, locale: str, shown: str) -> None:
    assert Money(minor, currency).format(locale) == shown


@pytest.mark.parametrize(
    "text",
    ["", "1,5", "1.234", "1e3", "NaN", "Infinity", "1_000", " 1", "+1", "٣", "1.", ".5", "9" * 30],
)
def test_from_major_takes_only_plain_exact_decimals(text: str) -> None:
    with pytest.raises(InvalidAmount):
        Money.from_major(text, "EUR")


@pytest.mark.parametrize(
    ("text", "locale", "minor"),
    [
        ("1,234.56", "en", 123456),
        ("1.234,56", "de", 123456),
        (" 12 ", "en", 1200),
        ("-3", "en", -300),
    ],
)
def test_parse_follows_the_locale(text: str, locale: str, minor: int) -> None:
    assert Money.parse(text, "EUR", locale) == Money(minor, "EUR")


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("12.34", "de"),
        ("1e5", "en"),
        ("nan", "en"),
        ("", "en"),
        ("1_0", "en"),
        ("1.999", "en"),
        ("1,23,456", "en"),
        ("9" * 60, "en"),
        ("twelve", "en"),
    ],
)
def test_parse_refuses_what_a_person_cannot_have_meant(text: str, locale: str) -> None:
    with pytest.raises(InvalidAmount):
        Money.parse(text, "EUR", locale)


@pytest.mark.parametrize("minor", [1.0, True, Decimal(1), MAX_MINOR + 1, -MAX_MINOR - 1])
def test_minor_units_are_integers_that_json_can_carry(minor: object) -> None:
    with pytest.raises(InvalidAmount):
        Money(minor, "EUR")  # type: ignore[arg-type]


def test_the_largest_amount_is_the_largest_that_canonical_json_carries() -> None:
    assert rfc8785.dumps(Money(MAX_MINOR, "EUR").minor) == str(MAX_MINOR).encode()
    with pytest.raises(rfc8785.IntegerDomainError):
        rfc8785.dumps(MAX_MINOR + 1)


@given(st.integers(-(10**12), 10**12), st.integers(-(10**12), 10**12), currencies)
def test_arithmetic_is_that_of_the_minor_units(left: int, right: int, currency: str) -> None:
    a, b = Money(left, currency), Money(right, currency)
    assert (a + b).minor == left + right
    assert (a - b).minor == left - right
    assert -a == Money.zero(currency) - a
    assert ((a < b), (a <= b), (a > b), (a >= b)) == (
        left < right,
        left <= right,
        left > right,
        left >= right,
    )


def test_two_currencies_never_meet() -> None:
    euros, dollars = Money(1, "EUR"), Money(1, "USD")
    for meet in (
        lambda: euros + dollars,
        lambda: euros - dollars,
        lambda: euros < dollars,
        lambda: euros <= dollars,
        lambda: euros > dollars,
        lambda: euros >= dollars,
    ):
        with pytest.raises(CurrencyMismatch) as refused:
            meet()
        assert (refused.value.left, refused.value.right) == ("EUR", "USD")
    assert euros != dollars
