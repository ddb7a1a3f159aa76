"""Identifiers: UUIDv7 (RFC 9562) in the database, with a typed prefix everywhere else.

``trk_01jd3v9w0mf7v8ap3v5k3m3r2c`` is the TypeID notation: a prefix that says what it names, then
the 128 bits in Crockford base32. A value of the wrong kind never reaches a query.
"""

from __future__ import annotations

import re
import secrets
import uuid
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Dialect, Uuid
from sqlalchemy.types import TypeDecorator

from app.core.errors import InvalidIdentifier

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUE: Final = {character: index for index, character in enumerate(_ALPHABET)}
_TYPED_ID: Final = re.compile(r"([a-z]{2,6})_([0-7][0-9a-hjkmnp-tv-z]{25})")


def uuid7(at: datetime) -> uuid.UUID:
    """A time-ordered UUID, RFC 9562 section 5.7, of the given instant."""
    milliseconds = int(at.timestamp() * 1000)
    value = (milliseconds << 80) | secrets.randbits(80)
    value &= ~(0xF << 76) & ~(0x3 << 62)
    return uuid.UUID(int=value | (0x7 << 76) | (0x2 << 62))


def new_id(prefix: str, at: datetime) -> str:
    """A new typed identifier, ordered by its instant."""
    return format_id(prefix, uuid7(at))


def format_id(prefix: str, value: uuid.UUID) -> str:
    """The typed notation of a UUID."""
    digits = (_ALPHABET[(value.int >> shift) & 0x1F] for shift in range(125, -1, -5))
    return f"{prefix}_{''.join(digits)}"


def parse_id(prefix: str, text: str) -> uuid.UUID:
    """The UUID of a typed identifier.

    Raises:
        InvalidIdentifier: ``text`` is not an identifier with that prefix.
    """
    found = _TYPED_ID.fullmatch(text)
    if found is None or found[1] != prefix:
        raise InvalidIdentifier(f"Expected an identifier that starts with {prefix}_.")
    value = 0
    for character in found[2]:
        value = (value << 5) | _VALUE[character]
    return uuid.UUID(int=value)


class TypedId(TypeDecorator[str]):
    """A UUID column that Python sees as a typed identifier such as ``trk_…``."""

    impl = Uuid
    cache_ok = True

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self.prefix = prefix

    def process_bind_param(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else parse_id(self.prefix, value)

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else format_id(self.prefix, value)
