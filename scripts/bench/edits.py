"""What people do to a tune that is not theirs, drawn at random."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from similarity.melody.score import Melody, Score

_STEPS = (-2, -1, 1, 2)


def in_disguise(line: Melody, rng: np.random.Generator) -> Score:
    """The tune in another key with changed note lengths, and a walking accompaniment."""
    lengths = _lengths(line) * rng.choice([0.5, 0.75, 1, 1, 1, 1.5, 2], len(line))
    tune = _line(line.pitches + rng.integers(-6, 7), lengths)
    chords = rng.choice([36, 41, 43, 45], max(len(line) // 4, 2)).repeat(4)
    walk = chords + np.tile([0, 7, 12, 7], len(chords) // 4)
    return _score(tune, _line(walk, np.full(len(walk), 0.5)))


def passage(
    source: Melody, host: Melody, notes: int, edits: float, rng: np.random.Generator
) -> Score:
    """``notes`` of the source, moved and edited, inside 60 notes of the host.

    An edit changes a pitch, drops a note, or splits it in two, a third each.
    """
    start = int(rng.integers(len(source) - notes))
    tempo, key = float(rng.choice([0.8, 1.0, 1.25])), int(rng.integers(-5, 7))
    pitches: list[int] = []
    lengths: list[float] = []
    own = _lengths(source)
    for k in range(start, start + notes):
        pitch, length = int(source.pitches[k]) + key, float(own[k]) * tempo
        kind = rng.integers(3) if rng.random() < edits else None
        if kind == 1:
            continue
        pitches.append(pitch + (int(rng.choice(_STEPS)) if kind == 0 else 0))
        lengths.append(length / 2 if kind == 2 else length)
        if kind == 2:
            pitches.append(pitch + int(rng.choice(_STEPS)))
            lengths.append(length / 2)
    at = int(rng.integers(5, 55))
    return _score(
        _line(
            np.concatenate([host.pitches[:at], np.array(pitches, np.int16), host.pitches[at:60]]),
            np.concatenate([_lengths(host)[:at], lengths, _lengths(host)[at:60]]),
        )
    )


def whole_line(line: Melody, notes: int) -> Score:
    """The first notes of a line."""
    return _score(_line(line.pitches[:notes], _lengths(line)[:notes]))


def stretch(line: Melody, notes: int | None, rng: np.random.Generator) -> Score:
    """A random stretch of a line, or all of it, with its own timing."""
    start = 0 if notes is None else int(rng.integers(max(len(line) - notes, 0) + 1))
    kept = slice(start, None if notes is None else start + notes)
    strength = None if line.beat_strength is None else line.beat_strength[kept]
    return _score(
        Melody(
            line.name,
            line.onsets_s[kept],
            line.durations_s[kept],
            line.onsets_q[kept],
            line.pitches[kept],
            strength,
        )
    )


def _lengths(line: Melody) -> NDArray[np.float64]:
    return np.append(np.diff(line.onsets_q), 1.0).astype(np.float64)


def _line(pitches: NDArray[np.integer], lengths: NDArray[np.float64]) -> Melody:
    lengths = np.maximum(lengths, 0.05).astype(np.float64)
    onsets = np.concatenate([[0.0], np.cumsum(lengths)[:-1]])
    return Melody("", onsets / 2, lengths / 2, onsets, np.clip(pitches, 0, 127).astype(np.int16))


def _score(*lines: Melody) -> Score:
    return Score(lines, max(float(line.onsets_s[-1] + line.durations_s[-1]) for line in lines))
