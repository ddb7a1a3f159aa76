"""Counting votes: which bins, with their neighbours, have the most."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from similarity.compiled import compiled

_BIN_BITS: Final = 42
"""More than the number of any bin has."""


class Tally(NamedTuple):
    """Scratch for counting votes: bins that share a slot are counted as one, so there should be
    several times as many slots (a power of two) as ballots.

    ``counts``: uint16, shape (slots,); ``heard``: int64, of that shape, which bin of the slot was
    put forward last, and in which turn; ``turn``: int64, shape (1,), how often votes were counted.
    """

    counts: NDArray[np.uint16]
    heard: NDArray[np.int64]
    turn: NDArray[np.int64]


@compiled
def tally_of(slots: int) -> Tally:
    """An empty one."""
    return Tally(
        np.zeros(slots, dtype=np.uint16),
        np.zeros(slots, dtype=np.int64),
        np.zeros(1, dtype=np.int64),
    )


@compiled
def add_votes(tally: Tally, ballots: NDArray[np.int64]) -> None:
    """Count one more vote for the bin of each ballot."""
    mask = len(tally.counts) - 1
    for chosen in ballots:
        tally.counts[chosen & mask] += np.uint16(1)


@compiled
def drop_votes(tally: Tally, ballots: NDArray[np.int64]) -> None:
    """Take back the votes of ballots that were counted."""
    mask = len(tally.counts) - 1
    for chosen in ballots:
        tally.counts[chosen & mask] -= np.uint16(1)


@compiled
def lead(
    ballots: NDArray[np.int64],
    cast: NDArray[np.int64],
    tally: Tally,
    leaders: NDArray[np.int64],
    votes: NDArray[np.int64],
) -> None:
    """Fill in the bins that, with their neighbours, have the most votes of two half windows.

    Args:
        ballots, cast: shape (2, n), bins voted for, and (2,), how many of them in each half.
        tally: in which just these ballots are counted.
        leaders, votes: to be filled: bins no two of which touch, and what each has.
    """
    counts, heard = tally.counts, tally.heard
    tally.turn[0] += 1
    mask = len(counts) - 1
    votes[:] = 0
    leaders[:] = -9
    least = np.int64(0)
    for half in range(2):
        for at in range(cast[half]):
            chosen = ballots[half, at]
            total = np.int64(0)
            for step in range(-1, 2):
                total += np.int64(counts[(chosen + step) & mask])
            if total > least:
                mark = (tally.turn[0] << _BIN_BITS) | chosen
                if heard[chosen & mask] != mark:
                    heard[chosen & mask] = mark
                    least = _insert(chosen, total, leaders, votes)


@compiled
def _insert(
    chosen: np.int64,
    total: np.int64,
    leaders: NDArray[np.int64],
    votes: NDArray[np.int64],
) -> np.int64:
    """Put a bin among the leaders unless it touches a better one; the votes that the last has."""
    last = 0
    for rank in range(len(leaders)):
        if abs(leaders[rank] - chosen) <= 1 and votes[rank] >= total:
            return np.int64(votes.min())
        if votes[rank] < votes[last]:
            last = rank
    for rank in range(len(leaders)):
        if abs(leaders[rank] - chosen) <= 1:
            leaders[rank], votes[rank], last = -9, 0, rank
    leaders[last], votes[last] = chosen, total
    return np.int64(votes.min())
