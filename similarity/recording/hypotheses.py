"""The speeds and pitches at which an input is compared."""

from __future__ import annotations

from typing import Final

import numpy as np

from similarity.recording.chroma import Variant

PITCH_STEP: Final = 0.5
"""Semitones. References are tuned so that a quarter tone off still reads the same classes."""

PITCH_REACH: Final = 12.5
"""An octave up or down, plus the half semitone that a reference's tuning may take."""

TEMPO_STEP: Final = 1.1
"""Votes in 10 s windows bear a tempo that is five per cent off."""

TEMPO_REACH: Final = 2.0
"""From half to twice as fast."""


def hypotheses() -> list[Variant]:
    """Three lines through the plane of pitch and tempo, and their surroundings.

    As it is; played faster or slower, so that both change together; transposed alone; stretched
    alone. A tempo tolerance of some ten per cent around each line catches mixtures.
    """
    pitches = np.arange(-PITCH_REACH, PITCH_REACH + PITCH_STEP / 2, PITCH_STEP).tolist()
    steps = int(np.ceil(np.log(TEMPO_REACH) / np.log(TEMPO_STEP)))
    tempos = [TEMPO_STEP**step for step in range(-steps, steps + 1) if step]
    own = (-PITCH_STEP, 0.0, PITCH_STEP)  # a reference's tuning lies between these
    return [
        *(Variant(pitch, 1.0) for pitch in pitches),
        *(Variant(pitch, 2 ** (pitch / 12)) for pitch in pitches if pitch),
        *(Variant(pitch, tempo) for tempo in tempos for pitch in own),
    ]
