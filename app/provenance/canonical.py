"""RFC 8785 (JCS): one way to write a JSON document, so that its SHA-256 is its identity.

Signatures cover bytes and would not need this. But requiring it with one comparison removes
duplicate keys, whitespace variants, NaN, ``1.0`` for ``1``, escapes for plain characters, and with
them every disagreement between two parsers about what was signed.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, NoReturn

import rfc8785

from app.provenance.errors import PayloadNotCanonical


def encode(document: dict[str, Any]) -> bytes:
    """The canonical form.

    Raises:
        rfc8785.CanonicalizationError: an integer beyond 2**53 - 1, NaN, or a lone surrogate.
    """
    return rfc8785.dumps(document)


def parse(data: bytes) -> dict[str, Any]:
    """The JSON object that ``data`` is the canonical form of.

    Raises:
        PayloadNotCanonical: says in which way it is not.
    """
    try:
        document = json.loads(
            data.decode(), object_pairs_hook=_without_duplicates, parse_constant=_refuse_constant
        )
        if not isinstance(document, dict):
            raise PayloadNotCanonical("The payload must be a JSON object.")
        canonical = encode(document)
    except RecursionError as error:
        raise PayloadNotCanonical("The payload is nested too deeply.") from error
    except ValueError as error:
        raise PayloadNotCanonical(f"The payload is not I-JSON (RFC 7493): {error}.") from error
    if canonical != data:
        raise PayloadNotCanonical(
            f"Write the payload as RFC 8785 says (sorted keys, no whitespace, shortest numbers); "
            f"it differs {_first_difference(canonical, data)}."
        )
    return document


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        name, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise ValueError(f"the key {name!r} appears twice")
    return document


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _first_difference(canonical: bytes, data: bytes) -> str:
    pairs = zip(canonical, data, strict=False)
    position = next(
        (index for index, (ours, theirs) in enumerate(pairs) if ours != theirs),
        min(len(canonical), len(data)),
    )
    return f"at byte {position}"
