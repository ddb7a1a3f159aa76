"""Is a WAV file as long as it says? FFmpeg takes the length from the file instead."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Final

STREAMED_FROM: Final = 0x7FFFF000
"""Programs that cannot go back to the header write the largest number there, less the header."""


def missing_share(path: Path) -> float:
    """Part (0..1) of a RIFF file's ``data`` chunk that lies beyond its end; 0 when unknown."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(12)
        if len(head) < 12 or head[:4] != b"RIFF" or head[8:] != b"WAVE":
            return 0.0
        while len(chunk := file.read(8)) == 8:
            name, length = struct.unpack("<4sI", chunk)
            if name == b"data":
                there = size - file.tell()
                streamed = length == 0 or length >= STREAMED_FROM
                return 0.0 if streamed else max(0.0, 1 - there / length)
            file.seek(length + length % 2, 1)
    return 0.0
