"""How much an alignment speaks for a match, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.ndimage import maximum_filter1d

from similarity.recording.classifiers import FILTER_WIDTH
from similarity.recording.keys import SILENT_ITEM
from similarity.thresholds import (
    EXTENSION_BIT_ERROR,
    LEAST_ERROR,
    MATCH_BIT_ERROR,
    RANDOM_BIT_ERROR,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

ELSEWHERE: Final = np.array((-61, -53, -47, -41, -37, -29, 29, 37, 41, 47, 53, 61))
"""Offsets in items (3.6 to 7.6 s, no two in ratio) at which a match must *not* hold as well."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Aligned items ``start`` to ``stop``; ``evidence`` is what they add up to.

    ``bit_error`` is the mean over the stretch that gave the evidence, before it was extended.
    """

    start: int
    stop: int
    evidence: float
    bit_error: float


def bit_errors(
    query: NDArray[np.uint32], reference: NDArray[np.uint32], offset: int
) -> NDArray[np.float64]:
    """Bit error rate of each query item against the reference item ``offset`` further on.

    1 where the reference has no such item: outside it nothing matches.
    """
    at = np.arange(len(query)) + offset
    inside = (at >= 0) & (at < len(reference))
    theirs = reference[np.clip(at, 0, len(reference) - 1)]
    return np.where(inside, np.bitwise_count(query ^ theirs) / 32.0, 1.0)


def contrasted_errors(
    query: NDArray[np.uint32], reference: NDArray[np.uint32], offset: int
) -> NDArray[np.float64]:
    """Bit error rates, set against those a few seconds off.

    Steady sounds (noise, drones, hum) agree with each other at any offset, two white noises in 82 %
    of bits. So an item only counts for as much as it agrees *better here than elsewhere*, whichever
    of the two sides is moved: a note held in one of them is no likeness either.
    """
    here = bit_errors(query, reference, offset)
    there = np.stack([bit_errors(query, reference, offset + int(step)) for step in ELSEWHERE])
    # Row by row, the query moved instead: ELSEWHERE mirrors itself.
    moved = np.stack(
        [_moved(row, int(step)) for row, step in zip(there[::-1], ELSEWHERE, strict=True)]
    )
    background = np.minimum(_background(there), _background(moved))
    ratio = (here + LEAST_ERROR) / (background + LEAST_ERROR)
    errors = np.where(here < 1.0, np.minimum(ratio * RANDOM_BIT_ERROR, 1.0), 1.0)
    at = np.clip(np.arange(len(query)) + offset, 0, len(reference) - 1)
    return np.where(near_silence(query) | near_silence(reference)[at], 1.0, errors)


def _moved(row: NDArray[np.float64], step: int) -> NDArray[np.float64]:
    """``row[i + step]`` at i, unknown beyond the ends."""
    at = np.arange(len(row)) + step
    return np.where((at >= 0) & (at < len(row)), row[np.clip(at, 0, len(row) - 1)], 1.0)


def _background(there: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean error elsewhere, where there is an elsewhere; that of unrelated music where not."""
    known = there < 1.0
    count = known.sum(axis=0)
    mean = np.where(known, there, 0.0).sum(axis=0) / np.maximum(count, 1)
    return np.minimum(np.where(count > 0, mean, RANDOM_BIT_ERROR), RANDOM_BIT_ERROR)


def near_silence(items: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Items whose 16 frames may touch digital silence: that a sound stops is no likeness."""
    return np.asarray(maximum_filter1d(items == SILENT_ITEM, 2 * FILTER_WIDTH + 1), dtype=np.bool_)


def best_segment(errors: NDArray[np.float64]) -> Segment:
    """The run of aligned items with the largest evidence, its ends followed through noise.

    Each item adds ``MATCH_BIT_ERROR`` minus its error. As in gapless local alignment (Karlin and
    Altschul, PNAS 1990), the sum drifts down under chance, so its maximum has an exponential tail.
    """
    start, stop, evidence = _maximum_sum(MATCH_BIT_ERROR - errors)
    if stop == start:
        return Segment(0, 0, 0.0, 1.0)
    stretch = EXTENSION_BIT_ERROR - errors
    return Segment(
        start=start - _reach(stretch[:start][::-1]),
        stop=stop + _reach(stretch[stop:]),
        evidence=evidence,
        bit_error=float(errors[start:stop].mean()),
    )


def _maximum_sum(gains: NDArray[np.float64]) -> tuple[int, int, float]:
    """Start, stop and sum of the run with the largest sum; an empty run when all are negative."""
    total = np.concatenate(([0.0], np.cumsum(gains)))
    stop = int((total - np.minimum.accumulate(total)).argmax())
    start = int(total[: stop + 1].argmin())
    return start, stop, float(total[stop] - total[start])


def _reach(gains: NDArray[np.float64]) -> int:
    """How many items to go on from a certain match while the sum still grows."""
    return int(np.concatenate(([0.0], np.cumsum(gains))).argmax())
