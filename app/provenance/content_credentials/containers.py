"""How each container carries Content Credentials: inside the file, or in a sidecar beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

EMBEDDING: Final[Mapping[str, str]] = {
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "flac": "audio/flac",
    "m4a": "audio/mp4",
}
"""Containers that carry a manifest store themselves, and the media types the library knows."""

SIDECAR: Final[Mapping[str, str]] = {
    "ogg": "audio/ogg",
    "aiff": "audio/aiff",
    "midi": "audio/midi",
    "musicxml": "application/vnd.recordare.musicxml+xml",
    "mxl": "application/vnd.recordare.musicxml",
    "mei": "application/mei+xml",
    "abc": "text/vnd.abc",
    "humdrum": "text/plain",
}
"""Containers whose manifest store lies beside the file, as ``NAME.c2pa``."""

MANIFEST_STORE_TYPE: Final = "application/c2pa"


_HEAD_BYTES: Final = 12
_ID3_HEADER_BYTES: Final = 10
_ANY: Final = "application/octet-stream"


def media_type_of(container: str) -> str:
    """The media type under which credentials inside a file are read and written."""
    return EMBEDDING.get(container, _ANY)


def sidecar_type_of(container: str) -> str:
    """The media type of a file whose credentials lie beside it.

    One that could embed but does not keep its container's rules is bytes like any others: under its
    own type the library would take it apart, and refuse it.
    """
    return SIDECAR.get(container, _ANY)


def embedded_type_of(path: Path) -> str:
    """The media type of a file that carries credentials, by its bytes: names may say anything.

    Under a wrong one the library hashes other bytes, and takes a whole file for a changed one.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
        if head.startswith(b"ID3"):
            # Four bytes of seven bits (ID3v2.4, 3.1); a FLAC stream may follow the tag.
            size = sum(
                byte << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True)
            )
            file.seek(_ID3_HEADER_BYTES + size)
            return EMBEDDING["flac" if file.read(4) == b"fLaC" else "mp3"]
    if head.startswith(b"RIFF"):
        return EMBEDDING["wav"]
    if head.startswith(b"fLaC"):
        return EMBEDDING["flac"]
    return EMBEDDING["m4a"] if head[4:8] == b"ftyp" else _ANY
