"""Look-ups of item keys against their definition, and what votes make of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from similarity.recording.corpus import Laid
from similarity.recording.keys import KEY_BITS, KEY_GAP, SILENT_ITEM, key_of, sign_of_bit
from similarity.recording.postings import STRIDE, ItemPostings, runs_of
from similarity.recording.tally import add_votes, drop_votes, lead, tally_of
from similarity.recording.variants import VariantItems
from similarity.recording.voting import BIN, MOST_RUN, SHORT, WINDOW, elect


def corpus_of(dice: np.random.Generator, alphabet: int) -> Laid[np.uint32]:
    """Three tracks of items out of so many, so that keys are as crowded as in music."""
    letters = dice.integers(0, 1 << 32, alphabet, dtype=np.uint32)
    return Laid.of([letters[dice.integers(0, alphabet, 120)] for _ in range(3)], np.uint32)


def keys_of(postings: ItemPostings) -> NDArray[np.uint32]:
    items = postings.items
    return np.array(
        [key_of(items[place], items[place + KEY_GAP]) for place in postings.places],
        dtype=np.uint32,
    )


def defined(key: int, keys: NDArray[np.uint32], known: int, most: int) -> tuple[set[int], int]:
    """Indices of the places of the longest run, and its prefix: tried one length after the other.

    A run may always be wider than the table's prefix, and is narrower only where it must be.
    """
    runs = {
        bits: np.flatnonzero((keys.astype(np.int64) ^ key) >> (KEY_BITS - bits) == 0)
        for bits in range(KEY_BITS + 1)
    }
    bits = known
    while bits > 0 and len(runs[bits - 1]) <= most:
        bits -= 1
    while len(runs[bits]) > most and bits < KEY_BITS:
        bits += 1
    return (set(runs[bits].tolist()) if len(runs[bits]) <= most else set()), bits


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    alphabet=st.sampled_from([2, 5, 40, 4000]),
    most=st.sampled_from([1, 8, 32]),
)
def test_each_key_gets_the_longest_run_that_is_short_enough(
    seed: int, alphabet: int, most: int
) -> None:
    dice = np.random.default_rng(seed)
    postings = ItemPostings.of(corpus_of(dice, alphabet))
    keys = keys_of(postings)
    assert (np.diff(keys.astype(np.int64)) >= 0).all()
    known = int(np.log2(len(postings.table) - 1))
    strange = dice.integers(0, 1 << 32, 10, dtype=np.uint32)
    near = keys[dice.integers(0, len(keys), 20)] ^ np.uint32(1 << int(dice.integers(0, 32)))
    asked = dice.permutation(np.concatenate((keys[::7], near, strange)))
    runs = runs_of(asked, postings, most)
    for at, key in enumerate(asked):
        expected, bits = defined(int(key), keys, known, most)
        begin = int(runs.begins[at])
        assert set(range(begin, begin + int(runs.counts[at]))) == expected
        assert runs.bits[at] == bits


@given(first=st.integers(0, 2**32 - 1), later=st.integers(0, 2**32 - 1), bit=st.integers(0, 31))
def test_a_bit_of_a_key_is_a_sign_of_one_of_its_items(first: int, later: int, bit: int) -> None:
    key = int(key_of(np.uint32(first), np.uint32(later)))
    gap, sign = sign_of_bit(bit)
    assert (key >> bit) & 1 == ((later if gap else first) >> sign) & 1


@pytest.mark.parametrize("flipped", [0.0, 0.1])
def test_votes_lead_to_where_the_query_is_from(flipped: float) -> None:
    dice = np.random.default_rng(11)
    tracks = [dice.integers(0, 1 << 32, 600, dtype=np.uint32) for _ in range(20)]
    postings = ItemPostings.of(Laid.of(tracks, np.uint32))
    excerpt = tracks[7][200:400].copy()
    for bit in range(32):
        excerpt ^= (dice.random(200) < flipped).astype(np.uint32) << np.uint32(bit)
    margins = dice.integers(0, 255, (200, 16), dtype=np.uint8)
    query = VariantItems(excerpt, margins, np.array([0, 200], dtype=np.int64))
    elected = elect(query, postings)
    right = [abs(place - (7 * 600 + 200 + start)) <= 2 for _, start, place in elected.tolist()]
    windows = 200 // (WINDOW // 2) - 1
    assert sum(right) >= windows - 1


@pytest.mark.parametrize("items", [200, SHORT + 200])
def test_a_vote_of_a_short_input_counts_only_where_all_bits_are_alike(items: int) -> None:
    dice = np.random.default_rng(12)
    track = dice.integers(0, 1 << 32, 1200, dtype=np.uint32)
    same_signs = track ^ np.uint32(0x55555555)
    postings = ItemPostings.of(Laid.of([track, same_signs], np.uint32))
    margins = np.full((items, 16), 255, dtype=np.uint8)
    query = VariantItems(track[100 : 100 + items], margins, np.array([0, items], dtype=np.int64))
    elected = elect(query, postings)
    origins = elected[:, 2] - elected[:, 1] - 100
    assert (abs(origins) <= BIN).any()
    assert (abs(origins - len(track)) <= BIN).any() == (items > SHORT)


def test_silence_votes_for_nothing() -> None:
    silence = np.full(200, SILENT_ITEM, dtype=np.uint32)
    music = np.arange(300, dtype=np.uint32) << np.uint32(7)
    postings = ItemPostings.of(Laid.of([silence, music], np.uint32))
    assert len(postings.places) == -(-(300 - KEY_GAP) // STRIDE)
    margins = np.zeros((200, 16), dtype=np.uint8)
    query = VariantItems(silence, margins, np.array([0, 200], dtype=np.int64))
    assert len(elect(query, postings)) == 0
    assert MOST_RUN < 256  # counts of runs are kept in a byte


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    bins=st.sampled_from([8, 60, 4000]),
    most=st.sampled_from([1, 4, 85]),
)
def test_the_bins_that_lead_are_those_with_the_most_votes(seed: int, bins: int, most: int) -> None:
    dice = np.random.default_rng(seed)
    ballots = dice.integers(0, bins, (2, 400)) + (1 << 40)
    cast = dice.integers(0, 400, 2)
    leaders, votes = np.empty(most, dtype=np.int64), np.empty(most, dtype=np.int64)
    tally = tally_of(1 << 13)
    past = dice.integers(0, bins, 400) + (1 << 40)
    add_votes(tally, past)
    for half in range(2):
        add_votes(tally, ballots[half, : cast[half]])
    drop_votes(tally, past)
    lead(ballots, cast, tally, leaders, votes)
    heard = np.concatenate([ballots[half, : cast[half]] for half in range(2)])
    totals = {int(one): int((abs(heard - one) <= 1).sum()) for one in np.unique(heard)}
    led = {int(one): int(total) for one, total in zip(leaders, votes, strict=True) if total}
    assert all(totals[one] == total for one, total in led.items())
    assert all(abs(one - other) > 1 for one in led for other in led if one != other)
    if totals:
        assert max(led.values()) == max(totals.values())
