"""``Content-Digest`` and ``Repr-Digest`` (RFC 9530), sha-256 only."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Final

from app.catalog.errors import DigestMalformed

_FIELDS: Final = ("content-digest", "repr-digest")
_MEMBER: Final = re.compile(r"\s*([a-z*][a-z0-9_.*-]*)=:([A-Za-z0-9+/]*={0,2}):\s*")
_SHA256_BYTES: Final = 32


def announced_sha256(headers: Mapping[str, str]) -> str | None:
    """The SHA-256 (hex) that the sender announced, or None where there is none.

    Other algorithms are ignored, as RFC 9530 section 2 allows. For a whole ``PUT`` without a
    content coding both fields speak of the same bytes.

    Raises:
        DigestMalformed: not a dictionary of byte sequences, or the two fields differ.
    """
    found = {_sha256_of(headers[field]) for field in _FIELDS if field in headers} - {None}
    if len(found) > 1:
        raise DigestMalformed("Content-Digest and Repr-Digest announce different bytes.")
    return next(iter(found), None)


def _sha256_of(field: str) -> str | None:
    digest = None
    for member in field.split(","):
        parsed = _MEMBER.fullmatch(member)
        if parsed is None:
            raise DigestMalformed("Write it as RFC 9530 says: sha-256=:<base64>:")
        if parsed[1] == "sha-256":
            digest = _decoded(parsed[2])
    return digest


def _decoded(text: str) -> str:
    try:
        digest = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise DigestMalformed("The value of sha-256 is not base64.") from error
    if len(digest) != _SHA256_BYTES:
        raise DigestMalformed(f"A SHA-256 has {_SHA256_BYTES} bytes; this has {len(digest)}.")
    return digest.hex()
