"""Find a recording by pairs of its peaks, unmoved in pitch and speed.

Wang's combinatorial hashing ("An Industrial-Strength Audio Search Algorithm", ISMIR 2003): two
peaks, their bins and the time between them make a key that is rare enough to look up; keys that
agree vote on (reference, offset). The input is given many more peaks and pairs than references are,
because which of them belong to a hidden source cannot be known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from similarity.recording.peaks import SECONDS_PER_FRAME, unpack

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from similarity.recording.corpus import Laid

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

_KEYS: Final = 1 << 22


class LandmarkPostings:
    """The pairs of all references, by key."""

    def __init__(self, peaks: Laid) -> None:
        keys, places = [], []
        base = 0
        bases = []
        for number in range(len(peaks)):
            own, first = pair_keys(peaks.part(number), REFERENCE_FANOUT)
            frames, _ = unpack(peaks.part(number))
            bases.append(base)
            keys.append(own)
            places.append(first + base)
            # Room between references, so that no diagonal of votes runs from one into the next.
            base += int(frames.max(initial=0)) + MOST_GAP
        self._bases = np.array([*bases, base], dtype=np.int64)
        key = np.concatenate(keys) if keys else np.zeros(0, dtype=np.uint32)
        place = np.concatenate(places) if places else np.zeros(0, dtype=np.int64)
        order = np.argsort(key, kind="stable")
        self._places = place[order].astype(np.uint32)
        counts = np.bincount(key, minlength=_KEYS)
        self._starts = np.concatenate(([0], np.cumsum(counts)))

    @property
    def size(self) -> int:
        """Frames of all references."""
        return int(self._bases[-1])

    def find(self, peaks: NDArray[np.uint32]) -> list[tuple[int, float]]:
        """Likely (reference, offset in seconds) of an input given by its peaks, best first."""
        keys, frames = pair_keys(peaks, QUERY_FANOUT)
        counts = self._starts[keys + 1] - self._starts[keys]
        first = np.repeat(self._starts[keys] - np.cumsum(counts) + counts, counts)
        places = self._places[first + np.arange(len(first))].astype(np.int64)
        when = np.repeat(frames, counts)
        return self._elect(places, when)

    def _elect(self, places: NDArray[np.int64], when: NDArray[np.int64]) -> list[tuple[int, float]]:
        if not len(places):
            return []
        shift = int(when.max()) + 2
        width = self.size + 2 * shift
        diagonal = places - when + shift
        half = when // (WINDOW_FRAMES // 2)
        ballots, example, votes = np.unique(
            half * width + diagonal, return_index=True, return_counts=True
        )
        total = votes.astype(np.int64)
        for step in (-1, 1, width - 1, width, width + 1):
            at = np.minimum(np.searchsorted(ballots, ballots + step), len(ballots) - 1)
            total += np.where(ballots[at] == ballots + step, votes[at], 0)
        best = np.argsort(-total, kind="stable")[:MAX_CANDIDATES]
        owner = np.searchsorted(self._bases, places[example[best]], side="right") - 1
        begins = ballots[best] % width - shift - self._bases[owner]
        # Several windows may elect the same alignment, or its neighbour.
        _, first = np.unique(np.stack((owner, begins // 3)), axis=1, return_index=True)
        return [(int(owner[row]), float(begins[row]) * SECONDS_PER_FRAME) for row in np.sort(first)]


def pair_keys(
    peaks: NDArray[np.uint32], fanout: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Keys (22 bits: bin, rise, gap) of pairs of peaks, and the frame of each pair's first peak."""
    frames, bins = unpack(peaks)
    keys, firsts = [], []
    made = np.zeros(len(frames), dtype=np.int64)
    for step in range(1, len(frames)):
        gap = frames[step:] - frames[:-step]
        if not (gap <= MOST_GAP).any():
            break
        rise = bins[step:] - bins[:-step]
        fits = (gap >= LEAST_GAP) & (gap <= MOST_GAP) & (np.abs(rise) <= MOST_RISE)
        fits &= made[:-step] < fanout
        made[:-step] += fits
        key = (bins[:-step] << 13) | ((rise + MOST_RISE + 1) << 6) | gap
        keys.append(key[fits])
        firsts.append(frames[:-step][fits])
    if not keys:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    return np.concatenate(keys), np.concatenate(firsts)
