"""Everything that can go wrong with rights and money, as one tree.

    LicensingError
    ├── MoneyError
    │   ├── UnknownCurrency         not a code of the ISO 4217 table
    │   ├── CurrencyMismatch        two currencies in one calculation
    │   └── InvalidAmount           not an amount that this currency can hold
    ├── InvalidAllocation           a total or weights that cannot be divided
    ├── SplitError
    │   ├── InvalidSplitSheet       shares that do not add up, repeat or leave their range
    │   ├── InvalidFeePolicy        a rate outside its range
    │   ├── FeesExceedSale          nothing would be left for the parties
    │   └── RefundExceedsSale       more than is left to give back
    ├── LedgerError
    │   ├── UnknownAccount          not an account of the chart
    │   ├── MalformedEntry          too few postings, or one of zero
    │   ├── UnbalancedEntry         debits and credits differ in a currency
    │   └── InsufficientFunds       a payee's bucket does not hold what should leave it
    ├── OfferError
    │   ├── UnknownTemplate         no such licence template and version
    │   ├── InvalidTerms            terms that contradict each other or their template
    │   └── OfferNotPermitted       the generator's terms do not let the creator sell this
    ├── AttestationError
    │   ├── UnknownAttestation      no such attestation and version
    │   └── AttestationsMissing     required attestations are not signed in their current text
    ├── InvalidCertificate          a licence certificate that contradicts itself or lacks a field
    ├── ClockError
    │   ├── NaiveTimestamp          a time without a zone
    │   └── InvalidDeadline         a count of days or hours that no clock can run
    ├── MalformedLifecycle          a transition table that breaks its own rules
    └── IllegalTransition           a command that the present state does not allow

Messages are sentences a user can act on. ``slug`` is stable: programs may rely on it. Nothing here
knows of HTTP; the service decides how each error travels.
"""

from __future__ import annotations

from typing import ClassVar


class LicensingError(Exception):
    """Root of the errors raised by this library."""

    slug: ClassVar[str] = "licensing-error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class MoneyError(LicensingError):
    """An amount or a currency cannot be used."""

    slug = "money-error"


class UnknownCurrency(MoneyError):
    """The code is not in the ISO 4217 table of active currencies."""

    slug = "unknown-currency"

    def __init__(self, currency: str) -> None:
        super().__init__(
            f"{currency!r} is not a currency we know. Use an active ISO 4217 code such as 'EUR'."
        )
        self.currency = currency


class CurrencyMismatch(MoneyError):
    """Two amounts of different currencies met in one calculation."""

    slug = "currency-mismatch"

    def __init__(self, left: str, right: str) -> None:
        super().__init__(
            f"{left} and {right} cannot be added or compared. Convert one of them first."
        )
        self.left = left
        self.right = right


class InvalidAmount(MoneyError):
    """Not an amount that this currency can hold."""

    slug = "invalid-amount"

    def __init__(self, amount: object, currency: str, reason: str) -> None:
        super().__init__(f"{amount!r} is not an amount in {currency}: {reason}.")
        self.amount = amount
        self.currency = currency
        self.reason = reason


class InvalidAllocation(LicensingError):
    """A total or weights that cannot be divided."""

    slug = "invalid-allocation"


class SplitError(LicensingError):
    """The proceeds of a sale cannot be divided as asked."""

    slug = "split-error"


class InvalidSplitSheet(SplitError):
    """Shares that do not add up to 10,000 basis points, repeat, or leave their range."""

    slug = "invalid-split-sheet"

    def __init__(self, version: int, reason: str) -> None:
        super().__init__(f"Split sheet version {version} cannot be used: {reason}.")
        self.version = version
        self.reason = reason


class InvalidFeePolicy(SplitError):
    """A fee rate outside 0 to 10,000 basis points."""

    slug = "invalid-fee-policy"


class FeesExceedSale(SplitError):
    """Tax and fees are more than the buyer paid."""

    slug = "fees-exceed-sale"


class RefundExceedsSale(SplitError):
    """More would be given back than is left of the sale, in minor units."""

    slug = "refund-exceeds-sale"

    def __init__(self, requested: int, refundable: int) -> None:
        super().__init__(
            f"A refund of {requested} minor units was asked for, but only {refundable} are left"
            " to give back. Ask for at most that."
        )
        self.requested = requested
        self.refundable = refundable


class LedgerError(LicensingError):
    """A journal entry cannot be made."""

    slug = "ledger-error"


class UnknownAccount(LedgerError):
    """The code is not an account of the chart."""

    slug = "unknown-account"

    def __init__(self, code: str) -> None:
        super().__init__(f"{code!r} is not an account of the chart of accounts.")
        self.code = code


class MalformedEntry(LedgerError):
    """An entry with fewer than two postings, or with a posting of zero."""

    slug = "malformed-entry"

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(f"The {kind} entry cannot be posted: {reason}.")
        self.kind = kind
        self.reason = reason


class UnbalancedEntry(LedgerError):
    """Debits and credits of one currency differ by ``residue`` minor units."""

    slug = "unbalanced-entry"

    def __init__(self, kind: str, currency: str, residue: int) -> None:
        super().__init__(
            f"The {kind} entry does not balance: debits and credits in {currency} differ by"
            f" {residue} minor units."
        )
        self.kind = kind
        self.currency = currency
        self.residue = residue


class InsufficientFunds(LedgerError):
    """A payee's bucket does not hold what should leave it, in minor units."""

    slug = "insufficient-funds"

    def __init__(self, party_id: str, bucket: str, requested: int, available: int) -> None:
        super().__init__(
            f"The {bucket} balance of {party_id} holds {available} minor units, not the"
            f" {requested} asked for. Ask for at most that."
        )
        self.party_id = party_id
        self.bucket = bucket
        self.requested = requested
        self.available = available


class OfferError(LicensingError):
    """A licence offer cannot be made."""

    slug = "offer-error"


class UnknownTemplate(OfferError):
    """There is no licence template of that name and version."""

    slug = "unknown-template"

    def __init__(self, reference: str) -> None:
        super().__init__(
            f"There is no licence template {reference!r}. References look like"
            " 'lic:exclusive@1'; the versions we keep are listed with the templates."
        )
        self.reference = reference


class InvalidTerms(OfferError):
    """Terms that contradict each other or their template; ``field`` names the culprit."""

    slug = "invalid-terms"

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"The licence term {field!r} cannot be used: {reason}.")
        self.field = field
        self.reason = reason


class OfferNotPermitted(OfferError):
    """The terms of the generator do not let the creator sell this kind of licence."""

    slug = "offer-not-permitted"

    def __init__(self, kind: str, generator: str, plan: str, reason: str) -> None:
        super().__init__(
            f"A {kind} licence cannot be sold for music made with {generator} ({plan}): {reason}"
        )
        self.kind = kind
        self.generator = generator
        self.plan = plan
        self.reason = reason


class AttestationError(LicensingError):
    """The creator's attestations cannot be used."""

    slug = "attestation-error"


class UnknownAttestation(AttestationError):
    """There is no attestation of that name and version."""

    slug = "unknown-attestation"

    def __init__(self, reference: str) -> None:
        super().__init__(f"There is no attestation {reference!r}.")
        self.reference = reference


class AttestationsMissing(AttestationError):
    """Required attestations are not signed in their current text; ``references`` names them."""

    slug = "attestations-missing"

    def __init__(self, references: tuple[str, ...]) -> None:
        super().__init__(
            "These attestations must be signed in their current text before publishing: "
            + ", ".join(references)
            + "."
        )
        self.references = references


class InvalidCertificate(LicensingError):
    """A licence certificate that contradicts itself or lacks a field."""

    slug = "invalid-certificate"

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"The licence certificate cannot be accepted: {field} {reason}.")
        self.field = field
        self.reason = reason


class ClockError(LicensingError):
    """A point in time or a period cannot be worked out."""

    slug = "clock-error"


class NaiveTimestamp(ClockError):
    """A time without a zone."""

    slug = "naive-timestamp"

    def __init__(self, what: str) -> None:
        super().__init__(f"The time {what!r} has no time zone. Give it one, preferably UTC.")
        self.what = what


class InvalidDeadline(ClockError):
    """A count of days, months or hours that no clock can run."""

    slug = "invalid-deadline"


class MalformedLifecycle(LicensingError):
    """A transition table that breaks its own rules."""

    slug = "malformed-lifecycle"

    def __init__(self, lifecycle: str, reason: str) -> None:
        super().__init__(f"The table of the {lifecycle} lifecycle is wrong: {reason}.")
        self.lifecycle = lifecycle
        self.reason = reason


class IllegalTransition(LicensingError):
    """A command that the present state does not allow."""

    slug = "illegal-transition"

    def __init__(self, lifecycle: str, state: str, command: str, allowed: tuple[str, ...]) -> None:
        instead = (
            f"possible now: {', '.join(allowed)}" if allowed else "nothing is possible any more"
        )
        super().__init__(f"A {lifecycle} that is {state} cannot {command}; {instead}.")
        self.lifecycle = lifecycle
        self.state = state
        self.command = command
        self.allowed = allowed
