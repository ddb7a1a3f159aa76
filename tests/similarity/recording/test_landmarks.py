"""Pairs of peaks against their definition, and where their votes lead."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from similarity.recording.corpus import Laid
from similarity.recording.landmarks import (
    LEAST_GAP,
    MOST_GAP,
    MOST_RISE,
    QUERY_FANOUT,
    REFERENCE_FANOUT,
    LandmarkPostings,
    pair_keys,
)
from similarity.recording.peaks import SECONDS_PER_FRAME, restored, shortened

_TIME_SHIFT = 12


def constellation(dice: np.random.Generator, frames: int, peaks: int) -> NDArray[np.uint32]:
    """Packed peaks, scattered, in order of time."""
    places = dice.choice(frames * 400, peaks, replace=False)
    packed = (places // 400) << _TIME_SHIFT | (places % 400 + 30)
    return restored(shortened(np.sort(packed.astype(np.uint32))))


def stretch_of(peaks: NDArray[np.uint32], first: int, last: int) -> NDArray[np.uint32]:
    """The peaks of some frames, the first of these at 0."""
    frames = peaks >> _TIME_SHIFT
    inside = peaks[(frames >= first) & (frames < last)]
    return inside - np.uint32(first << _TIME_SHIFT)


def posted(tracks: list[NDArray[np.uint32]]) -> LandmarkPostings:
    return LandmarkPostings.of(Laid.of([shortened(track) for track in tracks], np.uint16))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), fanout=st.sampled_from([1, REFERENCE_FANOUT, QUERY_FANOUT]))
def test_pairs_are_the_next_peaks_in_reach(seed: int, fanout: int) -> None:
    dice = np.random.default_rng(seed)
    frames = np.sort(dice.integers(0, 300, 80))
    bins = dice.integers(30, 430, 80)
    keys, firsts = pair_keys(frames, bins, fanout)
    pairs = []
    for one in range(80):
        in_reach = [
            (int(bins[one]), int(bins[other] - bins[one]), int(frames[other] - frames[one]))
            for other in range(one + 1, 80)
            if LEAST_GAP <= frames[other] - frames[one] <= MOST_GAP
            and abs(bins[other] - bins[one]) <= MOST_RISE
        ]
        pairs += [(int(frames[one]), pair) for pair in in_reach[:fanout]]
    assert len(keys) < len(pairs) / 3  # an eighth is sampled
    assert (np.diff(firsts) >= 0).all()
    # Which pairs are kept depends on nothing but the pair: so both sides keep the same.
    meant: dict[int, set[tuple[int, int, int]]] = {}
    for key in set(keys.tolist()):
        at = set(firsts[keys == key].tolist())
        meant[key] = set.intersection(*({p for f, p in pairs if f == first} for first in at))
    assert all(meant.values())


@pytest.mark.parametrize("begin", [0, 500, 1700])
def test_votes_lead_to_where_the_excerpt_is_from(begin: int) -> None:
    dice = np.random.default_rng(7)
    tracks = [constellation(dice, 2600, 1000) for _ in range(12)]
    found = posted(tracks).find(stretch_of(tracks[5], begin, begin + 860))
    votes, reference, offset_s = max(found)
    assert reference == 5
    assert abs(offset_s - begin * SECONDS_PER_FRAME) < 0.2
    assert votes > 3 * max((each for each, other, _ in found if other != 5), default=0)


def test_each_of_two_sources_in_one_input_is_found() -> None:
    dice = np.random.default_rng(8)
    tracks = [constellation(dice, 2600, 1000) for _ in range(8)]
    second = stretch_of(tracks[6], 1000, 1860) + np.uint32(860 << _TIME_SHIFT)
    found = posted(tracks).find(np.concatenate((stretch_of(tracks[1], 300, 1160), second)))
    leading = sorted(found, reverse=True)[:2]
    assert {reference for _, reference, _ in leading} == {1, 6}
    begins = {reference: offset_s for _, reference, offset_s in leading}
    assert abs(begins[1] - 300 * SECONDS_PER_FRAME) < 0.2
    assert abs(begins[6] - (1000 - 860) * SECONDS_PER_FRAME) < 0.2


def test_the_reference_is_the_one_that_voted_though_the_input_begins_before_it() -> None:
    dice = np.random.default_rng(9)
    tracks = [constellation(dice, 700, 300) for _ in range(6)]
    late = stretch_of(tracks[3], 0, 700) + np.uint32(1290 << _TIME_SHIFT)
    votes, reference, offset_s = max(posted(tracks).find(late))
    assert votes > 20
    assert reference == 3
    assert abs(offset_s + 1290 * SECONDS_PER_FRAME) < 0.2


def test_nothing_is_found_for_nothing() -> None:
    dice = np.random.default_rng(10)
    postings = posted([constellation(dice, 700, 300)])
    assert postings.find(np.zeros(0, dtype=np.uint32)) == []
    assert posted([]).find(constellation(dice, 700, 300)) == []
