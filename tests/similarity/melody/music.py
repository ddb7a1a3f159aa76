"""Tunes with the statistics of folk song."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from similarity.melody.score import Melody, Score

_MAJOR = (0, 2, 4, 5, 7, 9, 11)
_STEPS = (0.04, 0.05, 0.12, 0.23, 0.12, 0.23, 0.12, 0.05, 0.04)
"""How often each step of -4 to 4 degrees is taken."""


def melody(pitches: Sequence[int], lengths_q: Sequence[float], name: str = "tune") -> Melody:
    """A line of notes that follow each other, at 120 quarters a minute."""
    lengths = np.asarray(lengths_q, dtype=np.float64)
    onsets = np.concatenate([[0.0], np.cumsum(lengths)[:-1]])
    return Melody(name, onsets / 2, lengths / 2, onsets, np.asarray(pitches, dtype=np.int16))


def score(*lines: Melody) -> Score:
    return Score(lines, max(float(line.onsets_s[-1] + line.durations_s[-1]) for line in lines))


def random_tune(rng: np.random.Generator, notes: int = 48) -> Melody:
    """A walk on a major scale that mostly steps, with the rhythm of a song."""
    steps = rng.choice([-4, -3, -2, -1, 0, 1, 2, 3, 4], notes, p=_STEPS)
    degrees = np.abs((7 + np.cumsum(steps)) % 26 - 13)  # turns back at the ends of two octaves
    pitches = [60 + 12 * (int(d) // 7) + _MAJOR[int(d) % 7] for d in degrees]
    return melody(pitches, rng.choice([0.5, 0.5, 1.0, 1.5, 2.0], notes).tolist())


def transposed(line: Melody, semitones: int, stretch: float = 1.0) -> Melody:
    """The same line in another key and tempo."""
    return Melody(
        line.name,
        line.onsets_s * stretch,
        line.durations_s * stretch,
        line.onsets_q,
        (line.pitches + semitones).astype(np.int16),
        line.beat_strength,
    )
