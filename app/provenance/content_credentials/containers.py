"""How each container carries Content Credentials: inside the file, or in a sidecar beside it."""

from __future__ import annotations

from collections.abc import Mapping
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
