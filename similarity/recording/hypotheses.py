"""The pitches and tempos at which an input is compared."""

from __future__ import annotations

from typing import Final

from similarity.recording.variants import Variant

PITCH_STEP: Final = 0.5
"""Semitones. References are tuned so that a quarter tone off still reads the same classes."""

ROTATIONS: Final = 24
"""Quarter tones in an octave: Chromaprint folds octaves, so that what is an octave off reads nearly
the same. Which octave it was, the peaks decide."""

TEMPO_STEP: Final = 1.1
"""Votes in 10 s windows bear a tempo that is five per cent off."""

TEMPO_STEPS: Final = 7
"""Steps to either side: from half (0.51) to twice (1.95) as fast."""


def hypotheses() -> list[Variant]:
    """The whole plane: every pitch class at every tempo, changed together or not."""
    return [
        Variant(PITCH_STEP * rotation, TEMPO_STEP**step)
        for step in range(-TEMPO_STEPS, TEMPO_STEPS + 1)
        for rotation in range(-ROTATIONS // 2, ROTATIONS // 2)
    ]
