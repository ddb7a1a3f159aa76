"""Offers, their templates, and the hash of what is agreed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from licensing.digests import text_sha256
from licensing.errors import InvalidTerms, UnknownTemplate
from licensing.money import Money
from licensing.offers import LicenceOffer, agreement_document, terms_hash
from licensing.templates import (
    EXCLUSIVE_1,
    SYNC_ONLINE_VIDEO_1,
    TEMPLATES,
    LicenceTemplate,
    OfferKind,
    template_of,
)
from licensing.terms import Exclusivity, Medium, Use

PRICE = Money(4_900, "EUR")

# What was offered under a version must stay readable word for word. A failing line here means: do
# not edit that text, add a version beside it.
OFFERED = {
    "lic:sync-online-video@1": "e22a6f0ad66e5dcbb2cec7c147ff27884748964187c6b898d5d6bacf73ca4403",
    "lic:commercial-non-exclusive@1": (
        "e89d908f79bb2599e9da825fa7061fed911e0aa8e3b5f874745155d3f3330fbe"
    ),
    "lic:exclusive@1": "1c64338fa8296d49dea275796536dabe85cf6d036a8a60fb95449e33cd5f9757",
}


def test_a_text_that_was_offered_is_never_edited() -> None:
    assert {reference: t.text_sha256 for reference, t in TEMPLATES.items()} == OFFERED


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
def test_every_template_can_be_offered_as_it_is(template: LicenceTemplate) -> None:
    offer = LicenceOffer.standard(template, PRICE)
    assert offer.kind is template.kind
    assert template_of(template.reference) is template
    assert template.text_sha256 == text_sha256(template.text)


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
def test_every_text_speaks_of_what_buyers_ask(template: LicenceTemplate) -> None:
    for topic in ("exclusive", "Content ID", "train", "Credit", "challenged", "schedule", "money"):
        assert topic in template.text
    exclusive = template.kind is OfferKind.EXCLUSIVE
    assert ("nobody else" in template.text) == exclusive
    assert (template.standard_terms.exclusivity is Exclusivity.EXCLUSIVE) == exclusive


def test_the_hash_is_of_all_that_is_agreed_and_of_nothing_else() -> None:
    offer = LicenceOffer.standard(SYNC_ONLINE_VIDEO_1, PRICE)
    assert replace(offer, price=Money(1, "USD")).terms_hash == offer.terms_hash
    shorter = replace(offer, terms=replace(offer.terms, term_months=12))
    assert shorter.terms_hash != offer.terms_hash
    same_terms = terms_hash(EXCLUSIVE_1.reference, offer.terms)
    assert same_terms != offer.terms_hash
    document = agreement_document(offer.template, offer.terms)
    assert document["text_sha256"] == SYNC_ONLINE_VIDEO_1.text_sha256


def test_an_offer_may_narrow_its_template_but_not_leave_it() -> None:
    offer = LicenceOffer.standard(SYNC_ONLINE_VIDEO_1, PRICE)
    narrow = replace(offer.terms, media=frozenset({Medium.ONLINE_VIDEO}))
    assert replace(offer, terms=narrow).terms == narrow
    for change, field in (
        ({"uses": frozenset({Use.SYNC, Use.BROADCAST})}, "uses"),
        ({"media": frozenset({Medium.CINEMA})}, "media"),
        ({"exclusivity": Exclusivity.EXCLUSIVE}, "exclusivity"),
    ):
        with pytest.raises(InvalidTerms) as refused:
            replace(offer, terms=replace(offer.terms, **change))
        assert refused.value.field == field


@pytest.mark.parametrize("minor", [0, -100])
def test_a_licence_has_a_price(minor: int) -> None:
    with pytest.raises(InvalidTerms, match="price"):
        LicenceOffer.standard(SYNC_ONLINE_VIDEO_1, Money(minor, "EUR"))


@pytest.mark.parametrize("reference", ["lic:exclusive@2", "exclusive", "", "lic:Exclusive@1"])
def test_an_unknown_template_is_refused(reference: str) -> None:
    with pytest.raises(UnknownTemplate) as refused:
        LicenceOffer(reference, SYNC_ONLINE_VIDEO_1.standard_terms, PRICE)
    assert refused.value.reference == reference
