"""Chained Ogg: files of several links, each with headers of its own (RFC 3533, section 4)."""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_PAGE: Final = b"OggS\0"
_BEGINS_STREAM: Final = 0x02


def link_starts(path: Path) -> list[int]:
    """Offsets in bytes at which links begin; of a file that is not Ogg, only 0.

    FFmpeg's demuxer gives up at a link that is coded in another way than the one before, or leaves
    it out; players do not.
    """
    starts = [0]
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data[:5] != _PAGE:
            return starts
        inside_headers = True
        at = data.find(_PAGE)
        while at >= 0:
            begins = at + 5 < len(data) and bool(data[at + 5] & _BEGINS_STREAM)
            if begins and not inside_headers:
                starts.append(at)
            inside_headers = begins  # streams that sound together all begin before any goes on
            at = data.find(_PAGE, at + 5)
    return starts


class Slice:
    """Bytes ``start`` to ``stop`` of a file, read as if they were one."""

    def __init__(self, path: Path, start: int, stop: int) -> None:
        self._file = path.open("rb")
        self._start, self._stop = start, stop
        self._file.seek(start)

    def read(self, count: int) -> bytes:
        """The next bytes, at most ``count``."""
        return self._file.read(max(0, min(count, self._stop - self._file.tell())))

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to an offset, counted as ``io.IOBase.seek`` does."""
        origin = (self._start, self._file.tell(), self._stop)[whence]
        return self._file.seek(max(self._start, origin + offset)) - self._start

    def tell(self) -> int:
        """Bytes since ``start``."""
        return self._file.tell() - self._start

    def close(self) -> None:
        """Close the file."""
        self._file.close()
