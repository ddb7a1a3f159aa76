"""What a work is called and who made it: its notation's header, or its catalogue number."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from typing import Final

from app.screening.corpus.sources import SourceItem
from similarity.melody.formats import decode_text

_MAX_LENGTH: Final = 300
_TITLES_OF_FILES: Final = (
    (re.compile(r"bwv(\d.*)"), r"Chorale, BWV \1"),
    (re.compile(r"madrigal\.(\d)\.(\d+)"), r"Madrigal, book \1 no. \2"),
)


@dataclass(frozen=True, slots=True)
class Naming:
    """Title and composer of a work."""

    title: str
    composer: str


def naming_of(item: SourceItem, data: bytes) -> Naming:
    """Title and composer of one work, whose notation is ``data``."""
    composer = item.collection.composer
    if item.path.suffix != ".abc":
        return Naming(_title_of_file(item.path.stem), composer)
    text = decode_text(data, strict=False)
    title = _field(text, "T") or item.path.stem
    return Naming(_tidy(title), _tidy(_field(text, "C") or composer))


def _title_of_file(stem: str) -> str:
    for pattern, title in _TITLES_OF_FILES:
        if pattern.fullmatch(stem):
            return pattern.sub(title, stem)
    return stem


def _field(text: str, letter: str) -> str | None:
    """An information field of ABC (standard 2.1, section 3)."""
    found = re.search(rf"^{letter}:[ \t]*(\S.*)$", text, re.MULTILINE)
    return found[1] if found else None


def _tidy(text: str) -> str:
    """Old prints shout and end in full stops; lists read better without."""
    visible = "".join(character for character in text if character.isprintable())
    words = re.sub(r"\s+", " ", visible.replace(" -- ", ", ")).strip(" .")[:_MAX_LENGTH]
    return string.capwords(words) if words.isupper() else words
