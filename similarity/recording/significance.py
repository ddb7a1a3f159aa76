"""From evidence to E-value, score and band."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from similarity.match import Band
from similarity.thresholds import (
    BLOCK_FALSE_ALARMS,
    LANDMARK_CORPUS_FRAMES,
    REVIEW_FALSE_ALARMS,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_LARGEST: Final = 20.0
_SMALLEST: Final = -300.0
"""Logarithms beyond which an E-value says no more."""

MOST_DOUBT: Final = 1.5
"""log10: the most that missing peaks count against a match of items."""

_HALF_SCORE: Final = 6.0
"""A score of one half stands for one chance match in 10^6 searches."""


def landmark_log10_evalue(
    evidence: float,
    null: Sequence[tuple[float, float, float]],
    input_s: float,
    reference_s: float,
    corpus_frames: int,
) -> float:
    """log10 of the E-value of a constellation's evidence, in a corpus of so many frames.

    Chance grows with what the two can have in common; a long input compared with a short reference
    has only more places to try.
    """
    common_s = min(input_s, reference_s)
    decay, mode = _null_at(null, common_s)
    size = math.log(max(corpus_frames, 1) / LANDMARK_CORPUS_FRAMES)
    places = math.log(input_s / common_s)
    return (size + places - decay * (evidence - mode)) / math.log(10)


def agreement_log10(
    evidence: float, null: Sequence[tuple[float, float, float]], input_s: float
) -> float:
    """What a constellation at an alignment that the other lane proposed adds to its log10 E-value.

    Measured from the mode of a whole search, so that trying a few octaves and speeds is paid for.
    Missing peaks speak against a match, but only so much: narrow bands and codecs lose them too.
    """
    decay, mode = _null_at(null, input_s)
    return min(MOST_DOUBT, -decay * (evidence - mode) / math.log(10))


def _null_at(null: Sequence[tuple[float, float, float]], input_s: float) -> tuple[float, float]:
    seconds, decays, modes = (np.array(column) for column in zip(*null, strict=True))
    at = math.log(max(input_s, 0.1))
    return (
        float(np.interp(at, np.log(seconds), decays)),
        float(np.interp(at, np.log(seconds), modes)),
    )


def evalue_of(log10_evalue: float) -> float:
    """The E-value itself, within what a float and a reader can use."""
    return float(10 ** min(_LARGEST, max(_SMALLEST, log10_evalue)))


def score_of(log10_evalue: float) -> float:
    """Ranks as the E-value does: 0 for chance, one half for 10^-6, towards 1."""
    strength = max(0.0, -max(_SMALLEST, log10_evalue))
    return strength / (strength + _HALF_SCORE)


def band_of(evalue: float) -> Band:
    """What this E-value asks for."""
    if evalue <= BLOCK_FALSE_ALARMS:
        return Band.BLOCK
    return Band.REVIEW if evalue <= REVIEW_FALSE_ALARMS else Band.NONE
