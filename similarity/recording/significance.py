"""From evidence to E-value, score and band."""

from __future__ import annotations

from typing import Final

from similarity.match import Band
from similarity.thresholds import BLOCK_FALSE_ALARMS, REVIEW_FALSE_ALARMS

_LARGEST: Final = 20.0
_SMALLEST: Final = -300.0
"""Logarithms beyond which an E-value says no more."""

_HALF_SCORE: Final = 6.0
"""A score of one half stands for one chance match in 10^6 searches."""


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
