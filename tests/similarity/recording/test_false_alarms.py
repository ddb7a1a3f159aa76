"""E-values keep their promise on music that is not in the index."""

from __future__ import annotations

import math

import pytest
from scipy.stats import binomtest

from similarity.recording.fingerprint import fingerprint
from similarity.recording.index import RecordingIndex
from tests.similarity.synthesis import RATE, tune

REFERENCES = range(24)
UNKNOWN = range(200, 300)
CONFIDENCE = 0.999
"""Of the exact interval, so that another seed would hardly ever fail."""


@pytest.fixture(scope="module")
def claims() -> list[float]:
    """The smallest E-value that each piece of unknown music gets."""
    index = RecordingIndex()
    for seed in REFERENCES:
        index.add(f"tune-{seed}", fingerprint(tune(seed, 45), RATE))
    index.build()
    return [
        min((match.evalue for match in index.search(tune(seed, 12), top=3)), default=math.inf)
        for seed in UNKNOWN
    ]


@pytest.mark.parametrize("claim", [0.3, 0.1, 0.03])
def test_unknown_music_gets_an_evalue_as_often_as_it_says(
    claims: list[float], claim: float
) -> None:
    observed = binomtest(sum(each <= claim for each in claims), len(claims))
    low, high = observed.proportion_ci(CONFIDENCE, method="exact")
    assert low <= -math.expm1(-claim) <= high
