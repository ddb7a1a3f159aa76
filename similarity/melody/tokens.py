"""Interval n-grams as 64-bit tokens."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from similarity.melody.notes import Notes
from similarity.melody.thresholds import NGRAM_LENGTHS

_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)
_SHIFT: Final = np.uint64(29)
_KINDS: Final = 2
_RHYTHM_STEPS_PER_OCTAVE: Final = 2
"""IOI ratios are rounded to half a doubling: triplets swing into straight eighths."""


def tokens(notes: Notes) -> NDArray[np.uint64]:
    """All n-grams (``NGRAM_LENGTHS``) of a stretch of notes, repeated ones repeated.

    Two kinds: interval n-grams, which survive any change of rhythm, and n-grams of intervals with
    rounded log2 IOI ratios, which single out a work (Uitdenbogerd & Zobel 1999; Downie 2003).
    Both are the same after transposition and change of tempo.
    """
    wide = notes.pitches.astype(np.int64)
    intervals = wide[1:] - wide[:-1]
    ratios = np.rint(np.diff(notes.log_ioi.astype(np.float64)) * _RHYTHM_STEPS_PER_OCTAVE)
    both = intervals * 64 + ratios.astype(np.int64) + 1_000_000
    grams = [
        _ngrams(symbols, length, kind)
        for kind, symbols in enumerate((intervals, both))
        for length in NGRAM_LENGTHS
    ]
    return np.concatenate(grams)


def token_spans(notes: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and last note of each token of a stretch of so many notes, in the order of ``tokens``.

    An n-gram with rhythm is taken to end where its intervals end.
    """
    first = [np.arange(max(notes - length, 0)) for length in NGRAM_LENGTHS]
    last = [of_length + length for of_length, length in zip(first, NGRAM_LENGTHS, strict=True)]
    return np.concatenate(first * _KINDS), np.concatenate(last * _KINDS)


def _ngrams(symbols: NDArray[np.int64], length: int, kind: int) -> NDArray[np.uint64]:
    count = max(len(symbols) - length + 1, 0)
    hashed = np.full(count, 2 * length + kind + 1, dtype=np.uint64)
    for k in range(length):
        # Multiply, add, fold: splitmix64's mixing, one symbol at a time; wrap-around intended.
        hashed = (hashed ^ symbols[k : k + count].astype(np.uint64)) * _MULTIPLIER
        hashed ^= hashed >> _SHIFT
    return hashed
