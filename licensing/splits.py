"""Who earns what from a sale: the parties' split sheet, the platform's fees, and one sale divided.

Who bears the processing fee. The buyer pays ``gross``. Tax is taken out first; it is the tax
office's. The platform's fee is a rate of what remains. What the payment provider keeps is an
expense of the platform (``FeeBearer.PLATFORM``, the default): the platform's rate is then all that
the parties ever pay, a statement is easy to check, and a refund, which the provider does not pay
back its fee on, costs the parties nothing. With ``FeeBearer.PARTIES`` the fee is recovered from
the parties before their shares are divided, and handed back with every refund, so that the
platform still carries the provider's fee on money that it did not keep.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from licensing.allocation import allocate
from licensing.errors import CurrencyMismatch, FeesExceedSale, InvalidFeePolicy, InvalidSplitSheet
from licensing.money import Money
from licensing.parties import is_party_id

BASIS_POINTS: Final = 10_000


class Role(StrEnum):
    """What a party did for the track; a party may hold several."""

    PRODUCER = "producer"
    COMPOSER = "composer"
    LYRICIST = "lyricist"
    ARRANGER = "arranger"
    PERFORMER = "performer"
    ENGINEER = "engineer"
    PUBLISHER = "publisher"
    LABEL = "label"
    MODEL_PROVIDER = "model_provider"


@dataclass(frozen=True, slots=True)
class Share:
    """One party's share of the proceeds for one role, in basis points (1 to 10,000)."""

    party_id: str
    role: Role
    basis_points: int


@dataclass(frozen=True, slots=True)
class SplitSheet:
    """How the parties divide what a track earns. A sale pins the version it was made under.

    Raises InvalidSplitSheet unless the shares add up to exactly 10,000 basis points, each lies in
    1..10,000, no party appears twice in one role, and every id is one.
    """

    version: int
    shares: tuple[Share, ...]

    def __post_init__(self) -> None:
        if self.version < 1:
            raise InvalidSplitSheet(self.version, "versions count from 1")
        if len({(share.party_id, share.role) for share in self.shares}) < len(self.shares):
            raise InvalidSplitSheet(self.version, "a party appears twice in one role")
        for share in self.shares:
            if not is_party_id(share.party_id):
                raise InvalidSplitSheet(self.version, f"{share.party_id!r} is not a party's id")
            if not 1 <= share.basis_points <= BASIS_POINTS:
                raise InvalidSplitSheet(
                    self.version, f"the share of {share.party_id} is not within 1 to 10,000"
                )
        total = sum(share.basis_points for share in self.shares)
        if total != BASIS_POINTS:
            raise InvalidSplitSheet(
                self.version, f"the shares add up to {total} basis points, not 10,000"
            )

    @property
    def weights(self) -> Mapping[str, int]:
        """Basis points per party, its roles added up, in the order parties first appear."""
        weights: dict[str, int] = {}
        for share in self.shares:
            weights[share.party_id] = weights.get(share.party_id, 0) + share.basis_points
        return MappingProxyType(weights)


class FeeBearer(StrEnum):
    """Out of whose money the payment provider's fee comes (see the module's docstring)."""

    PLATFORM = "platform"
    PARTIES = "parties"


@dataclass(frozen=True, slots=True)
class FeePolicy:
    """What the platform charges: a rate of the price before tax, and who bears processing.

    Raises InvalidFeePolicy for a rate outside 0..10,000 basis points.
    """

    platform_fee_basis_points: int
    processing_fee_bearer: FeeBearer = FeeBearer.PLATFORM

    def __post_init__(self) -> None:
        if not 0 <= self.platform_fee_basis_points <= BASIS_POINTS:
            raise InvalidFeePolicy(
                f"A platform fee of {self.platform_fee_basis_points} basis points is not within 0"
                " to 10,000."
            )


@dataclass(frozen=True, slots=True)
class SaleShares:
    """One sale divided: ``gross == tax + platform_fee + processing_fee_recovered + Σ shares``.

    ``processing_fee`` is what the payment provider kept; ``processing_fee_recovered`` is the same
    amount where the parties bear it and zero where the platform does. ``shares`` holds every party
    of the sheet, in its order, also those whose share rounds to nothing.
    """

    gross: Money
    tax: Money
    platform_fee: Money
    processing_fee: Money
    processing_fee_recovered: Money
    shares: Mapping[str, Money]


def share_sale(
    gross: Money,
    fees: FeePolicy,
    sheet: SplitSheet,
    processing_fee: Money,
    tax: Money | None = None,
) -> SaleShares:
    """Divide what a buyer paid. ``tax`` is the part of ``gross`` owed to a tax office.

    The platform's fee and the shares are rounded by largest remainder; half a minor unit between
    platform and parties goes to the parties.

    Raises CurrencyMismatch, and FeesExceedSale where an amount is negative, nothing was paid, or
    tax and fees are more than what was.
    """
    currency = gross.currency
    tax = tax if tax is not None else Money.zero(currency)
    for deduction in (tax, processing_fee):
        if deduction.currency != currency:
            raise CurrencyMismatch(currency, deduction.currency)
    if gross.minor <= 0 or tax.minor < 0 or processing_fee.minor < 0 or tax > gross:
        raise FeesExceedSale(
            "A sale needs a positive price that covers its tax; tax and fees are never negative."
        )
    recovered = processing_fee.minor if fees.processing_fee_bearer is FeeBearer.PARTIES else 0
    rate = fees.platform_fee_basis_points
    kept, platform_fee = allocate(gross.minor - tax.minor, (BASIS_POINTS - rate, rate))
    if recovered > kept:
        raise FeesExceedSale(
            f"Of {gross.minor} minor units, {kept} are left after tax and the platform's fee: less"
            f" than the processing fee of {recovered} that the parties bear. Raise the price."
        )
    amounts = allocate(kept - recovered, tuple(sheet.weights.values()))
    return SaleShares(
        gross=gross,
        tax=tax,
        platform_fee=Money(platform_fee, currency),
        processing_fee=processing_fee,
        processing_fee_recovered=Money(recovered, currency),
        shares=MappingProxyType(
            {
                party_id: Money(amount, currency)
                for party_id, amount in zip(sheet.weights, amounts, strict=True)
            }
        ),
    )
