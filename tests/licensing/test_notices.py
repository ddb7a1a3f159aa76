"""Notices and counter notices: what is there, what is missing, what follows."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import combinations

import pytest

from licensing import counter_notices, notices
from licensing.counter_notices import CounterNotice, CounterNoticeElement
from licensing.notices import (
    Completeness,
    Contact,
    NoticeElement,
    TakedownNotice,
    completeness,
    missing,
)

CONTACT = Contact("Ada Owner", "1 Main Street, Springfield", "+1 555 0100", "ada@example.org")
NOTICE = TakedownNotice(
    signature="Ada Owner",
    works=("Symphony of Tests",),
    material=("https://music.example/tracks/7",),
    contact=CONTACT,
    states_good_faith=True,
    states_accuracy_and_authority=True,
)
ABSENT = {
    NoticeElement.SIGNATURE: {"signature": "  "},
    NoticeElement.WORK: {"works": ("",)},
    NoticeElement.MATERIAL: {"material": ()},
    NoticeElement.CONTACT: {"contact": Contact(name="Ada Owner")},
    NoticeElement.GOOD_FAITH: {"states_good_faith": False},
    NoticeElement.ACCURACY_AND_AUTHORITY: {"states_accuracy_and_authority": False},
}
SUBSETS = [
    frozenset(subset)
    for size in range(len(NoticeElement) + 1)
    for subset in combinations(NoticeElement, size)
]


def without(absent: frozenset[NoticeElement]) -> TakedownNotice:
    notice = NOTICE
    for element in absent:
        notice = replace(notice, **ABSENT[element])  # type: ignore[arg-type]
    return notice


def test_the_64_subsets_of_the_six_elements() -> None:
    counted = Counter(completeness(subset) for subset in SUBSETS)
    assert counted == {
        Completeness.COMPLETE: 1,
        Completeness.CURABLE: 7,
        Completeness.INCOMPLETE: 56,
    }
    for subset in SUBSETS:
        cured = {NoticeElement.WORK, NoticeElement.MATERIAL, NoticeElement.CONTACT} <= subset
        assert (completeness(subset) is not Completeness.INCOMPLETE) == cured


@pytest.mark.parametrize("absent", SUBSETS, ids=lambda subset: "+".join(sorted(subset)) or "none")
def test_a_notice_has_the_elements_that_were_given(absent: frozenset[NoticeElement]) -> None:
    elements = without(absent).elements
    assert elements == frozenset(NoticeElement) - absent
    assert missing(elements) == tuple(element for element in NoticeElement if element in absent)


@pytest.mark.parametrize("way", ["address", "telephone", "email"])
def test_one_way_to_reach_the_sender_is_enough(way: str) -> None:
    assert Contact(**{way: "somewhere"}).reachable
    assert not Contact(**{way: " \t"}).reachable


COUNTER = CounterNotice(
    signature="Uli Uploader",
    material=("Track 7, listed at https://music.example/tracks/7",),
    contact=CONTACT,
    states_mistake_under_perjury=True,
    consents_to_jurisdiction=True,
    accepts_service=True,
)


def test_a_complete_counter_notice() -> None:
    assert COUNTER.complete
    assert COUNTER.missing == ()


@pytest.mark.parametrize(
    ("change", "element"),
    [
        ({"signature": ""}, CounterNoticeElement.SIGNATURE),
        ({"material": (" ",)}, CounterNoticeElement.MATERIAL),
        ({"states_mistake_under_perjury": False}, CounterNoticeElement.MISTAKE),
        ({"contact": replace(CONTACT, name="")}, CounterNoticeElement.IDENTITY),
        ({"contact": replace(CONTACT, address=" ")}, CounterNoticeElement.IDENTITY),
        ({"contact": replace(CONTACT, telephone="")}, CounterNoticeElement.IDENTITY),
        ({"consents_to_jurisdiction": False}, CounterNoticeElement.JURISDICTION),
        ({"accepts_service": False}, CounterNoticeElement.SERVICE),
    ],
)
def test_a_deficient_counter_notice_says_what_is_missing(
    change: dict[str, object], element: CounterNoticeElement
) -> None:
    deficient = replace(COUNTER, **change)  # type: ignore[arg-type]
    assert not deficient.complete
    assert deficient.missing == (element,)


def test_an_e_mail_address_alone_identifies_no_uploader() -> None:
    assert replace(COUNTER, contact=replace(CONTACT, email="")).complete


def test_every_element_has_words_to_ask_for_it() -> None:
    assert set(notices.ELEMENT_REQUESTS) == set(NoticeElement)
    assert set(counter_notices.ELEMENT_REQUESTS) == set(CounterNoticeElement)
