"""SHA-256 of texts and of JSON documents in their canonical form."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import rfc8785

# JSON without floating-point numbers, which have no place in an agreement.
JsonValue: TypeAlias = "str | int | bool | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
JsonDocument: TypeAlias = dict[str, JsonValue]

_SHA256_HEX: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


def is_sha256(text: str) -> bool:
    """Whether ``text`` is a SHA-256 digest in lower-case hexadecimal."""
    return _SHA256_HEX.fullmatch(text) is not None


def text_sha256(text: str) -> str:
    """Hex digest of a text in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def document_sha256(document: JsonDocument) -> str:
    """Hex digest of a JSON document in the canonical form of RFC 8785."""
    return hashlib.sha256(rfc8785.dumps(document)).hexdigest()
