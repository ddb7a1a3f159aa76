"""The notes of one stretch as arrays, in the form that compiled code takes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Notes(NamedTuple):
    """``n`` notes: ``pitches`` int16, ``log_ioi`` and ``weights`` float32, each ``(n,)``.

    ``log_ioi`` is log2 of the quarters to the next onset, ``weights`` how much each note counts,
    around 1. A named tuple because Numba compiles functions of it.
    """

    pitches: NDArray[np.int16]
    log_ioi: NDArray[np.float32]
    weights: NDArray[np.float32]

    def part(self, start: int, stop: int) -> Notes:
        """The notes from ``start`` up to ``stop``."""
        own = slice(start, stop)
        return Notes(self.pitches[own], self.log_ioi[own], self.weights[own])
