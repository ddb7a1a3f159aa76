"""MIDI files byte by byte, so that they can be wrong in every way."""

from __future__ import annotations

import struct

PITCHES = [60, 62, 64, 65, 67, 65, 64, 62]
TICKS = 480


def number(value: int) -> bytes:
    """A number of variable length."""
    groups = [value & 0x7F]
    while value := value >> 7:
        groups.append(value & 0x7F | 0x80)
    return bytes(reversed(groups))


def notes(pitches: list[int] = PITCHES, *, channel: int = 0, ticks: int = TICKS) -> bytes:
    """Events of notes that follow each other."""
    on, off = 0x90 | channel, 0x80 | channel
    return b"".join(
        bytes([0, on, pitch, 80]) + number(ticks) + bytes([off, pitch, 0]) for pitch in pitches
    )


def meta(kind: int, content: bytes) -> bytes:
    """A meta event at once."""
    return bytes([0, 0xFF, kind]) + number(len(content)) + content


def header(form: int = 1, tracks: int = 1, division: int = TICKS) -> bytes:
    """The header chunk."""
    return b"MThd" + struct.pack(">IHHH", 6, form, tracks, division)


def track(events: bytes, *, length: int | None = None, end: bytes = b"\0\xff\x2f\0") -> bytes:
    """A track chunk, whatever its length is said to be."""
    events += end
    return b"MTrk" + struct.pack(">I", len(events) if length is None else length) + events


def midi(*tracks: bytes, form: int = 1, division: int = TICKS) -> bytes:
    """A file of tracks that are as they should be."""
    return header(form, len(tracks), division) + b"".join(map(track, tracks))
