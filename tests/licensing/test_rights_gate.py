"""What may be sold of music made with which generator."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licensing.errors import InvalidTerms, OfferNotPermitted
from licensing.generator_rules import GENERATOR_RULES, NON_EXCLUSIVE_KINDS
from licensing.rights_gate import GenerationBasis, decide, require_sellable
from licensing.templates import OfferKind

DIGEST = "ab" * 32
SYNC, COMMERCIAL, EXCLUSIVE = OfferKind


def basis(generator: str, plan: str, *, evidence: bool = False) -> GenerationBasis:
    return GenerationBasis(generator, "v5", plan, DIGEST, DIGEST if evidence else None)


def sellable(made_with: GenerationBasis) -> set[OfferKind]:
    return {kind for kind in OfferKind if decide(made_with, kind).allowed}


@pytest.mark.parametrize(
    ("made_with", "kinds"),
    [
        (basis("Suno", "Free", evidence=True), set()),
        (basis("suno", "pro"), {SYNC, COMMERCIAL}),
        (basis(" SUNO ", "Premier", evidence=True), {SYNC, COMMERCIAL, EXCLUSIVE}),
        (basis("suno", "some new plan", evidence=True), set()),
        (basis("udio", "pro", evidence=True), set()),
        (basis("elevenlabs", "creator", evidence=True), {SYNC, COMMERCIAL}),
        (basis("soundraw", "creator"), set()),
        (basis("our own model", "own"), {SYNC, COMMERCIAL}),
        (basis("our own model", "own", evidence=True), {SYNC, COMMERCIAL, EXCLUSIVE}),
    ],
)
def test_the_gate(made_with: GenerationBasis, kinds: set[OfferKind]) -> None:
    assert sellable(made_with) == kinds
    for kind in OfferKind:
        if kind in kinds:
            require_sellable(made_with, kind)
        else:
            with pytest.raises(OfferNotPermitted) as refused:
                require_sellable(made_with, kind)
            assert refused.value.kind == kind
            assert refused.value.reason == decide(made_with, kind).reason


@given(st.text(min_size=1).filter(str.strip), st.text(min_size=1).filter(str.strip))
def test_nothing_exclusive_is_sold_without_evidence(generator: str, plan: str) -> None:
    assert not decide(basis(generator, plan), EXCLUSIVE).allowed


def test_evidence_only_ever_adds() -> None:
    for rule in GENERATOR_RULES:
        for plan in rule.plans or {"any"}:
            plain = basis(rule.generator, plan)
            assert sellable(plain) <= sellable(replace(plain, ownership_evidence=DIGEST))


def test_rules_do_not_overlap_and_say_where_they_come_from() -> None:
    seen: set[tuple[str, str | None]] = set()
    for rule in GENERATOR_RULES:
        assert rule.generator == rule.generator.casefold()
        assert rule.permitted <= NON_EXCLUSIVE_KINDS
        assert rule.reason.endswith(".")
        assert rule.source
        keys = {(rule.generator, plan) for plan in rule.plans or {None}}
        assert not keys & seen
        seen |= keys
    for generator, plan in seen:
        if plan is None:
            assert sum(known == generator for known, _ in seen) == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"generator": " "}, "generator"),
        ({"model_version": ""}, "model_version"),
        ({"plan_at_generation": ""}, "plan_at_generation"),
        ({"terms_hash": "AB" * 32}, "terms_hash"),
        ({"terms_hash": "ab"}, "terms_hash"),
        ({"ownership_evidence": "a letter"}, "ownership_evidence"),
    ],
)
def test_a_basis_is_complete(change: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidTerms) as refused:
        replace(basis("suno", "pro"), **change)
    assert refused.value.field == field
