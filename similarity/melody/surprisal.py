"""How much each note of a melody says: its surprisal under what the corpus does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

_LARGEST_INTERVAL: Final = 12
_SYMBOLS: Final = 2 * _LARGEST_INTERVAL + 1
_BACK_OFF: Final = 10.0
"""Observations that the next shorter context is worth."""


@dataclass(frozen=True, slots=True, eq=False)
class SurprisalModel:
    """A trigram model of melodic intervals, each order backing off to the shorter one.

    ``counts`` ``(25, 25, 25)`` int64 counts triples of successive intervals, clipped to an octave.
    In the manner of IDyOM's long-term model (Pearce 2005), reduced to one viewpoint.
    """

    counts: NDArray[np.int64]

    @classmethod
    def fit(cls, offsets: NDArray[np.int64], pitches: NDArray[np.int16]) -> Self:
        """Count the interval triples of segments laid end to end (see ``Segments``)."""
        counts = np.zeros((_SYMBOLS, _SYMBOLS, _SYMBOLS), dtype=np.int64)
        symbols = _symbols(pitches)
        inside = np.ones(len(symbols), dtype=np.bool_)
        inside[offsets[1:-1] - 1] = False
        triple = inside[:-2] & inside[1:-1] & inside[2:] if len(symbols) > 2 else inside[:0]
        first, second, third = (symbols[k : len(triple) + k][triple] for k in range(3))
        np.add.at(counts, (first, second, third), 1)
        return cls(counts)

    def table(self) -> NDArray[np.float64]:
        """Bits of each interval after two others, ``(25, 25, 25)``."""
        pairs = self.counts.sum(axis=0)
        singles = pairs.sum(axis=0)
        p1 = (singles + 1.0) / (singles.sum() + _SYMBOLS)
        p2 = (pairs + _BACK_OFF * p1) / (pairs.sum(axis=1, keepdims=True) + _BACK_OFF)
        p3 = (self.counts + _BACK_OFF * p2) / (self.counts.sum(axis=2, keepdims=True) + _BACK_OFF)
        return np.asarray(-np.log2(p3))

    def mean_bits(self) -> float:
        """Mean surprisal of the corpus's own notes; that of an even choice when it is empty."""
        total = self.counts.sum()
        if not total:
            return float(np.log2(_SYMBOLS))
        return float(np.sum(self.counts * self.table()) / total)


def note_surprisal(table: NDArray[np.float64], pitches: NDArray[np.int16]) -> NDArray[np.float32]:
    """Bits per note, shape of ``pitches``: the mean over the intervals that lead to and from it.

    The first intervals have no context; they get the mean of the others.
    """
    symbols = _symbols(pitches)
    if len(symbols) < 3:
        return np.full(len(pitches), float(np.mean(table)), dtype=np.float32)
    known = table[symbols[:-2], symbols[1:-1], symbols[2:]]
    of_interval = np.concatenate([np.full(2, known.mean()), known])
    return np.concatenate(
        [of_interval[:1], (of_interval[:-1] + of_interval[1:]) / 2, of_interval[-1:]]
    ).astype(np.float32)


def _symbols(pitches: NDArray[np.int16]) -> NDArray[np.int64]:
    wide = pitches.astype(np.int64)
    steps = np.clip(wide[1:] - wide[:-1], -_LARGEST_INTERVAL, _LARGEST_INTERVAL)
    return np.asarray(steps + _LARGEST_INTERVAL, dtype=np.int64)
