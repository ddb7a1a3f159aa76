"""Typed identifiers."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import InvalidIdentifier
from app.core.ids import format_id, new_id, parse_id, uuid7


@given(st.uuids())
def test_every_uuid_survives_its_notation(value: uuid.UUID) -> None:
    assert parse_id("trk", format_id("trk", value)) == value


@given(st.text(max_size=40))
def test_other_text_is_never_an_identifier_of_another_kind(text: str) -> None:
    if text.startswith("trk_"):
        return
    with pytest.raises(InvalidIdentifier):
        parse_id("trk", text)


def test_a_track_is_no_listing() -> None:
    with pytest.raises(InvalidIdentifier):
        parse_id("lst", new_id("trk", datetime.now(UTC)))


def test_identifiers_sort_by_their_instant() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    names = [new_id("trk", start + timedelta(milliseconds=n)) for n in range(50)]
    assert names == sorted(names)


def test_the_uuid_says_that_it_is_version_7() -> None:
    value = uuid7(datetime(2026, 1, 1, tzinfo=UTC))
    assert value.version == 7
    assert value.variant == uuid.RFC_4122
