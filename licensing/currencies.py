"""How many decimals each currency has: the one ISO 4217 exponent table.

Active currencies of ISO 4217 table A.1 that people pay with. Funds codes (CLF, UYW, CHE, …), metals
and test codes are left out, and so are currencies withdrawn by 2026 (HRK, BGN, ANG, ZWL, SLL): no
price can be set in them. What a payment provider makes of the exponents (some treat UGX or HUF in
their own way) is the provider's affair and belongs to its gateway.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from licensing.errors import UnknownCurrency

_NO_DECIMALS: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_TWO_DECIMALS: Final = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF
    CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL
    HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT
    MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB
    SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH
    USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
"""
_THREE_DECIMALS: Final = "BHD IQD JOD KWD LYD OMR TND"

EXPONENTS: Final = MappingProxyType(
    {
        code: exponent
        for exponent, codes in ((0, _NO_DECIMALS), (2, _TWO_DECIMALS), (3, _THREE_DECIMALS))
        for code in codes.split()
    }
)


def exponent_of(currency: str) -> int:
    """The decimals of a currency: 0 for JPY, 2 for EUR, 3 for KWD.

    Raises UnknownCurrency for anything but an upper-case code of the table.
    """
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise UnknownCurrency(currency) from None
