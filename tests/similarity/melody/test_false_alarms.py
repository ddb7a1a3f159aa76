"""E-values of melodies keep their promise on tunes that are not in the index."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binomtest

from similarity.match import Band
from similarity.melody.index import MelodyIndex
from tests.similarity.melody.music import random_tune, score

UNKNOWN = 200
CONFIDENCE = 0.999
"""Of the exact interval, so that another seed would hardly ever fail."""


@pytest.fixture(scope="module")
def claims(index: MelodyIndex) -> list[tuple[float, Band]]:
    """The smallest E-value that each unrelated tune gets, and the band that goes with it."""
    rng = np.random.default_rng(4711)
    found = []
    for _ in range(UNKNOWN):
        matches = index.search(score(random_tune(rng, int(rng.integers(32, 64)))), top=3)
        best = min(matches, key=lambda match: match.evalue, default=None)
        found.append((best.evalue, best.band) if best else (math.inf, Band.NONE))
    return found


@pytest.mark.parametrize("claim", [1.0, 0.3, 0.1, 0.03])
def test_an_unknown_tune_gets_an_evalue_no_more_often_than_it_says(
    claims: list[tuple[float, Band]], claim: float
) -> None:
    observed = binomtest(sum(evalue <= claim for evalue, _ in claims), len(claims))
    low, _ = observed.proportion_ci(CONFIDENCE, method="exact")
    assert low <= -math.expm1(-claim)


def test_no_unknown_tune_is_blocked(claims: list[tuple[float, Band]]) -> None:
    assert Band.BLOCK not in {band for _, band in claims}
