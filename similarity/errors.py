"""Everything that can go wrong in matching, as one tree.

    SimilarityError
    ├── MediaError                  the input file cannot be used
    │   ├── UnreadableMedia         damaged, truncated, empty or not what it claims to be
    │   ├── UnsupportedMedia        readable, but neither audio nor a score that we know
    │   ├── MediaTooLong            more decoded seconds or notes than the stated cap
    │   ├── MediaTooShort           nothing left to match (0 s, no notes)
    │   └── DecodeTimeout           the decoder used up its time or memory allowance
    ├── ReferenceIndexError                 the reference index cannot be used
    │   ├── IndexMissing            there is none in that folder
    │   ├── IndexCorrupt            a checksum or a structure does not hold
    │   └── IndexVersionMismatch    made by another extractor or format version
    └── LibraryMissing              a system library is not installed (names the package)

Messages are sentences a user can act on. ``slug`` is stable: programs may rely on it.
"""

from __future__ import annotations

from typing import ClassVar


class SimilarityError(Exception):
    """Root of the errors raised by this library."""

    slug: ClassVar[str] = "similarity-error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class MediaError(SimilarityError):
    """The input file cannot be used."""

    slug = "media-error"


class UnreadableMedia(MediaError):
    """Damaged, truncated, empty, or not what it claims to be."""

    slug = "unreadable-media"


class UnsupportedMedia(MediaError):
    """Readable, but neither audio nor a score format that we know."""

    slug = "unsupported-media"


class MediaTooLong(MediaError):
    """More decoded seconds or notes than the stated cap."""

    slug = "media-too-long"


class MediaTooShort(MediaError):
    """Nothing left to match: zero seconds, or no notes."""

    slug = "media-too-short"


class DecodeTimeout(MediaError):
    """The decoder used up its allowance of time or memory."""

    slug = "decode-timeout"


class ReferenceIndexError(SimilarityError):
    """The reference index cannot be used."""

    slug = "index-error"


class IndexMissing(ReferenceIndexError):
    """There is no index in that folder."""

    slug = "index-missing"


class IndexCorrupt(ReferenceIndexError):
    """A checksum or a structure of the index does not hold."""

    slug = "index-corrupt"


class IndexVersionMismatch(ReferenceIndexError):
    """The index was made by another extractor or format version; rebuild it."""

    slug = "index-version-mismatch"


class LibraryMissing(SimilarityError):
    """A system library is not installed. The message names the package to install."""

    slug = "library-missing"
