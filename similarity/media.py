"""Is a file audio or a score? Judged by its bytes: names lie."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from similarity.errors import UnreadableMedia, UnsupportedMedia
from similarity.melody.formats import HEAD_BYTES, sniff

if TYPE_CHECKING:
    from pathlib import Path


class MediaKind(enum.StrEnum):
    """What a file can be compared as."""

    AUDIO = "audio"
    SCORE = "score"


def kind_of(path: Path) -> MediaKind:
    """Audio or score. Binary data that is no score is left to the audio decoder to judge.

    Raises:
        UnreadableMedia: missing, not a regular file, or empty.
        UnsupportedMedia: text, or a well-known kind of file that is neither.
    """
    if not path.is_file():
        raise UnreadableMedia("There is no such file.")
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise UnreadableMedia(f"The file cannot be opened: {error.strerror}.") from error
    if not head:
        raise UnreadableMedia("The file is empty.")
    try:
        sniff(head)
    except UnsupportedMedia:
        if _is_foreign(head):
            raise UnsupportedMedia("This is neither audio nor a score that we can read.") from None
        return MediaKind.AUDIO
    return MediaKind.SCORE


_FOREIGN_MAGIC = (
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"%PDF",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"\x7fELF",
)


def _is_foreign(head: bytes) -> bool:
    """Text of any sort, a picture, a document, an archive or a program."""
    return head.startswith(_FOREIGN_MAGIC) or _is_text(head)


def _is_text(head: bytes) -> bool:
    if b"\0" in head:
        return False
    # A multi-byte character may be cut at the end of the head.
    text = head.decode("utf-8", errors="ignore")
    return len(text.encode()) >= len(head) - 3
