"""MIDI files: every channel of every track a part, drums left out."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from similarity.errors import MediaTooLong, MediaTooShort
from similarity.melody.formats import decode_text
from similarity.melody.limits import MAX_MIDI_NOTES, MAX_NAME, MAX_TUNES
from similarity.melody.lines import NoteTable
from similarity.melody.metre import beat_strength
from similarity.melody.midi_events import MidiFile, TrackEvents, read_file, read_track
from similarity.melody.score import DEFAULT_QUARTERS_PER_SECOND, Melody, Score
from similarity.melody.voices import Part, melodic_lines

_DRUMS: Final = 9
"""Channel 10, counted from 0: percussion in General MIDI."""

_INDEPENDENT: Final = 2
"""The type of file whose tracks are pieces of their own."""


def read_midi(data: bytes) -> Score:
    """A Standard MIDI File of type 0, 1 or 2, also inside a RIFF (``.rmi``) wrapper.

    Tempo maps become seconds; channel 10 (percussion in General MIDI) is left out. SMPTE time code
    has no quarters, so 120 a minute are taken. Each track of a type 2 file is a tune of its own.

    Raises:
        UnreadableMedia: no usable header.
        MediaTooLong: more notes or tunes than ``similarity.melody.limits`` allow.
        MediaTooShort: no pitched notes.
    """
    file = read_file(data[max(0, data.find(b"MThd")) :])
    tracks: list[TrackEvents] = []
    left = MAX_MIDI_NOTES
    for track in file.tracks:
        tracks.append(read_track(track, left))
        left -= len(tracks[-1].notes)
        if left < 0:
            raise MediaTooLong(
                f"The MIDI file has more than the {MAX_MIDI_NOTES:,} notes that we read."
            )
    pieces = [[track] for track in tracks] if file.form == _INDEPENDENT else [tracks]
    if len(pieces) > MAX_TUNES:
        raise MediaTooLong(f"The MIDI file has more than the {MAX_TUNES:,} tunes that we read.")
    voices: list[Melody] = []
    duration_s = 0.0
    for piece in pieces:
        parts = _parts(file, piece)
        if parts:
            voices += melodic_lines(parts)
            duration_s += max(float(np.max(p.notes.onsets_s + p.notes.durations_s)) for p in parts)
    if not voices:
        raise MediaTooShort("The MIDI file has no pitched notes.")
    return Score(tuple(voices), duration_s)


def _parts(file: MidiFile, piece: list[TrackEvents]) -> list[Part]:
    clock = _Clock(file, piece)
    metres = _in_order(np.concatenate([np.zeros((0, 3), np.int64), *(t.metres for t in piece)]))
    parts = []
    for track in piece:
        name = decode_text(track.name[:MAX_NAME], strict=False).replace("\0", "").strip()
        for channel in np.unique(track.notes[:, 2]).tolist():
            if channel != _DRUMS:
                notes = track.notes[track.notes[:, 2] == channel]
                parts.append(Part(name, _note_table(notes, clock, metres)))
    return parts


def _in_order(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    return rows[np.argsort(rows[:, 0], kind="stable")]


def _note_table(notes: NDArray[np.int64], clock: _Clock, metres: NDArray[np.int64]) -> NoteTable:
    onsets_s, ends_s = clock.seconds(notes[:, 0]), clock.seconds(notes[:, 1])
    onsets_q, ends_q = clock.quarters(notes[:, 0]), clock.quarters(notes[:, 1])
    return NoteTable(
        onsets_s,
        ends_s - onsets_s,
        onsets_q,
        ends_q - onsets_q,
        notes[:, 3].astype(np.int16),
        _beat_strength(onsets_q, clock.quarters(metres[:, 0]), metres),
    )


def _beat_strength(
    onsets_q: NDArray[np.float64], starts_q: NDArray[np.float64], metres: NDArray[np.int64]
) -> NDArray[np.float32] | None:
    if not len(metres):
        return None
    strength = np.full(len(onsets_q), 0.125, dtype=np.float32)
    reigning = np.searchsorted(starts_q, onsets_q, side="right") - 1
    # By kind and not one by one: a hostile file has millions of metres.
    kinds = metres[:, 1] << 8 | metres[:, 2]
    for kind in np.unique(kinds).tolist():
        rows = np.flatnonzero((reigning >= 0) & (kinds[reigning] == kind))
        positions = onsets_q[rows] - starts_q[reigning[rows]]
        strength[rows] = beat_strength(positions, kind >> 8, 2 ** (kind & 0xFF))
    return strength


class _Clock:
    """Seconds and quarters from ticks, by the tempo map of a piece."""

    def __init__(self, file: MidiFile, piece: list[TrackEvents]) -> None:
        self._file = file
        tempos = np.concatenate([np.zeros((0, 2), np.int64), *(track.tempos for track in piece)])
        default = np.array([[0, round(1e6 / DEFAULT_QUARTERS_PER_SECOND)]])
        tempos = _in_order(np.concatenate([default, tempos]))
        self._starts = tempos[:, 0]
        self._tick_s = tempos[:, 1] / 1e6 / file.ticks
        spans = np.diff(self._starts) * self._tick_s[:-1]
        self._seconds = np.concatenate([[0.0], np.cumsum(spans)])

    def seconds(self, ticks: NDArray[np.int64]) -> NDArray[np.float64]:
        if self._file.in_seconds:
            return ticks / self._file.ticks
        piece = np.searchsorted(self._starts, ticks, side="right") - 1
        elapsed = (ticks - self._starts[piece]) * self._tick_s[piece]
        return np.asarray(self._seconds[piece] + elapsed, dtype=np.float64)

    def quarters(self, ticks: NDArray[np.int64]) -> NDArray[np.float64]:
        scale = DEFAULT_QUARTERS_PER_SECOND if self._file.in_seconds else 1.0
        return np.asarray(ticks * (scale / self._file.ticks), dtype=np.float64)
