"""The bytes of a Standard MIDI File, read as sequencers read them: forgiving, and never beyond.

After the MIDI Manufacturers Association's "Standard MIDI Files 1.0" (RP-001). Files that break its
rules are common, so a wrong chunk length, a missing end of track, running status where there is
none to run on, or a key that is never released do not make a file unreadable.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from similarity.compiled import compiled
from similarity.errors import UnreadableMedia

_CHUNK_NAME: Final = re.compile(rb"[A-Za-z][A-Za-z0-9 ]{3}")
_NOTE_OFF, _NOTE_ON = 0x80, 0x90
_NAME, _END_OF_TRACK, _TEMPO, _METRE = 0xFF03, 0xFF2F, 0xFF51, 0xFF58

SMALLEST_BEAT: Final = 6
"""The power of two that is a 64th: a metre in smaller beats is a damaged one."""


@dataclass(frozen=True, slots=True)
class MidiFile:
    """What the header says, and the bytes of each track.

    ``ticks`` are to a quarter note or, where ``in_seconds``, to a second (SMPTE time code).
    """

    form: int
    ticks: float
    in_seconds: bool
    tracks: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, eq=False)
class TrackEvents:
    """What matters of one track; times in ticks.

    ``notes``: (n, 4) int64, onset, end, channel (0 to 15) and pitch, in order of onset.
    ``tempos``: (t, 2) int64, time and microseconds to a quarter note.
    ``metres``: (m, 3) int64, time, numerator and the power of two that is the denominator.
    ``name``: as the track calls itself, empty where it does not.
    """

    notes: NDArray[np.int64]
    tempos: NDArray[np.int64]
    metres: NDArray[np.int64]
    name: bytes


def read_file(data: bytes) -> MidiFile:
    """Header and tracks.

    Raises:
        UnreadableMedia: no header, or one that gives no unit of time.
    """
    if not data.startswith(b"MThd") or len(data) < 14:
        raise UnreadableMedia("The MIDI file is damaged: its header is cut short.")
    length, form, _, division = struct.unpack(">IHHH", data[4:14])
    if division & 0x8000:
        frames, per_frame = 0x100 - (division >> 8), division & 0xFF
        ticks = (30_000 / 1_001 if frames == 29 else float(frames)) * per_frame
    else:
        ticks = float(division)
    if not ticks:
        raise UnreadableMedia("The MIDI file is damaged: it gives no unit of time.")
    tracks = tuple(_tracks(data, 8 + max(6, min(length, 64))))
    return MidiFile(form, ticks, bool(division & 0x8000), tracks)


def _tracks(data: bytes, at: int) -> list[bytes]:
    tracks = []
    while (start := _next_track(data, at)) >= 0:
        end = start + 8 + struct.unpack(">I", data[start + 4 : start + 8])[0]
        if end > len(data) or not (end == len(data) or _CHUNK_NAME.match(data, end)):
            # The length is wrong; the track itself says where it ends.
            following = data.find(b"MTrk", start + 8)
            end = following if following >= 0 else len(data)
        tracks.append(data[start + 8 : end])
        at = end
    return tracks


def _next_track(data: bytes, at: int) -> int:
    start = data.find(b"MTrk", at)
    return start if start + 8 <= len(data) else -1


def read_track(track: bytes, max_notes: int) -> TrackEvents:
    """Events of one track; no more than ``max_notes + 1`` notes, so that too many can be told."""
    data = np.frombuffer(track, dtype=np.uint8)
    events, last = _split(data, max_notes + 1)
    time, status, at, length = events.T

    def found(kind: int, *, least: int) -> NDArray[np.intp]:
        return np.flatnonzero((status == kind) & (length >= least) & (at + length <= len(data)))

    tempos = found(_TEMPO, least=3)
    number = data[at[tempos, None] + np.arange(3)].astype(np.int64) @ (1 << np.array([16, 8, 0]))
    metres = found(_METRE, least=2)
    metre = data[at[metres, None] + np.arange(2)].astype(np.int64)
    sound = (metre[:, 0] > 0) & (metre[:, 1] <= SMALLEST_BEAT)
    names = (track[at[row] : at[row] + length[row]] for row in found(_NAME, least=1))
    keys = np.flatnonzero(status < 0xF0)
    pressed = (status[keys] >= _NOTE_ON) & (data[at[keys] + 1] > 0)
    key = (status[keys] & 0x0F) << 7 | data[at[keys]] & 0x7F
    notes = _notes(time[keys], key, pressed)
    _release_stuck_keys(notes, last)
    return TrackEvents(
        notes=notes[np.lexsort((-notes[:, 3], notes[:, 0]))],
        tempos=np.column_stack((time[tempos], number))[number > 0],
        metres=np.column_stack((time[metres], metre))[sound],
        name=next(names, b""),
    )


def _release_stuck_keys(notes: NDArray[np.int64], last: int) -> None:
    """A key that is never released sounds until its channel goes on, or the track ends."""
    for row in np.flatnonzero(notes[:, 1] < 0).tolist():
        onset, channel = notes[row, 0], notes[row, 2]
        later = notes[(notes[:, 2] == channel) & (notes[:, 0] > onset), 0]
        notes[row, 1] = later.min() if len(later) else max(last, onset)


@compiled
def _split(data: NDArray[np.uint8], max_notes: int) -> tuple[NDArray[np.int64], int]:
    """Notes switched on and off and the meta events that matter, and the time of the last event.

    Rows of time, status byte (of meta events 0xFF00 + type), place and count of the data bytes.
    """
    events = np.zeros((64, 4), dtype=np.int64)
    count = notes = at = time = running = 0
    while at < len(data) and notes < max_notes:
        delta, at = _number(data, at)
        time += delta
        if at >= len(data):
            break
        status = int(data[at])
        if status >= 0x80:
            at += 1
        else:
            status = running
        kind, at, length = _event(data, status, at)
        if kind == _END_OF_TRACK:
            break
        if kind < 0xF0:
            running = kind
        if _matters(kind) and at + length <= len(data):
            if count == len(events):
                events = np.concatenate((events, np.zeros_like(events)))
            events[count, 0], events[count, 1] = time, kind
            events[count, 2], events[count, 3] = at, length
            count += 1
            notes += int(_NOTE_ON <= kind < _NOTE_ON + 16)
        at += length
    return events[:count], time


@compiled
def _event(data: NDArray[np.uint8], status: int, at: int) -> tuple[int, int, int]:
    """Kind of the event whose status byte came before ``at``; place and count of its data."""
    if status == 0xFF and at < len(data):
        length, after = _number(data, at + 1)
        return 0xFF00 + int(data[at]), after, length
    if status == 0xF0 or status == 0xF7:  # noqa: PLR1714 (a set is slow in compiled code)
        length, after = _number(data, at)
        return status, after, length
    if status >= 0xF0:
        return status, at, 2 if status == 0xF2 else status % 2
    if status == 0:
        return 0, at, 1  # data without a status to run on
    return status, at, 1 if 0xC0 <= status < 0xE0 else 2


@compiled
def _matters(kind: int) -> bool:
    return _NOTE_OFF <= kind < _NOTE_ON + 16 or kind == _TEMPO or kind == _METRE or kind == _NAME  # noqa: PLR1714


@compiled
def _number(data: NDArray[np.uint8], at: int) -> tuple[int, int]:
    """A number of variable length (at most four bytes) at ``at``, and where it ends."""
    value = 0
    for _ in range(4):
        if at >= len(data):
            break
        byte = int(data[at])
        at += 1
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            break
    return value, at


@compiled
def _notes(
    time: NDArray[np.int64], key: NDArray[np.int64], pressed: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Notes as in ``TrackEvents``, in order of pressing; those that are never released end at -1.

    A key that is pressed again before it is released begins a new note: it cannot sound twice.
    """
    notes = np.zeros((int(pressed.sum()), 4), dtype=np.int64)
    held = np.full(16 * 128, -1, dtype=np.int64)  # the note that each key sounds
    count = 0
    for event in range(len(time)):
        row = held[key[event]]
        if row >= 0 and pressed[event] and notes[row, 0] == time[event]:
            continue
        if row >= 0:
            notes[row, 1] = time[event]
            held[key[event]] = -1
        if pressed[event]:
            notes[count, 0], notes[count, 1] = time[event], -1
            notes[count, 2], notes[count, 3] = key[event] >> 7, key[event] & 0x7F
            held[key[event]] = count
            count += 1
    return notes[:count]
