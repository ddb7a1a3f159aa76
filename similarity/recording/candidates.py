"""Candidate alignments: votes put them forward, the bit error rate sorts them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from similarity.compiled import compiled
from similarity.recording.bits import bits_set
from similarity.recording.postings import ItemPostings
from similarity.recording.variants import VariantItems
from similarity.recording.voting import BIN, WINDOW, elect
from similarity.thresholds import LEAST_ERROR, RANDOM_BIT_ERROR

_JITTER: Final = BIN // 2 + 1
"""Items to either side at which an alignment is tried: the width of a voting bin."""

_ELSEWHERE: Final = np.array((-53, -37, 37, 53))
"""Items off the alignment, some seconds away, where a real match does not hold."""

_LEAST_COMMON: Final = 8
"""Items, a second: less in common with a reference proves nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Alignments, best first: arrays of one length.

    ``variant``: index of the hypothesis; ``start``: the first item of the window in it;
    ``reference``: its number; ``item``: the reference's item that it aligns with, negative where
    the window begins before the reference; ``worth``: agreement over the window, in units that
    chance spreads by about one.
    """

    variant: NDArray[np.int64]
    start: NDArray[np.int64]
    reference: NDArray[np.int64]
    item: NDArray[np.int64]
    worth: NDArray[np.float64]

    def first(self, count: int) -> Candidates:
        """The best of them."""
        return self.at(np.arange(min(count, len(self.worth))))

    def sorted_by(self, promise: NDArray[np.float64]) -> Candidates:
        """All of them, those of the greatest promise first."""
        return self.at(np.argsort(-promise, kind="stable"))

    def at(self, rows: NDArray[np.intp]) -> Candidates:
        """Some of them, in the order of their rows."""
        return Candidates(*(getattr(self, column.name)[rows] for column in fields(self)))


def find_candidates(
    query: VariantItems, postings: ItemPostings, alive: NDArray[np.bool_]
) -> Candidates:
    """Candidate alignments of an input given as its items under each hypothesis.

    Args:
        query: the input, with margins.
        postings: of a corpus.
        alive: shape (references,), false for those that were removed.
    """
    found, worth = _verified(elect(query, postings), query, postings, alive)
    order = np.argsort(-worth, kind="stable")
    variant, start, reference, item = found[order].T
    return Candidates(variant, start, reference, item, worth[order])


@compiled
def _verified(
    elected: NDArray[np.int64],
    query: VariantItems,
    postings: ItemPostings,
    alive: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Variant, start, reference and item of each alignment with each reference that its window
    runs across (where references are short, it meets several), and its worth.
    """
    bounds = postings.starts
    found = np.empty((2 * len(elected) + len(bounds), 4), dtype=np.int64)
    worth = np.empty(len(found))
    count = 0
    for row in range(len(elected)):
        variant, start, place = elected[row]
        first = query.starts[variant] + start
        window = query.items[first : min(first + WINDOW, query.starts[variant + 1])]
        number = max(np.searchsorted(bounds, place, side="right") - 1, 0)
        while number < len(bounds) - 1 and bounds[number] < place + len(window):
            item, value = 0, 0.0
            if alive[number]:
                reference = postings.items[bounds[number] : bounds[number + 1]]
                item, value = _best_nearby(window, reference, place - bounds[number])
            if value > 0:
                if count == len(found):
                    found = np.concatenate((found, np.empty_like(found)))
                    worth = np.concatenate((worth, np.empty_like(worth)))
                found[count, 0], found[count, 1] = variant, start
                found[count, 2], found[count, 3] = number, item
                worth[count] = value
                count += 1
            number += 1
    return found[:count].copy(), worth[:count].copy()


@compiled
def _best_nearby(
    window: NDArray[np.uint32], reference: NDArray[np.uint32], item: int
) -> tuple[int, float]:
    """The best alignment within the voting bin's width, and its worth.

    Steady sounds agree at any offset, so only what agrees better here than elsewhere counts; and a
    short overlap at the edge of a reference is easily good by chance.
    """
    background = 0.0
    for step in _ELSEWHERE:
        error, common = _error(window, reference, item + step)
        background += min(error, RANDOM_BIT_ERROR) if common else RANDOM_BIT_ERROR
    background /= len(_ELSEWHERE)
    best, where = 0.0, item
    for step in range(-_JITTER, _JITTER + 1):
        error, common = _error(window, reference, item + step)
        if common < _LEAST_COMMON:
            continue
        value = (1 - (error + LEAST_ERROR) / (background + LEAST_ERROR)) * np.sqrt(common)
        if value > best:
            best, where = value, item + step
    return where, best


@compiled
def _error(
    window: NDArray[np.uint32], reference: NDArray[np.uint32], item: int
) -> tuple[float, int]:
    """Bit error rate where both have items, and how many those are."""
    first, last = max(0, -item), min(len(window), len(reference) - item)
    if last <= first:
        return 1.0, 0
    ours, theirs = window[first:last], reference[item + first : item + last]
    wrong = np.uint32(0)
    for position in range(len(ours)):
        wrong += bits_set(ours[position] ^ theirs[position])
    return np.int64(wrong) / (32 * (last - first)), last - first
