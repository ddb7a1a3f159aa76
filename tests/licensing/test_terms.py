"""Terms and their canonical document."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licensing.digests import JsonDocument
from licensing.errors import InvalidTerms, UnknownCurrency
from licensing.money import MAX_MINOR, Money
from licensing.schedule import schedule
from licensing.templates import EXCLUSIVE_1, SYNC_ONLINE_VIDEO_1
from licensing.terms import (
    COUNTRIES,
    WORLDWIDE,
    Caps,
    Credit,
    Deliverable,
    Exclusivity,
    LicenceTerms,
    Medium,
    Modification,
    Right,
    Sublicensing,
    Use,
)

STANDARD = SYNC_ONLINE_VIDEO_1.standard_terms

limits = st.none() | st.integers(1, MAX_MINOR)
budgets = st.none() | st.builds(Money, st.integers(1, MAX_MINOR), st.sampled_from(["EUR", "JPY"]))
some_countries = st.frozensets(st.sampled_from(sorted(COUNTRIES)), min_size=1, max_size=5)


@st.composite
def licence_terms(draw: st.DrawFn) -> LicenceTerms:
    exclusivity = draw(st.sampled_from(Exclusivity))
    return LicenceTerms(
        rights=draw(st.frozensets(st.sampled_from(Right), min_size=1)),
        uses=draw(st.frozensets(st.sampled_from(Use), min_size=1)),
        media=draw(st.frozensets(st.sampled_from(Medium), min_size=1)),
        territories=draw(st.just(frozenset({WORLDWIDE})) | some_countries),
        term_months=draw(st.none() | st.integers(1, 1200)),
        exclusivity=exclusivity,
        caps=draw(st.builds(Caps, limits, limits, limits, limits, limits, budgets)),
        credit=draw(st.sampled_from(Credit)),
        modification=draw(st.sampled_from(Modification)),
        sublicensing=draw(st.sampled_from(Sublicensing)),
        content_id_allowed=exclusivity is Exclusivity.EXCLUSIVE and draw(st.booleans()),
        deliverables=draw(st.frozensets(st.sampled_from(Deliverable), min_size=1)),
        ai_training_allowed=draw(st.booleans()),
    )


@given(licence_terms())
def test_terms_survive_json(terms: LicenceTerms) -> None:
    travelled = json.loads(json.dumps(terms.document()))
    assert LicenceTerms.from_document(travelled) == terms
    assert travelled == terms.document()


@given(licence_terms())
def test_every_term_has_a_line_of_words(terms: LicenceTerms) -> None:
    lines = schedule(terms)
    assert len({line.label for line in lines}) == len(lines) == 13
    assert all(line.text for line in lines)
    for line in lines:
        assert "_" not in line.text  # no enum value shows through


def test_the_schedule_in_words() -> None:
    terms = replace(
        STANDARD,
        territories=frozenset({"DE", "AT"}),
        term_months=24,
        caps=Caps(views=500_000, production_budget=Money(1_000_000, "EUR")),
    )
    words = {line.label: line.text for line in schedule(terms)}
    assert words["Rights"] == "the recording and the composition"
    assert words["Uses"] == "set to moving pictures"
    assert words["Territory"] == "Austria and Germany"
    assert words["Term"] == "2 years"
    assert words["Limits"] == "views up to 500,000 and production budget up to €10,000.00"
    assert words["Training of AI systems"] == "not allowed"


@pytest.mark.parametrize(
    ("months", "words"), [(1, "1 month"), (2, "2 months"), (12, "1 year"), (18, "18 months")]
)
def test_the_term_in_words(months: int, words: str) -> None:
    lines = {line.label: line.text for line in schedule(replace(STANDARD, term_months=months))}
    assert lines["Term"] == words


def test_training_is_denied_unless_allowed_in_so_many_words() -> None:
    assert EXCLUSIVE_1.standard_terms.ai_training_allowed is False
    document = STANDARD.document()
    del document["ai_training_allowed"]
    with pytest.raises(InvalidTerms):
        LicenceTerms.from_document(document)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"rights": frozenset()}, "rights"),
        ({"uses": frozenset()}, "uses"),
        ({"media": frozenset()}, "media"),
        ({"deliverables": frozenset()}, "deliverables"),
        ({"territories": frozenset()}, "territories"),
        ({"territories": frozenset({"XX"})}, "territories"),
        ({"territories": frozenset({"de"})}, "territories"),
        ({"territories": frozenset({WORLDWIDE, "DE"})}, "territories"),
        ({"term_months": 0}, "term_months"),
        ({"term_months": 1201}, "term_months"),
        ({"content_id_allowed": True}, "content_id_allowed"),
    ],
)
def test_terms_that_cannot_be(change: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidTerms) as refused:
        replace(STANDARD, **change)  # type: ignore[arg-type]
    assert refused.value.field == field


def test_every_country_may_be_named_at_once() -> None:
    assert replace(STANDARD, territories=COUNTRIES).territories == COUNTRIES


@pytest.mark.parametrize("cap", [0, -1, MAX_MINOR + 1])
def test_limits_are_positive(cap: int) -> None:
    with pytest.raises(InvalidTerms, match=r"caps\.views"):
        Caps(views=cap)
    if cap <= 0:
        with pytest.raises(InvalidTerms, match=r"caps\.production_budget"):
            Caps(production_budget=Money(cap, "EUR"))


@pytest.mark.parametrize(
    "change",
    [
        {"uses": ["sync", "piracy"]},
        {"uses": "sync"},
        {"term_months": 1.5},
        {"term_months": True},
        {"caps": None},
        {"media": ["website", "online_video", "social_media"]},  # not sorted: not canonical
        {"surprise": 1},
    ],
)
def test_documents_of_another_shape_are_refused(change: JsonDocument) -> None:
    with pytest.raises(InvalidTerms):
        LicenceTerms.from_document(STANDARD.document() | change)


def test_a_budget_must_be_money() -> None:
    document = STANDARD.document()
    document["caps"] = {
        "streams": None,
        "copies": None,
        "videos": None,
        "views": None,
        "seats": None,
        "production_budget": {"minor": 5, "currency": "GOLD"},
    }
    with pytest.raises(UnknownCurrency):
        LicenceTerms.from_document(document)
