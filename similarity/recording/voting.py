"""Votes for alignments: items that are alike point to the same diagonal.

Index every item, vote on (reference, offset): Haitsma and Kalker, "A Highly Robust Audio
Fingerprinting System", ISMIR 2002. The keys that items are looked up by are a few of their bits;
of a short input each vote is checked by all of them before it counts.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from similarity.compiled import compiled
from similarity.recording.bits import bits_set
from similarity.recording.keys import KEY_GAP
from similarity.recording.postings import ItemPostings
from similarity.recording.tally import add_votes, drop_votes, lead, tally_of
from similarity.recording.variants import VariantItems
from similarity.recording.voters import PROBES, Voters, voters_of

WINDOW: Final = 80
"""Items per voting window, 10 s: long enough to tell references apart, short enough that a tempo
five per cent off keeps its votes within two bins."""

HOP: Final = WINDOW // 2
BIN: Final = 3
"""Offsets, in items, that vote together: a third of a second."""

SHORT: Final = 720
"""Items, a minute and a half. An input no longer than this has few windows in which a true
alignment could stand out: it may cast as many votes as one of this length, and each is checked."""

LEAST_RUN: Final = 32
MOST_RUN: Final = 128
"""Places that one key may vote for, in a long and in a short input."""

MOST_UNLIKE: Final = 18
"""Bits, of the 64 of two items, in which both sides of a vote may differ where votes are checked:
94 % of true votes differ in no more, 10 % of the others (measured on the part for tuning)."""

LEAST_ELECTED: Final = 4
"""Diagonals that each window puts forward, however many windows there are."""

ELECTED_TOGETHER: Final = 256
"""Diagonals that the windows of a short input put forward together."""

_SLOTS: Final = 1 << 16

_AHEAD: Final = 1 << 40
"""Keeps diagonals positive, so that dividing them rounds one way."""


class Limits(NamedTuple):
    """What the items of an input of some length may do: vote for ``run`` places a key, if they are
    ``checked``, for those only that they are like; a window may put ``elected`` diagonals forward.
    """

    run: int
    checked: bool
    elected: int


@compiled
def _limits_for(items: int) -> Limits:
    return Limits(
        run=min(max(LEAST_RUN * SHORT // max(items, 1), LEAST_RUN), MOST_RUN),
        checked=items <= SHORT,
        elected=max(LEAST_ELECTED, ELECTED_TOGETHER // max(items // HOP, 1)),
    )


@compiled
def elect(query: VariantItems, postings: ItemPostings) -> NDArray[np.int64]:
    """The diagonals with the most votes in each window of each hypothesis.

    Returns:
        int64, shape (n, 3): number of the hypothesis, the window's first item in it, and the
        place in the corpus that it aligns with (which may lie before the corpus's start).
    """
    starts = query.starts
    limits = _limits_for(len(query.items) // max(len(starts) - 1, 1))
    most = limits.elected
    elected = np.empty((most * (len(query.items) // HOP + len(starts)), 3), dtype=np.int64)
    rows = 0
    voters = voters_of(query, postings, limits.run)
    tally = tally_of(_SLOTS)
    ballots = np.empty((2, HOP * PROBES * limits.run), dtype=np.int64)
    cast = np.zeros(2, dtype=np.int64)
    leaders = np.empty(most, dtype=np.int64)
    votes = np.empty(most, dtype=np.int64)
    heard = 0
    for number in range(len(starts) - 1):
        begin, end = starts[number], starts[number + 1]
        halves = -(-(end - begin) // HOP)
        for side in range(2):
            drop_votes(tally, ballots[side, : cast[side]])
            cast[side] = 0
        for half in range(halves):
            last = min(begin + (half + 1) * HOP, end)
            first = heard
            while heard < len(voters.items) and voters.items[heard] < last:
                heard += 1
            side = half % 2
            ballot = ballots[side]
            drop_votes(tally, ballot[: cast[side]])
            if limits.checked:
                cast[side] = _checked_vote(voters, first, heard, postings, ballot)
            else:
                cast[side] = _vote(voters, first, heard, postings.places, ballot)
            add_votes(tally, ballot[: cast[side]])
            if half == 0 and halves > 1:
                continue
            lead(ballots, cast, tally, leaders, votes)
            start = max(half - 1, 0) * HOP
            for rank in range(most):
                if votes[rank] > 1:
                    elected[rows, 0] = number
                    elected[rows, 1] = start
                    diagonal = leaders[rank] * BIN + BIN // 2 - _AHEAD
                    elected[rows, 2] = diagonal + begin + start
                    rows += 1
    return elected[:rows].copy()


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
def _checked_vote(
    voters: Voters,
    first: int,
    last: int,
    postings: ItemPostings,
    ballots: NDArray[np.int64],
) -> int:
    """Likewise, of those only whose two items are alike in all their bits."""
    known = postings.items
    count = 0
    for voter in range(first, last):
        item = voters.items[voter]
        one, later = voters.query[item], voters.query[item + KEY_GAP]
        for probe in range(PROBES):
            begin = voters.begins[voter, probe]
            for at in range(begin, begin + np.int64(voters.counts[voter, probe])):
                place = np.int64(postings.places[at])
                unlike = bits_set(one ^ known[place]) + bits_set(later ^ known[place + KEY_GAP])
                if unlike <= MOST_UNLIKE:
                    ballots[count] = (place + _AHEAD - item) // BIN
                    count += 1
    return count
