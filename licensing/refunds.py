"""Who gives back what when part of a sale is refunded or charged back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from licensing.allocation import refund_legs
from licensing.errors import CurrencyMismatch, InvalidAllocation
from licensing.money import Money
from licensing.splits import SaleShares


@dataclass(frozen=True, slots=True)
class RefundLegs:
    """One refund divided: ``amount == tax + platform_fee + processing_fee_recovered + Σ shares``.

    No leg is negative, and ``shares`` names the parties of the sale in its order.
    """

    amount: Money
    tax: Money
    platform_fee: Money
    processing_fee_recovered: Money
    shares: Mapping[str, Money]


def split_refund(sale: SaleShares, earlier: Iterable[RefundLegs], amount: Money) -> RefundLegs:
    """Divide ``amount`` among those who earned from ``sale``, by ``allocation.refund_legs``.

    ``earlier`` are the legs of all refunds and lost disputes of this sale that stand: requested or
    succeeded, not those that failed and were reversed. Their order does not matter.

    Raises RefundExceedsSale where ``amount`` is more than what is left of the sale,
    CurrencyMismatch, and InvalidAllocation where ``amount`` is not positive or ``earlier`` does
    not belong to this sale.
    """
    currency = sale.gross.currency
    parties = tuple(sale.shares)
    parts = _parts(sale, parties)
    given_back = [0] * len(parts)
    for refund in earlier:
        if refund.shares.keys() != sale.shares.keys():
            raise InvalidAllocation("An earlier refund names other parties than the sale does.")
        for position, leg in enumerate(_parts(refund, parties)):
            given_back[position] += leg
    if amount.currency != currency:
        raise CurrencyMismatch(currency, amount.currency)
    tax, platform_fee, recovered, *shares = (
        Money(leg, currency) for leg in refund_legs(parts, given_back, amount.minor)
    )
    return RefundLegs(
        amount=amount,
        tax=tax,
        platform_fee=platform_fee,
        processing_fee_recovered=recovered,
        shares=MappingProxyType(dict(zip(parties, shares, strict=True))),
    )


def _parts(divided: SaleShares | RefundLegs, parties: Sequence[str]) -> list[int]:
    """The legs in the order that rounding ties are decided by: the parties last, as in the sale."""
    return [
        divided.tax.minor,
        divided.platform_fee.minor,
        divided.processing_fee_recovered.minor,
        *(divided.shares[party].minor for party in parties),
    ]
