"""Low-complexity masking: drones, trills and runs are everybody's."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

_WINDOW: Final = 16
_LARGEST_INTERVAL: Final = 12
_SYMBOLS: Final = 2 * _LARGEST_INTERVAL + 1
_PLAIN_BITS: Final = 0.6
"""Entropy of the intervals of a drone or a scale, with a note or two out of line."""
_FULL_BITS: Final = 1.6
"""Four tunes in five have more in every window."""
_FLOOR: Final = 0.1


def complexity(pitches: NDArray[np.int16]) -> NDArray[np.float32]:
    """How much each note counts, 0.1 to 1, by the entropy of the intervals around it; ``(n,)``.

    What masking of low-complexity regions is to sequence search (SEG, Wootton & Federhen 1993):
    repetitive stretches align with each other however unrelated the works are.
    """
    wide = pitches.astype(np.int64)
    steps = np.clip(wide[1:] - wide[:-1], -_LARGEST_INTERVAL, _LARGEST_INTERVAL)
    if len(steps) < _WINDOW // 2:
        return np.ones(len(pitches), dtype=np.float32)
    seen = np.zeros((len(steps) + 1, _SYMBOLS))
    seen[np.arange(1, len(steps) + 1), steps + _LARGEST_INTERVAL] = 1.0
    seen = np.cumsum(seen, axis=0)
    width = min(_WINDOW, len(steps))
    firsts = np.clip(np.arange(len(pitches)) - width // 2, 0, len(steps) - width)
    shares = (seen[firsts + width] - seen[firsts]) / width
    bits = -np.sum(shares * np.log2(np.where(shares > 0, shares, 1.0)), axis=1)
    masked = np.clip((bits - _PLAIN_BITS) / (_FULL_BITS - _PLAIN_BITS), _FLOOR, 1.0)
    return np.asarray(masked, dtype=np.float32)
