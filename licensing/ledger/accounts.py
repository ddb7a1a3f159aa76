"""The chart of accounts. An account is a code; every currency in it has a balance of its own.

asset:stripe                            what the payment provider holds for the platform
asset:connected:<payee>                 transferred to a payee's account there, not yet paid out
asset:dispute                           withdrawn by card networks while disputes are open
asset:receivable:<payee>                owed to us by a payee whose refund exceeded its balance
liability:payee:<payee>:<bucket>        earned by a payee, see ``Bucket``
liability:tax                           collected for tax offices
liability:refund_clearing               owed to buyers, on its way
income:platform_fee                     our fee
income:processing_fee_recovered         processing fees that the parties bear
expense:processing                      what the provider keeps of each payment
expense:dispute_fee                     what the provider charges for a dispute
expense:bad_debt                        receivables given up
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from licensing.errors import UnknownAccount
from licensing.parties import PARTY_ID


class AccountType(StrEnum):
    """The five classes of bookkeeping, less equity, which no sale touches."""

    ASSET = "asset"
    LIABILITY = "liability"
    INCOME = "income"
    EXPENSE = "expense"


class Bucket(StrEnum):
    """How far a payee's earnings have come.

    ``pending`` may still be refunded in the ordinary way, ``available`` can be paid out,
    ``held`` is kept back by a case or dispute, ``reserved`` belongs to a payout under way.
    """

    PENDING = "pending"
    AVAILABLE = "available"
    HELD = "held"
    RESERVED = "reserved"


_OF_THE_PLATFORM: Final = frozenset(
    {
        "asset:stripe",
        "asset:dispute",
        "liability:tax",
        "liability:refund_clearing",
        "income:platform_fee",
        "income:processing_fee_recovered",
        "expense:processing",
        "expense:dispute_fee",
        "expense:bad_debt",
    }
)
_OF_A_PAYEE: Final = re.compile(
    rf"asset:(receivable|connected):{PARTY_ID}|liability:payee:{PARTY_ID}:({'|'.join(Bucket)})"
)


@dataclass(frozen=True, slots=True, order=True)
class Account:
    """One account, by its code. Raises UnknownAccount for a code that the chart does not hold."""

    code: str

    def __post_init__(self) -> None:
        if self.code not in _OF_THE_PLATFORM and not _OF_A_PAYEE.fullmatch(self.code):
            raise UnknownAccount(self.code)

    @property
    def type(self) -> AccountType:
        """The class of the account: the first part of its code."""
        return AccountType(self.code.partition(":")[0])

    @property
    def party_id(self) -> str | None:
        """The payee it belongs to, None where it is the platform's own."""
        parts = self.code.split(":")
        return parts[2] if len(parts) > 2 else None

    @property
    def bucket(self) -> Bucket | None:
        """The payee's bucket, None for every other account."""
        parts = self.code.split(":")
        return Bucket(parts[3]) if len(parts) > 3 else None


STRIPE: Final = Account("asset:stripe")
DISPUTE: Final = Account("asset:dispute")
TAX: Final = Account("liability:tax")
REFUND_CLEARING: Final = Account("liability:refund_clearing")
PLATFORM_FEE: Final = Account("income:platform_fee")
PROCESSING_FEE_RECOVERED: Final = Account("income:processing_fee_recovered")
PROCESSING: Final = Account("expense:processing")
DISPUTE_FEE: Final = Account("expense:dispute_fee")
BAD_DEBT: Final = Account("expense:bad_debt")


def payee(party_id: str, bucket: Bucket) -> Account:
    """What we owe ``party_id`` in that bucket."""
    return Account(f"liability:payee:{party_id}:{bucket}")


def receivable(party_id: str) -> Account:
    """What ``party_id`` owes us."""
    return Account(f"asset:receivable:{party_id}")


def connected(party_id: str) -> Account:
    """What lies in the account of ``party_id`` at the payment provider."""
    return Account(f"asset:connected:{party_id}")
