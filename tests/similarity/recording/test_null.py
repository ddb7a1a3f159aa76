"""The null distribution and what is made of it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from similarity.match import Band
from similarity.recording.chance import REFINEMENT, chance_of
from similarity.recording.null import PRIOR_DECAY, Null, fit
from similarity.recording.significance import band_of, evalue_of, score_of
from similarity.thresholds import BLOCK_FALSE_ALARMS, REVIEW_FALSE_ALARMS


def test_finds_the_constants_of_a_gumbel_sample() -> None:
    rng = np.random.default_rng(3)
    decay, log_scale, items, corpus = 0.8, -9.0, 160, 100_000
    mode = (log_scale + math.log(items) + math.log(corpus)) / decay
    null = fit(rng.gumbel(mode, 1 / decay, 4000), items, corpus)
    assert null.decay == pytest.approx(decay, rel=0.05)
    assert null.log_scale == pytest.approx(log_scale, abs=0.6)


def test_too_small_a_corpus_is_judged_by_the_prior() -> None:
    assert fit(np.zeros(0), 160, 0) == Null()
    assert fit(np.array([4.0, 4.0]), 160, 1000).decay == pytest.approx(PRIOR_DECAY, rel=0.3)


@given(st.lists(st.floats(0, 60), max_size=4), st.floats(0, 60), st.integers(1, 10**9))
def test_expects_less_of_better_evidence_and_more_of_a_larger_corpus(
    decoys: list[float], evidence: float, items: int
) -> None:
    decoys.sort(reverse=True)
    small, large = (chance_of(decoys, Null(), 160, size) for size in (items, items * 10))
    assert small.log10_evalue(evidence + 1) < small.log10_evalue(evidence)
    assert small.log10_evalue(evidence) <= large.log10_evalue(evidence)


def test_decoys_tell_where_chance_lies() -> None:
    rng = np.random.default_rng(5)
    null = Null(decay=1.5 * REFINEMENT, log_scale=-30.0, samples=64)
    # The largest of 400 draws from an exponential tail lie at and below ln(400) / 1.5.
    modes = [
        chance_of(sorted(rng.exponential(1 / 1.5, 400))[:-5:-1], null, 160, 1000).mode
        for _ in range(500)
    ]
    assert np.mean(modes) == pytest.approx(math.log(400) / 1.5, abs=0.05)


@given(st.floats(-400, 30), st.floats(-400, 30))
def test_score_and_band_follow_the_evalue(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0 <= score_of(high) <= score_of(low) < 1
    order = [Band.BLOCK, Band.REVIEW, Band.NONE]
    assert order.index(band_of(evalue_of(low))) <= order.index(band_of(evalue_of(high)))


def test_bands_begin_where_they_say() -> None:
    assert band_of(BLOCK_FALSE_ALARMS) is Band.BLOCK
    assert band_of(BLOCK_FALSE_ALARMS * 1.01) is Band.REVIEW
    assert band_of(REVIEW_FALSE_ALARMS * 1.01) is Band.NONE
