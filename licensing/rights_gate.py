"""Whether a creator may sell a kind of licence, given what the music was made with."""

from __future__ import annotations

from dataclasses import dataclass

from licensing.digests import is_sha256
from licensing.errors import InvalidTerms, OfferNotPermitted
from licensing.generator_rules import DEFAULT_RULE, GENERATOR_RULES, GeneratorRule
from licensing.templates import OfferKind


@dataclass(frozen=True, slots=True)
class GenerationBasis:
    """On what terms a track was generated.

    ``plan_at_generation`` is the creator's plan with the vendor on the day the track was made;
    ``terms_hash`` the SHA-256 of the vendor's terms in force then; ``ownership_evidence`` the
    SHA-256 of a document that a reviewer accepted as showing the creator's ownership, or None.

    Raises InvalidTerms where a name is blank or a digest is none.
    """

    generator: str
    model_version: str
    plan_at_generation: str
    terms_hash: str
    ownership_evidence: str | None = None

    def __post_init__(self) -> None:
        for name in ("generator", "model_version", "plan_at_generation"):
            if not getattr(self, name).strip():
                raise InvalidTerms(name, "it must be given")
        for name in ("terms_hash", "ownership_evidence"):
            digest = getattr(self, name)
            if digest is not None and not is_sha256(digest):
                raise InvalidTerms(name, "give a SHA-256 digest in lower-case hexadecimal")


@dataclass(frozen=True, slots=True)
class GateDecision:
    """Whether ``kind`` may be sold, and why, in a sentence for the creator."""

    kind: OfferKind
    allowed: bool
    reason: str


def decide(basis: GenerationBasis, kind: OfferKind) -> GateDecision:
    """Look the generator and plan up in ``generator_rules``.

    A plan that a known generator is not known to have is refused: guessing it in the creator's
    favour would sell what nobody checked.
    """
    rule = _rule_for(basis)
    if rule is None:
        return GateDecision(
            kind,
            allowed=False,
            reason=f"We do not know what its plan {basis.plan_at_generation!r} allows; ask us.",
        )
    allowed = kind in rule.permitted or (
        kind in rule.with_ownership_evidence and basis.ownership_evidence is not None
    )
    return GateDecision(kind, allowed, rule.reason)


def require_sellable(basis: GenerationBasis, kind: OfferKind) -> None:
    """Raise OfferNotPermitted unless ``decide`` allows it."""
    decision = decide(basis, kind)
    if not decision.allowed:
        raise OfferNotPermitted(kind, basis.generator, basis.plan_at_generation, decision.reason)


def _rule_for(basis: GenerationBasis) -> GeneratorRule | None:
    generator = basis.generator.strip().casefold()
    plan = basis.plan_at_generation.strip().casefold()
    rules = [rule for rule in GENERATOR_RULES if rule.generator == generator]
    if not rules:
        return DEFAULT_RULE
    return next((rule for rule in rules if rule.plans is None or plan in rule.plans), None)
