"""Note-for-note copies: the same line in any key and at any tempo."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from similarity.melody.score import Melody
from similarity.melody.segments import log_ioi

_SAME_RHYTHM: Final = 0.02
"""Octaves of inter-onset interval lost to the tick grid of a file format."""


def is_copy(query: Melody, reference: Melody) -> bool:
    """Whether both lines have the same notes up to transposition and tempo.

    The length of the last note is left out: formats disagree on it.
    """
    if len(query) != len(reference) or not len(query):
        return False
    steps = query.pitches - reference.pitches
    if np.any(steps != steps[0]):
        return False
    tempo = (log_ioi(query) - log_ioi(reference))[:-1]
    return bool(np.ptp(tempo) <= _SAME_RHYTHM) if len(tempo) else True


def copied_lines(query: Sequence[Melody], reference: Sequence[Melody]) -> int:
    """How many of the query's lines are copies of some line of the reference."""
    return sum(any(is_copy(mine, theirs) for theirs in reference) for mine in query)
