"""Low-complexity masking: drones, trills and runs are everybody's."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from similarity.compiled import compiled

_WINDOW: Final = 16
_LARGEST_INTERVAL: Final = 12
_SYMBOLS: Final = 2 * _LARGEST_INTERVAL + 1
_PLAIN_BITS: Final = 0.6
"""Entropy of the intervals of a drone or a scale, with a note or two out of line."""
_FULL_BITS: Final = 1.6
"""Four tunes in five have more in every window."""
_FLOOR: Final = 0.1


@compiled
def complexity(pitches: NDArray[np.int16]) -> NDArray[np.float32]:
    """How much each note counts, 0.1 to 1, by the entropy of the intervals around it; ``(n,)``.

    What masking of low-complexity regions is to sequence search (SEG, Wootton & Federhen 1993):
    repetitive stretches align with each other however unrelated the works are.
    """
    count = len(pitches) - 1
    masked = np.ones(len(pitches), dtype=np.float32)
    if count < _WINDOW // 2:
        return masked
    width = min(_WINDOW, count)
    seen = np.zeros(_SYMBOLS, dtype=np.int64)
    for step in range(width):
        seen[_symbol(pitches, step)] += 1
    first = 0
    for note in range(len(pitches)):
        while first < min(note - width // 2, count - width):
            seen[_symbol(pitches, first)] -= 1
            seen[_symbol(pitches, first + width)] += 1
            first += 1
        bits = 0.0
        for symbol in range(_SYMBOLS):
            if seen[symbol]:
                share = seen[symbol] / width
                bits -= share * math.log2(share)
        kept = (bits - _PLAIN_BITS) / (_FULL_BITS - _PLAIN_BITS)
        masked[note] = min(max(kept, _FLOOR), 1.0)
    return masked


@compiled
def _symbol(pitches: NDArray[np.int16], step: int) -> int:
    """The interval to the next note, clipped to an octave and counted from zero."""
    interval = int(pitches[step + 1]) - int(pitches[step])
    return min(max(interval, -_LARGEST_INTERVAL), _LARGEST_INTERVAL) + _LARGEST_INTERVAL
