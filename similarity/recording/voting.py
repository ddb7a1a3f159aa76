"""Votes for alignments: items that are alike point to the same diagonal.

Index every item, vote on (reference, offset): Haitsma and Kalker, "A Highly Robust Audio
Fingerprinting System", ISMIR 2002. Reliable bits guide the lookup as in their section 5: the signs
that an input is least sure of are also tried the other way.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from similarity.compiled import compiled
from similarity.recording.keys import KEY_GAP, SILENT_ITEM, key_of
from similarity.recording.postings import ItemPostings, Runs, runs_of
from similarity.recording.variants import VariantItems

WINDOW: Final = 80
"""Items per voting window, 10 s: long enough to tell references apart, short enough that a tempo
five per cent off keeps its votes within two bins."""

HOP: Final = WINDOW // 2
BIN: Final = 3
"""Offsets, in items, that vote together: a third of a second."""

RUN: Final = 32
"""Places that one key may vote for."""

PROBES: Final = 4
"""Keys that an item asks with: its own, and with its one or two least sure signs changed."""

LEAST_ELECTED: Final = 4
"""Diagonals that each window puts forward, however many windows there are."""

ELECTED_TOGETHER: Final = 256
"""Diagonals that the windows of a short input put forward together: it has few of them in which a
true alignment could stand out."""

_SLOTS: Final = 1 << 16


_AHEAD: Final = 1 << 40
"""Keeps diagonals positive, so that dividing them rounds one way."""


@compiled
def elect(query: VariantItems, postings: ItemPostings) -> NDArray[np.int64]:
    """The diagonals with the most votes in each window of each hypothesis.

    Returns:
        int64, shape (n, 3): number of the hypothesis, the window's first item in it, and the
        place in the corpus that it aligns with (which may lie before the corpus's start).
    """
    starts = query.starts
    most = _elected_of(len(query.items) // max(len(starts) - 1, 1))
    elected = np.empty((most * (len(query.items) // HOP + len(starts)), 3), dtype=np.int64)
    count = 0
    voters = _voters(query, postings)
    tally = tally_of(_SLOTS)
    ballots = np.empty((2, HOP * PROBES * RUN), dtype=np.int64)
    cast = np.zeros(2, dtype=np.int64)
    leaders = np.empty(most, dtype=np.int64)
    votes = np.empty(most, dtype=np.int64)
    heard = 0
    for number in range(len(starts) - 1):
        begin, end = starts[number], starts[number + 1]
        halves = -(-(end - begin) // HOP)
        cast[:] = 0
        for half in range(halves):
            last = min(begin + (half + 1) * HOP, end)
            first = heard
            while heard < len(voters.items) and voters.items[heard] < last:
                heard += 1
            cast[half % 2] = _vote(voters, first, heard, postings.places, ballots[half % 2])
            if half == 0 and halves > 1:
                continue
            lead(ballots, cast, tally, leaders, votes)
            start = max(half - 1, 0) * HOP
            for rank in range(most):
                if votes[rank] > 1:
                    elected[count, 0] = number
                    elected[count, 1] = start
                    diagonal = leaders[rank] * BIN + BIN // 2 - _AHEAD
                    elected[count, 2] = diagonal + begin + start
                    count += 1
    return elected[:count].copy()


@compiled
def _elected_of(items: int) -> int:
    """Diagonals that each window of an input of so many items puts forward."""
    return max(LEAST_ELECTED, ELECTED_TOGETHER // max(items // HOP, 1))


class Voters(NamedTuple):
    """Items that vote. ``items``: int64, shape (n,), which of the query; ``begins``: int64, and
    ``counts``: uint8, shape (n, PROBES), the runs of places that the keys of each vote for.
    """

    items: NDArray[np.int64]
    begins: NDArray[np.int64]
    counts: NDArray[np.uint8]


@compiled
def _voters(query: VariantItems, postings: ItemPostings) -> Voters:
    """All items that have a later one and are not silent, in their order."""
    items, keys = _keyed(query)
    own = runs_of(keys, postings, RUN)
    others = runs_of(_less_sure_keys(query, items, keys, own), postings, RUN)
    voters = Voters(
        items,
        np.empty((len(items), PROBES), dtype=np.int64),
        np.empty((len(items), PROBES), dtype=np.uint8),
    )
    voters.begins[:, 0], voters.counts[:, 0] = own.begins, own.counts
    voters.begins[:, 1:] = others.begins.reshape(len(items), PROBES - 1)
    voters.counts[:, 1:] = others.counts.reshape(len(items), PROBES - 1)
    return voters


@compiled
def _keyed(query: VariantItems) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """The items that vote, and their keys."""
    items = np.empty(len(query.items), dtype=np.int64)
    keys = np.empty(len(query.items), dtype=np.uint32)
    count = 0
    for number in range(len(query.starts) - 1):
        for position in range(query.starts[number], query.starts[number + 1] - KEY_GAP):
            item, later = query.items[position], query.items[position + KEY_GAP]
            if SILENT_ITEM in (item, later):
                continue
            items[count], keys[count] = position, key_of(item, later)
            count += 1
    return items[:count].copy(), keys[:count].copy()


@compiled
def _less_sure_keys(
    query: VariantItems, items: NDArray[np.int64], keys: NDArray[np.uint32], own: Runs
) -> NDArray[np.uint32]:
    """The keys that each item asks with besides its own, one after the other."""
    asked = np.empty(len(keys) * (PROBES - 1), dtype=np.uint32)
    for at in range(len(keys)):
        weakest, second = _least_sure(query.margins, items[at], np.int64(own.bits[at]))
        asked[at * (PROBES - 1)] = keys[at] ^ weakest
        asked[at * (PROBES - 1) + 1] = keys[at] ^ second
        asked[at * (PROBES - 1) + 2] = keys[at] ^ weakest ^ second
    return asked


@compiled
def _vote(
    voters: Voters,
    first: int,
    last: int,
    places: NDArray[np.uint32],
    ballots: NDArray[np.int64],
) -> int:
    """Fill in the bins of diagonals that voters ``first`` to ``last`` point to; how many."""
    # Fetched one by one, each run would wait for memory; all at once, they wait together. The sum
    # is kept, if only to be overwritten, so that the compiler does not take it for idle.
    fetched = np.int64(0)
    for voter in range(first, last):
        for probe in range(PROBES):
            if voters.counts[voter, probe]:
                fetched += np.int64(places[voters.begins[voter, probe]])
    ballots[-1] = fetched
    count = 0
    for voter in range(first, last):
        ahead = _AHEAD - voters.items[voter]
        for probe in range(PROBES):
            begin = voters.begins[voter, probe]
            for at in range(begin, begin + np.int64(voters.counts[voter, probe])):
                ballots[count] = (np.int64(places[at]) + ahead) // BIN
                count += 1
    return count


@compiled
def _least_sure(
    margins: NDArray[np.uint8], position: np.int64, bits: np.int64
) -> tuple[np.uint32, np.uint32]:
    """The two bits of a key's prefix that are the nearest to changing."""
    weakest, second = 0, 0
    least, next_least = 256, 256
    for bit in range(bits):
        margin = int(np.int64(margins[position + (bit % 2) * KEY_GAP, bit // 2]))
        if margin < least:
            second, next_least = weakest, least
            weakest, least = bit, margin
        elif margin < next_least:
            second, next_least = bit, margin
    return np.uint32(1 << (31 - weakest)), np.uint32(1 << (31 - second))


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
        tally: to count with.
        leaders, votes: to be filled: bins no two of which touch, and what each has.
    """
    counts, heard = tally.counts, tally.heard
    counts[:] = 0
    tally.turn[0] += 1
    mask = len(counts) - 1
    for half in range(2):
        for at in range(cast[half]):
            counts[ballots[half, at] & mask] += 1
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


_BIN_BITS: Final = 42
"""More than the number of any bin has."""


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
