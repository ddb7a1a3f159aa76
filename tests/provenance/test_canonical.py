"""Only one spelling of a payload is taken."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.provenance import canonical
from app.provenance.errors import PayloadNotCanonical

SAFE = 2**53 - 1
texts = st.text(st.characters(exclude_categories=["Cs"]))
documents = st.recursive(
    st.none() | st.booleans() | st.integers(-SAFE, SAFE) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1,"a":1}',
        b'{"a":{"b":1,"b":2}}',
        b'{"a": 1}',
        b'{"a":1}\n',
        b'{"b":1,"a":1}',
        b'{"a":1.0}',
        b'{"a":1e2}',
        b'{"a":-0}',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":1e400}',
        b'{"a":9007199254740992}',
        b'{"a":"\\u0041"}',
        b'{"a":"\\/"}',
        b'{"a":"\\ud800"}',
        b'{"a":"\xff"}',
        b'\xef\xbb\xbf{"a":1}',
        b"[]",
        b'"a"',
        b"1",
        b"",
        b"{",
        b'{"a":' * 20_000,
        b'{"a":' + b"9" * 5_000 + b"}",
    ],
)
def test_other_spellings_are_refused(data: bytes) -> None:
    with pytest.raises(PayloadNotCanonical):
        canonical.parse(data)


@given(st.dictionaries(texts, documents, max_size=5))
def test_the_canonical_form_is_read_back(document: dict[str, Any]) -> None:
    assert canonical.parse(canonical.encode(document)) == document


@given(st.dictionaries(texts, documents, min_size=2, max_size=5))
def test_any_other_order_or_spacing_is_refused(document: dict[str, Any]) -> None:
    spaced = json.dumps(document, ensure_ascii=False, indent=1).encode()
    with pytest.raises(PayloadNotCanonical):
        canonical.parse(spaced)


def test_the_refusal_says_where() -> None:
    with pytest.raises(PayloadNotCanonical, match="differs at byte 5"):
        canonical.parse(b'{"a": 1}')
    with pytest.raises(PayloadNotCanonical, match="the key 'a' appears twice"):
        canonical.parse(b'{"a":1,"a":1}')
