"""Is a WAV file as long as it says? FFmpeg takes the length from the file instead."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Final

STREAMED_FROM: Final = 0x7FFFF000
"""Programs that cannot go back to the header write the largest number there, less the header."""


def missing_share(path: Path) -> float:
    """Part (0..1) of a RIFF or RF64 file's ``data`` that lies beyond its end; 0 when unknown.

    RF64 (EBU Tech 3306) keeps the length of ``data`` in an earlier chunk, ``ds64``.
    """
    size = path.stat().st_size
    long_length = 0
    with path.open("rb") as file:
        head = file.read(12)
        if len(head) < 12 or head[:4] not in (b"RIFF", b"RF64") or head[8:] != b"WAVE":
            return 0.0
        while len(chunk := file.read(8)) == 8:
            name, length = struct.unpack("<4sI", chunk)
            start = file.tell()
            if name == b"ds64" and len(sizes := file.read(16)) == 16:
                long_length = struct.unpack("<8xQ", sizes)[0]
            if name == b"data":
                promised = long_length or (length if length < STREAMED_FROM else 0)
                return max(0.0, 1 - (size - start) / promised) if promised else 0.0
            file.seek(start + length + length % 2)
    return 0.0
