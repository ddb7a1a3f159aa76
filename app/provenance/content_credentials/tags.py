"""Tags of a file that leaves us, written before its credentials: tags written after break them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import mutagen
from mutagen.flac import FLAC
from mutagen.id3 import TIT2, TPE1, TXXX
from mutagen.mp3 import MP3
from mutagen.mp4 import MP4
from mutagen.wave import WAVE

_OPENED_AS: Final[Mapping[str, type[mutagen.FileType]]] = {
    "wav": WAVE,
    "mp3": MP3,
    "flac": FLAC,
    "m4a": MP4,
}
"""By container, not by first bytes: a FLAC file that carries credentials begins like an MP3."""

_TITLE: Final[Any] = TIT2
_ARTIST: Final[Any] = TPE1
_TEXT: Final[Any] = TXXX

_MP4_AIGC: Final = "----:com.apple.iTunes:AIGC"


class AigcLabel(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """China's implicit label of generated content (GB 45438-2025): who made it, who spread it."""

    label: str = "1"
    content_producer: str
    produce_id: str = msgspec.field(name="ProduceID")
    content_propagator: str
    propagate_id: str = msgspec.field(name="PropagateID")
    reserved_code1: str = ""
    reserved_code2: str = ""

    def text(self) -> str:
        """The value of the metadata field ``AIGC``."""
        return json.dumps(msgspec.to_builtins(self), ensure_ascii=False)


class Tags(msgspec.Struct, frozen=True, kw_only=True):
    """What players show. ``aigc`` only where the operator asks for it."""

    title: str
    artist: str
    aigc: AigcLabel | None = None


class TagsUnwritable(ValueError):
    """The file's own tags are damaged, or it is not the container that it seems."""


def write_tags(path: Path, container: str, tags: Tags) -> None:
    """Add the tags to a file in place; ``container`` is one that embeds credentials.

    Raises:
        TagsUnwritable: the file's own tags are damaged.
    """
    try:
        file: Any = _OPENED_AS[container](path)
        if file.tags is None:
            file.add_tags()
        _fill(container, file.tags, tags)
        file.save()
    except mutagen.MutagenError as error:
        raise TagsUnwritable(f"The file's tags cannot be written: {error}") from error


def _fill(container: str, held: Any, tags: Tags) -> None:
    match container:
        case "flac":
            held.update(_vorbis_comments(tags))
        case "m4a":
            held["\xa9nam"], held["\xa9ART"] = [tags.title], [tags.artist]
            if tags.aigc:
                held[_MP4_AIGC] = [tags.aigc.text().encode()]
        case _:
            held.setall("TIT2", [_TITLE(encoding=3, text=tags.title)])
            held.setall("TPE1", [_ARTIST(encoding=3, text=tags.artist)])
            if tags.aigc:
                held.setall("TXXX:AIGC", [_TEXT(encoding=3, desc="AIGC", text=tags.aigc.text())])


def _vorbis_comments(tags: Tags) -> Mapping[str, list[str]]:
    comments = {"title": [tags.title], "artist": [tags.artist]}
    return {**comments, "AIGC": [tags.aigc.text()]} if tags.aigc else comments
