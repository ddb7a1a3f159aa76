"""How strong each position of a bar is in the notated metre."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_ON_GRID = 1 / 32
"""Quarter notes by which a note may miss its position: played MIDI is never exact."""


def beat_strength(
    positions_q: NDArray[np.float64], numerator: int, denominator: int
) -> NDArray[np.float32]:
    """Metric weight in (0, 1] of positions in quarters from the bar line, shape ``(n,)``.

    The usual hierarchy (Lerdahl & Jackendoff 1983): 1 on the downbeat, halved at each level below:
    half bar or group of three in compound metre, beat, subdivision.
    """
    strength = np.full(positions_q.shape, 0.125, dtype=np.float32)
    for level, unit in zip((0.25, 0.5, 1.0), _units(numerator, denominator), strict=True):
        on_unit = np.abs((positions_q + _ON_GRID) % unit - _ON_GRID) <= _ON_GRID
        strength[on_unit] = level
    return strength


def _units(numerator: int, denominator: int) -> tuple[float, float, float]:
    """Lengths in quarters of the levels worth 0.25, 0.5 and 1."""
    beat = 4.0 / denominator
    bar = numerator * beat
    if numerator % 4 == 0:
        return bar / 4, bar / 2, bar
    if numerator > 3 and numerator % 3 == 0:
        return beat, 3 * beat, bar
    return beat / 2, beat, bar
