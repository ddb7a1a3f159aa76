"""Find a recording by pairs of its peaks, unmoved in pitch and speed.

Wang's combinatorial hashing ("An Industrial-Strength Audio Search Algorithm", ISMIR 2003): two
peaks, their bins and the time between them make a key that is rare enough to look up; keys that
agree vote on (reference, offset). The input is given many more peaks and pairs than references are,
because which of them belong to a hidden source cannot be known.

Only pairs whose key falls into a fixed eighth of all keys are posted and asked for, as in min-wise
sampling (Broder, 1997): that costs an eighth, and what both sides have in common stays in common.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from similarity.compiled import compiled
from similarity.recording.corpus import Laid, sealed
from similarity.recording.peaks import SECONDS_PER_FRAME, restored, unpack
from similarity.recording.tally import add_votes, drop_votes, lead, tally_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

REFERENCE_FANOUT: Final = 4
QUERY_FANOUT: Final = 20
"""Three times as many peaks lie between any two: pairs must reach across them."""

LEAST_GAP: Final = 2
MOST_GAP: Final = 63
"""Frames between the peaks of a pair: 46 ms to 1.5 s."""

MOST_RISE: Final = 63
"""Bins between them: 0.68 kHz."""

WINDOW_FRAMES: Final = 430
"""10 s of votes are counted together, so that an excerpt stands out in a long input."""

MAX_CANDIDATES: Final = 150

_ELECTED: Final = 24
"""Diagonals that each window puts forward."""

_BIN: Final = 3
_KEY_BITS: Final = 22
_SAMPLED_BITS: Final = 19
_SHARED_BITS: Final = 2
"""In a small corpus some four places share an entry of the table: stray votes, but few."""

_LEAST_PREFIX: Final = 8
_SCRAMBLE: Final = 0x2545F5
"""Odd, so that multiplying by it permutes the keys: an eighth of them is then a fair sample."""

_COMMONEST: Final = 2048
"""Places of one key beyond which it says nothing: rhythm and pedal notes."""

_SIEVE: Final = 1 << 12
"""Bins that are told apart at a glance where a few of very many are sought."""

_HALF: Final = WINDOW_FRAMES // 2
_SLOTS: Final = (1 << 14, 1 << 21)


@dataclass(frozen=True, slots=True, eq=False)
class LandmarkPostings:
    """``places``: uint32, shape (n,), frames at which pairs begin, all references laid end to end,
    in order of their keys; ``table``: uint32, shape (2^prefix + 1,), where the places of each
    prefix of a key begin; ``bases``: int64, where each reference begins, and where the last ends.
    """

    places: NDArray[np.uint32]
    table: NDArray[np.uint32]
    bases: NDArray[np.int64]

    @classmethod
    def of(cls, peaks: Laid[np.uint16]) -> Self:
        keyed = []
        bases = [0]
        for number in range(len(peaks)):
            own = restored(peaks.part(number))
            frames, bins = unpack(own)
            keys, firsts = pair_keys(frames, bins, REFERENCE_FANOUT)
            keyed.append(
                (keys.astype(np.uint64) << np.uint64(32)) | (firsts + bases[-1]).astype(np.uint64)
            )
            # Room between references, so that no diagonal of votes runs from one into the next.
            bases.append(bases[-1] + int(frames.max(initial=0)) + MOST_GAP)
        everything = np.concatenate(keyed) if keyed else np.zeros(0, dtype=np.uint64)
        everything.sort()
        bits = np.ceil(np.log2(len(everything) + 1)) - _SHARED_BITS
        prefix = int(np.clip(bits, _LEAST_PREFIX, _SAMPLED_BITS))
        shift = np.uint64(32 + _SAMPLED_BITS - prefix)
        counts = np.bincount((everything >> shift).astype(np.int64), minlength=1 << prefix)
        return cls(
            sealed((everything & np.uint64(0xFFFFFFFF)).astype(np.uint32)),
            sealed(np.concatenate(([0], np.cumsum(counts))).astype(np.uint32)),
            sealed(np.array(bases, dtype=np.int64)),
        )

    @property
    def size(self) -> int:
        """Frames of all references."""
        return int(self.bases[-1])

    def find(self, peaks: NDArray[np.uint32]) -> list[tuple[int, int, float]]:
        """Likely (votes, reference, offset in seconds) of an input given by its packed peaks."""
        frames, bins = unpack(peaks)
        keys, firsts = pair_keys(frames, bins, QUERY_FANOUT)
        elected = _elect(keys, firsts, self.places, self.table)
        best = elected[np.argsort(-elected[:, 0], kind="stable")[:MAX_CANDIDATES]]
        owner = np.searchsorted(self.bases, best[:, 2], side="right") - 1
        begins = best[:, 1] - self.bases[owner]
        # Several windows may elect the same alignment, or its neighbour.
        _, first = np.unique(np.stack((owner, begins // _BIN)), axis=1, return_index=True)
        return [
            (int(best[row, 0]), int(owner[row]), float(begins[row]) * SECONDS_PER_FRAME)
            for row in np.sort(first)
        ]


@compiled
def pair_keys(
    frames: NDArray[np.int64], bins: NDArray[np.int64], fanout: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Sampled keys (19 bits) of pairs of peaks, and the frame of each pair's first peak.

    Peaks are given, and pairs returned, in order of time.
    """
    keys = np.empty(len(frames) * fanout, dtype=np.int64)
    firsts = np.empty(len(frames) * fanout, dtype=np.int64)
    count = 0
    for one in range(len(frames)):
        made = 0
        for other in range(one + 1, len(frames)):
            gap = frames[other] - frames[one]
            if gap > MOST_GAP or made == fanout:
                break
            rise = bins[other] - bins[one]
            if gap < LEAST_GAP or abs(rise) > MOST_RISE:
                continue
            made += 1
            key = (bins[one] << 13) | ((rise + MOST_RISE + 1) << 6) | gap
            scrambled = (key * _SCRAMBLE) & ((1 << _KEY_BITS) - 1)
            if scrambled < 1 << _SAMPLED_BITS:
                keys[count] = scrambled
                firsts[count] = frames[one]
                count += 1
    return keys[:count].copy(), firsts[:count].copy()


@compiled
def _elect(
    keys: NDArray[np.int64],
    firsts: NDArray[np.int64],
    places: NDArray[np.uint32],
    table: NDArray[np.uint32],
) -> NDArray[np.int64]:
    """Votes, the input's start in the corpus, a place that voted: int64, frames, shape (n, 3)."""
    shift = _SAMPLED_BITS
    while (1 << (_SAMPLED_BITS - shift)) < len(table) - 1:
        shift -= 1
    most = _most_in_half(keys, firsts, table, shift)
    ballots = np.empty((2, most), dtype=np.int64)
    voters = np.empty((2, most), dtype=np.uint32)
    cast = np.zeros(2, dtype=np.int64)
    slots = _SLOTS[0]
    while slots < min(8 * most, _SLOTS[1]):
        slots *= 2
    tally = tally_of(slots)
    leaders, votes = np.empty(_ELECTED, dtype=np.int64), np.empty(_ELECTED, dtype=np.int64)
    halves = firsts[-1] // _HALF + 1 if len(firsts) else 0
    elected = np.empty((_ELECTED * halves, 3), dtype=np.int64)
    rows = at = 0
    for half in range(halves):
        side = half % 2
        drop_votes(tally, ballots[side, : cast[side]])
        cast[side] = 0
        while at < len(keys) and firsts[at] < (half + 1) * _HALF:
            begin, end = (
                np.int64(table[keys[at] >> shift]),
                np.int64(table[(keys[at] >> shift) + 1]),
            )
            if end - begin <= _COMMONEST:
                for posting in range(begin, end):
                    diagonal = np.int64(places[posting]) - firsts[at] + _AHEAD
                    ballots[side, cast[side]] = diagonal // _BIN
                    voters[side, cast[side]] = places[posting]
                    cast[side] += 1
            at += 1
        add_votes(tally, ballots[side, : cast[side]])
        if half == 0 and halves > 1:
            continue
        lead(ballots, cast, tally, leaders, votes)
        meant = _voters_for(leaders, ballots, cast, voters)
        for rank in range(_ELECTED):
            if votes[rank] > 1:
                elected[rows, 0] = votes[rank]
                elected[rows, 1] = leaders[rank] * _BIN + _BIN // 2 - _AHEAD
                elected[rows, 2] = meant[rank]
                rows += 1
    return elected[:rows].copy()


_AHEAD: Final = 3 << 40
"""Keeps diagonals positive, so that dividing them rounds one way."""


@compiled
def _voters_for(
    leaders: NDArray[np.int64],
    ballots: NDArray[np.int64],
    cast: NDArray[np.int64],
    voters: NDArray[np.uint32],
) -> NDArray[np.int64]:
    """A place in the corpus that voted for each leader: it says which reference was meant."""
    meant = np.full(len(leaders), -1, dtype=np.int64)
    sought = np.zeros(_SIEVE, dtype=np.bool_)
    for leader in leaders:
        sought[leader % _SIEVE] = True
    for half in range(2):
        for at in range(cast[half]):
            if sought[ballots[half, at] % _SIEVE]:
                for rank in range(len(leaders)):
                    if leaders[rank] == ballots[half, at] and meant[rank] < 0:
                        meant[rank] = voters[half, at]
    return meant


@compiled
def _most_in_half(
    keys: NDArray[np.int64], firsts: NDArray[np.int64], table: NDArray[np.uint32], shift: int
) -> int:
    """Ballots that the fullest half window casts."""
    most = here = half = 0
    for at in range(len(keys)):
        if firsts[at] // _HALF != half:
            half, here = firsts[at] // _HALF, 0
        size = np.int64(table[(keys[at] >> shift) + 1]) - np.int64(table[keys[at] >> shift])
        here += int(size) if size <= _COMMONEST else 0
        most = max(most, here)
    return most
