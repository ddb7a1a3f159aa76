"""What chance shows of a constellation: backwards as much as forwards."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from similarity.recording.landmark_null import (
    CLEAR_NULL,
    MASKED_NULL,
    MOST_DOUBT,
    LandmarkNull,
    agreement_log10,
)
from similarity.recording.peaks import FRAME, HOP, mirrored, spectral_peaks
from tests.similarity.synthesis import RATE, tune


def test_peaks_of_reversed_sound_are_the_peaks_reversed() -> None:
    sound = tune(3, 20)
    sound = sound[: (len(sound) - FRAME) // HOP * HOP + FRAME]
    forwards = spectral_peaks(sound)
    backwards = spectral_peaks(np.ascontiguousarray(sound[::-1]))
    common = np.intersect1d(mirrored(mirrored(backwards)), mirrored(forwards))
    # Seconds, of which the strongest are kept, begin at the other end.
    assert len(common) > 0.7 * len(forwards)
    assert RATE * 20 > len(sound) > RATE * 19


@given(
    st.sampled_from((MASKED_NULL, CLEAR_NULL)),
    st.lists(st.floats(0, 60), max_size=4),
    st.floats(0.5, 4000),
    st.integers(1, 10**10),
)
def test_a_larger_corpus_and_better_decoys_ask_for_more(
    null: LandmarkNull, decoys: list[float], input_s: float, frames: int
) -> None:
    decoys.sort(reverse=True)
    mode = null.mode(decoys, input_s, frames)
    assert mode <= null.mode(decoys, input_s, frames * 10)
    assert mode <= null.mode([each + 1 for each in decoys], input_s, frames)
    assert null.mode([], input_s, frames) <= mode


@given(st.floats(0, 500), st.floats(0.5, 4000), st.lists(st.floats(0, 60), min_size=1, max_size=4))
def test_missing_peaks_count_little_against_a_match(
    evidence: float, input_s: float, decoys: list[float]
) -> None:
    chance = MASKED_NULL.chance_at_alignments(sorted(decoys, reverse=True), input_s)
    doubt = agreement_log10(evidence, chance)
    assert doubt <= MOST_DOUBT
    assert agreement_log10(evidence + 1, chance) <= doubt
    # What the input shows backwards is never worth less than nothing shown.
    assert agreement_log10(evidence, MASKED_NULL.chance_at_alignments([], input_s)) <= doubt
