"""E-values: how many matches as strong chance alone would give in this index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from similarity.match import Band
from similarity.melody.thresholds import BLOCK_FALSE_ALARMS, REVIEW_FALSE_ALARMS

_PRIOR_WEIGHT: Final = 8.0
"""Decoy searches that the prior is worth: it decides while an index has a handful of works."""

_PRIOR_SCALE: Final = 0.9
"""Mean excess of chance hits over a high threshold, in deviations, among folk songs."""

_PRIOR_PAIR_LOCATION: Final = 1.5
"""Strength that the best of e unrelated pairs has; it grows by a scale per e-fold of the index."""


@dataclass(frozen=True, slots=True)
class NullTail:
    """The exponential tail of chance hits: ``E(x) = exp((location - x) / scale)``.

    ``location`` is the strength that one chance hit per query segment reaches in this index.
    Local alignment scores have such a tail (Karlin & Altschul 1990); for others it is cautious.
    """

    location: float
    scale: float

    @classmethod
    def fit(cls, hits: list[NDArray[np.float64]], segments: int) -> Self:
        """Peaks over threshold, from the strengths of all hits of each decoy query segment.

        The threshold is where decoys have one hit each; the scale is the mean excess over it.
        """
        prior = _PRIOR_PAIR_LOCATION + _PRIOR_SCALE * np.log(max(segments, 1))
        queries = len(hits)
        pooled = np.sort(np.concatenate([*hits, np.empty(0)]))[::-1]
        if len(pooled) <= queries or not queries:
            return cls(float(prior), _PRIOR_SCALE)
        threshold = float(pooled[queries])
        excess = float(np.sum(pooled[:queries] - threshold))
        weight = _PRIOR_WEIGHT + queries
        scale = (_PRIOR_WEIGHT * _PRIOR_SCALE + excess) / weight
        location = (_PRIOR_WEIGHT * prior + queries * threshold) / weight
        return cls(float(location), float(scale))

    def grown(self, factor: float) -> NullTail:
        """The tail in a corpus ``factor`` times as large, where chance has as many more tries."""
        return NullTail(self.location + self.scale * float(np.log(factor)), self.scale)

    def evalue(self, strength: float, query_segments: int) -> float:
        """Expected chance hits of at least this strength for a query of so many segments."""
        exponent = (self.location - strength) / self.scale
        return float(query_segments * np.exp(np.clip(exponent, -700.0, 700.0)))


def band_of(evalue: float) -> Band:
    """The band that the chosen false-alarm rates give to an E-value."""
    if evalue <= BLOCK_FALSE_ALARMS:
        return Band.BLOCK
    if evalue <= REVIEW_FALSE_ALARMS:
        return Band.REVIEW
    return Band.NONE
