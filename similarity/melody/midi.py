"""MIDI files, by symusic: every pitched track a line, drums left out."""

from __future__ import annotations

from typing import cast

import numpy as np
import symusic
from numpy.typing import NDArray

from similarity.errors import MediaTooLong, MediaTooShort, UnreadableMedia
from similarity.melody.limits import MAX_MIDI_NOTES
from similarity.melody.lines import NoteTable
from similarity.melody.metre import beat_strength
from similarity.melody.score import Score
from similarity.melody.voices import Part, melodic_lines


def read_midi(data: bytes) -> Score:
    """A Standard MIDI File of type 0, 1 or 2, also inside a RIFF (``.rmi``) wrapper.

    Tempo maps become seconds; channel 10 (percussion in General MIDI) is left out.

    Raises:
        UnreadableMedia: damaged or truncated.
        MediaTooLong: more than ``MAX_MIDI_NOTES`` notes.
        MediaTooShort: no pitched notes.
    """
    ticks = _parse(_unwrap_riff(data))
    if ticks.note_num() > MAX_MIDI_NOTES:
        raise MediaTooLong(
            f"The MIDI file has {ticks.note_num():,} notes; we read {MAX_MIDI_NOTES:,} at most."
        )
    seconds = cast("symusic.core.ScoreSecond", ticks.to(symusic.core.Second()))
    parts = [
        Part(in_ticks.name, _note_table(ticks, in_ticks, in_seconds))
        for in_ticks, in_seconds in zip(ticks.tracks, seconds.tracks, strict=True)
        if not in_ticks.is_drum and len(in_ticks.notes)
    ]
    if not parts:
        raise MediaTooShort("The MIDI file has no pitched notes.")
    duration_s = max(float(np.max(p.notes.onsets_s + p.notes.durations_s)) for p in parts)
    return Score(tuple(melodic_lines(parts)), duration_s)


def _unwrap_riff(data: bytes) -> bytes:
    if not data.startswith(b"RIFF"):
        return data
    start = data.find(b"MThd")
    if start < 0:
        raise UnreadableMedia("The RIFF file holds no MIDI data.")
    return data[start:]


def _parse(data: bytes) -> symusic.core.ScoreTick:
    try:
        score = symusic.core.ScoreTick.from_midi(data)
    except (RuntimeError, ValueError) as error:
        raise UnreadableMedia(f"The MIDI file is damaged: {error}.") from error
    if score.ticks_per_quarter <= 0:
        raise UnreadableMedia("The MIDI file gives no length for a quarter note.")
    return score


def _note_table(
    score: symusic.core.ScoreTick,
    in_ticks: symusic.core.TrackTick,
    in_seconds: symusic.core.TrackSecond,
) -> NoteTable:
    ticks, seconds = in_ticks.notes.numpy(), in_seconds.notes.numpy()
    order = np.lexsort((-ticks["pitch"].astype(np.int16), ticks["time"]))
    quarter = float(score.ticks_per_quarter)
    table = NoteTable(
        seconds["time"].astype(np.float64),
        seconds["duration"].astype(np.float64),
        ticks["time"] / quarter,
        ticks["duration"] / quarter,
        ticks["pitch"].astype(np.int16),
        _beat_strength(score, ticks["time"]),
    )
    return table.take(order)


def _beat_strength(
    score: symusic.core.ScoreTick, onsets: NDArray[np.int32]
) -> NDArray[np.float32] | None:
    signatures = [
        (sign.time, sign.numerator, sign.denominator)
        for sign in score.time_signatures
        if sign.numerator > 0 and sign.denominator > 0
    ]
    if not signatures:
        return None
    strength = np.full(len(onsets), 0.125, dtype=np.float32)
    ends = [start for start, _, _ in signatures[1:]] + [np.iinfo(np.int32).max]
    for (start, numerator, denominator), end in zip(signatures, ends, strict=True):
        inside = (onsets >= start) & (onsets < end)
        positions = (onsets[inside] - start) / score.ticks_per_quarter
        strength[inside] = beat_strength(positions, numerator, denominator)
    return strength
