"""An amount of money: integer minor units and a currency. Floats never touch it."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from babel.core import Locale
from babel.numbers import NumberFormatError, parse_decimal

from licensing.currencies import exponent_of
from licensing.errors import CurrencyMismatch, InvalidAmount

# Amounts travel in canonical JSON (RFC 8785), whose numbers are exact only up to here (RFC 7493).
MAX_MINOR: Final = 2**53 - 1

_PLAIN_DECIMAL: Final = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?", re.ASCII)
# Decimal also reads exponents, underscores, NaN and Infinity, which nobody means by a price.
_LETTER_OR_UNDERSCORE: Final = re.compile(r"[^\W\d]|_")
_LONGEST_WRITTEN: Final = 40


@dataclass(frozen=True, slots=True)
class Money:
    """``minor`` units of ``currency``: 1234 EUR is 12.34 euros, 1234 JPY is 1234 yen.

    Adding, subtracting and comparing need one currency and raise CurrencyMismatch otherwise.
    Making one raises UnknownCurrency, or InvalidAmount where ``minor`` is not an int within
    ±``MAX_MINOR``.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        exponent_of(self.currency)
        if type(self.minor) is not int:
            raise InvalidAmount(self.minor, self.currency, "minor units are whole numbers")
        if abs(self.minor) > MAX_MINOR:
            raise InvalidAmount(self.minor, self.currency, "it is beyond 2**53 - 1 minor units")

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Nothing, in ``currency``."""
        return cls(0, currency)

    @classmethod
    def from_major(cls, text: str, currency: str) -> Money:
        """Read a plain decimal such as ``"12.34"`` exactly, as programs write it.

        Raises InvalidAmount for anything else, and for more decimals than the currency has.
        """
        if not _PLAIN_DECIMAL.fullmatch(text):
            raise InvalidAmount(text, currency, "write it with digits and a dot, like 12.34")
        return cls._from_decimal(Decimal(text), currency, text)

    @classmethod
    def parse(cls, text: str, currency: str, locale: str = "en") -> Money:
        """Read what a person typed in the habits of a locale: ``"1.234,56"`` in ``de``.

        Raises InvalidAmount where the text is no number there or has too many decimals.
        """
        written = text.strip()
        not_a_number = InvalidAmount(text, currency, "write it as a plain number")
        if len(written) > _LONGEST_WRITTEN or _LETTER_OR_UNDERSCORE.search(written):
            raise not_a_number
        try:
            value = parse_decimal(written, locale=locale, strict=True)
        except NumberFormatError:
            raise not_a_number from None
        return cls._from_decimal(value, currency, text)

    @classmethod
    def _from_decimal(cls, value: Decimal, currency: str, written: str) -> Money:
        exponent = exponent_of(currency)
        minor = value.scaleb(exponent)
        if minor != minor.to_integral_value():
            raise InvalidAmount(written, currency, f"it has more than {exponent} decimals")
        return cls(int(minor), currency)

    @property
    def major(self) -> Decimal:
        """The amount in major units, exact: ``Decimal("12.34")``."""
        return Decimal(self.minor).scaleb(-exponent_of(self.currency))

    def format(self, locale: str = "en") -> str:
        """For people: ``"€12.34"`` in ``en``, ``"12,34 €"`` in ``de``.

        Decimals follow the ISO table, not CLDR, which hides the minor units of some currencies.
        A locale that CLDR does not have is a mistake of the program: babel's UnknownLocaleError.
        """
        spoken = Locale.parse(locale)
        pattern = copy.copy(spoken.currency_formats["standard"])
        pattern.frac_prec = (exponent_of(self.currency),) * 2
        return str(pattern.apply(self.major, spoken, currency=self.currency, currency_digits=False))

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same_currency(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same_currency(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same_currency(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same_currency(other)

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._same_currency(other)

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._same_currency(other)

    def _same_currency(self, other: Money) -> int:
        if self.currency != other.currency:
            raise CurrencyMismatch(self.currency, other.currency)
        return other.minor
