"""Names of uploaded files: shown, signed and offered for download, never used as a path."""

from __future__ import annotations

import unicodedata
from typing import Final

from app.catalog.errors import FileNameInvalid

MAX_NAME_BYTES: Final = 255  # what common file systems take for one name

_PATH_CHARACTERS: Final = frozenset('/\\:*?"<>|')
"""Separators, and what Windows cannot have in a name: buyers save the file under it."""


def file_name(text: str) -> str:
    """The name in Unicode normal form C.

    Raises:
        FileNameInvalid: empty, a path or a hidden name, too long, or with control characters.
    """
    name = unicodedata.normalize("NFC", text)
    forbidden = any(
        character in _PATH_CHARACTERS or unicodedata.category(character) in {"Cc", "Cf", "Cs"}
        for character in name
    )
    if forbidden or not name or name != name.strip() or name.startswith("."):
        raise FileNameInvalid(
            "Give a plain name such as mix.flac: no slashes, colons, wildcards, control "
            "characters, leading dots or surrounding spaces."
        )
    if len(name.encode()) > MAX_NAME_BYTES:
        raise FileNameInvalid(f"A name may have at most {MAX_NAME_BYTES} bytes in UTF-8.")
    return name
