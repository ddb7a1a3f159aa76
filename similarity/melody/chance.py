"""How well unrelated music aligns with a segment, so that scores can be compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from similarity.melody.alignment import GLOBAL, LOCAL, align_segments
from similarity.melody.decoys import chimeras
from similarity.melody.notes import Notes
from similarity.melody.segments import Segments
from similarity.melody.thresholds import (
    BACKGROUND_POOL,
    BACKGROUND_SIZE,
    MIN_DECOY_SOURCES,
)

_PRIOR_WEIGHT: Final = 16.0
"""Observations that the prior is worth, beside 32 measured: it steadies noisy levels, and decides
for the first works of an index."""

_LEAST_SPREAD: Final = 0.6
"""Of the prior's: a query that aligns equally badly with all decoys is no better for it."""

_PRIOR_LOCAL: Final = (-0.7, 2.0)
"""Mean and deviation of local score - ln(n·m) between unrelated folk songs."""

_PRIOR_GLOBAL: Final = (-0.03, 0.1)
"""The same of global score / length of the longer segment."""


@dataclass(frozen=True, slots=True, eq=False)
class ChanceLevel:
    """Mean and deviation of both scores against unrelated music; arrays ``(s,)`` float64."""

    local_mean: NDArray[np.float64]
    local_sd: NDArray[np.float64]
    global_mean: NDArray[np.float64]
    global_sd: NDArray[np.float64]

    @classmethod
    def joined(cls, first: ChanceLevel, second: ChanceLevel) -> Self:
        """The levels of two sets of segments, one after the other."""
        return cls(
            np.concatenate([first.local_mean, second.local_mean]),
            np.concatenate([first.local_sd, second.local_sd]),
            np.concatenate([first.global_mean, second.global_mean]),
            np.concatenate([first.global_sd, second.global_sd]),
        )

    def of(self, chosen: NDArray[np.int64]) -> ChanceLevel:
        """The levels of some segments, in that order."""
        return ChanceLevel(
            self.local_mean[chosen],
            self.local_sd[chosen],
            self.global_mean[chosen],
            self.global_sd[chosen],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Background:
    """Decoys of the index's segments, in order of length."""

    segments: Segments

    @classmethod
    def draw(cls, segments: Segments, rng: np.random.Generator) -> Self:
        """At most ``BACKGROUND_POOL`` decoys, modelled on segments drawn at random."""
        count = min(BACKGROUND_POOL, len(segments)) if len(segments) >= MIN_DECOY_SOURCES else 0
        drawn = np.sort(rng.choice(len(segments), count, replace=False))
        by_length = drawn[np.argsort(segments.lengths[drawn], kind="stable")]
        return cls(chimeras(segments, by_length, rng))

    def chance_level(self, notes: Notes, rhythm: float) -> tuple[float, float, float, float]:
        """Mean and deviation of the local, then of the global score of one segment.

        ``rhythm`` as in ``costs.substitution``.
        """
        length = len(notes.pitches)
        nearest = self._nearest(length)
        decoys = self.segments
        scores = align_segments(notes, decoys.notes, decoys.offsets, nearest, rhythm)
        local, whole = comparable(scores, length, decoys.lengths[nearest])
        return *_moments(local, _PRIOR_LOCAL), *_moments(whole, _PRIOR_GLOBAL)

    def _nearest(self, length: int) -> NDArray[np.int64]:
        lengths = self.segments.lengths
        middle = int(np.searchsorted(lengths, length))
        first = max(0, min(middle - BACKGROUND_SIZE // 2, len(lengths) - BACKGROUND_SIZE))
        return np.arange(first, min(first + BACKGROUND_SIZE, len(lengths)), dtype=np.int64)


def comparable(
    scores: NDArray[np.float64], length: int, lengths: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Local and global scores on scales that lengths do not stretch, shapes ``(k,)``.

    The best of n·m starting points grows with ln(n·m) by chance alone (Karlin & Altschul 1990);
    a global score grows with the notes it must account for.
    """
    local = scores[:, LOCAL] - np.log(length * lengths)
    whole = scores[:, GLOBAL] / np.maximum(length, lengths)
    return local, whole


def _moments(values: NDArray[np.float64], prior: tuple[float, float]) -> tuple[float, float]:
    known = values[np.isfinite(values)]
    weight = _PRIOR_WEIGHT + len(known)
    mean = (_PRIOR_WEIGHT * prior[0] + known.sum()) / weight
    spread = _PRIOR_WEIGHT * prior[1] ** 2 + np.sum((known - mean) ** 2)
    return float(mean), max(float(np.sqrt(spread / weight)), _LEAST_SPREAD * prior[1])


def stack(levels: list[tuple[float, float, float, float]]) -> ChanceLevel:
    """Chance levels of several segments as arrays."""
    columns = np.array(levels, dtype=np.float64).reshape(len(levels), 4).T
    return ChanceLevel(*(np.ascontiguousarray(column) for column in columns))


def strength(
    local: NDArray[np.float64],
    whole: NDArray[np.float64],
    query: tuple[float, float, float, float],
    references: ChanceLevel,
) -> NDArray[np.float64]:
    """How far ``k`` pairs stand above chance, in deviations, ``(k,)``.

    ``local`` and ``whole`` as from ``comparable``; ``query`` and ``references`` are the chance
    levels of both sides. Symmetric z-normalisation: the mean of the distance from what is usual
    for the query and from what is usual for the reference; the better of local and global counts.
    """
    query_local, query_local_sd, query_global, query_global_sd = query
    z_local = (local - query_local) / query_local_sd
    z_local += (local - references.local_mean) / references.local_sd
    z_global = (whole - query_global) / query_global_sd
    z_global += (whole - references.global_mean) / references.global_sd
    return np.asarray(np.maximum(z_local, z_global) / 2, dtype=np.float64)
