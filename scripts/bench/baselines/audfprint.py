"""Landmark pairs after A. Wang (ISMIR 2003) with the parameters that D. Ellis published
(audfprint, 2014): 20 hashes a second, query in four shifts, five consistent hashes are a match.

A re-implementation for comparison only. The real program drops hashes from full buckets; this one
keeps all.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter, stft

FFT = 512
HOP = 256
"""At 11 025 Hz: 23 ms."""

DENSITY = 20.0
PEAKS_PER_FRAME = 5
SPREAD_BINS = 30.0
PAIRS_PER_PEAK = 3
MIN_DT, MAX_DT, MAX_DF = 2, 63, 31
MIN_COUNT = 5
WINDOW = 1
SHIFTS = 4
DEPTH = 100

_DECAY = 1 - 0.01 * (DENSITY * np.sqrt(HOP / 352.8) / 35)
_POLE = 0.98
_GAUSS = np.exp(-0.5 * (np.arange(-FFT // 2, FFT // 2 + 1) / SPREAD_BINS) ** 2)

Hashes = NDArray[np.int64]


class Audfprint:
    """An index of hashes. ``rows`` are (hash, reference, frame), sorted by hash once searched."""

    def __init__(self, references: list[str], rows: Hashes) -> None:
        self._references = references
        self._pending: list[Hashes] = [rows]

    @classmethod
    def empty(cls) -> Self:
        """No references yet."""
        return cls([], np.zeros((0, 3), dtype=np.int64))

    def add(self, reference: str, samples: NDArray[np.int16]) -> None:
        """Index mono samples at 22 050 Hz."""
        found = hashes(_halved(samples))
        number = np.full(len(found), len(self._references))
        self._references.append(reference)
        self._pending.append(np.column_stack([found[:, 0], number, found[:, 1]]))

    def ranked(self, samples: NDArray[np.int16]) -> list[str]:
        """References with at least ``MIN_COUNT`` hashes at one offset, most first."""
        wave, rows = _halved(samples), self._sorted()
        query = np.unique(
            np.concatenate([hashes(wave[k * HOP // SHIFTS :]) for k in range(SHIFTS)]), axis=0
        )
        low = np.searchsorted(rows[:, 0], query[:, 0], "left")
        high = np.searchsorted(rows[:, 0], query[:, 0], "right")
        counts = high - low
        hits = np.repeat(low - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
        reference = rows[hits, 1]
        offset = rows[hits, 2] - np.repeat(query[:, 1], counts)
        raw = np.bincount(reference, minlength=len(self._references))
        scores: list[tuple[int, str]] = []
        for number in np.argsort(-raw)[:DEPTH]:
            own = offset[reference == number]
            if not len(own):
                break
            values, times = np.unique(own, return_counts=True)
            mode = values[np.argmax(times)]
            count = int(np.sum(np.abs(own - mode) <= WINDOW))
            if count >= MIN_COUNT:
                scores.append((count, self._references[number]))
        return [name for _, name in sorted(scores, key=lambda score: -score[0])]

    def save(self, folder: Path) -> None:
        """Write the index."""
        np.save(folder / "audfprint.npy", self._sorted())
        (folder / "audfprint.json").write_text(json.dumps(self._references))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        names = json.loads((folder / "audfprint.json").read_text())
        return cls(names, np.load(folder / "audfprint.npy"))

    def _sorted(self) -> Hashes:
        if len(self._pending) > 1:
            rows = np.concatenate(self._pending)
            self._pending = [rows[np.argsort(rows[:, 0], kind="stable")]]
        return self._pending[0]


def hashes(samples: NDArray[np.float64]) -> Hashes:
    """Landmark hashes of samples at 11 025 Hz: (hash, frame) rows, shape (n, 2)."""
    peaks = _peaks(samples)
    by_frame: dict[int, list[int]] = {}
    for frame, bin_number in peaks:
        by_frame.setdefault(frame, []).append(bin_number)
    found = []
    for frame, first in peaks:
        pairs = 0
        for later in range(frame + MIN_DT, frame + MAX_DT):
            for second in by_frame.get(later, ()):
                if pairs < PAIRS_PER_PEAK and abs(second - first) < MAX_DF:
                    key = (first & 255) << 12 | ((second - first) & 63) << 6 | (later - frame)
                    found.append((key, frame))
                    pairs += 1
            if pairs >= PAIRS_PER_PEAK:
                break
    return np.array(found, dtype=np.int64).reshape(-1, 2)


def _halved(samples: NDArray[np.int16]) -> NDArray[np.float64]:
    """From 22 050 to 11 025 Hz, averaging pairs (the top octave holds little)."""
    even = samples[: len(samples) // 2 * 2].astype(np.float64) / 32768
    halved: NDArray[np.float64] = even.reshape(-1, 2).mean(axis=1)
    return halved


def _peaks(samples: NDArray[np.float64]) -> list[tuple[int, int]]:
    """(frame, bin) of what stands out of a threshold that spreads and decays, both ways in time."""
    if len(samples) < FFT:
        return []
    _, _, spectrum = stft(samples, nperseg=FFT, noverlap=FFT - HOP, boundary=None, padded=False)
    level = np.abs(spectrum)
    if not level.max():
        return []
    level = np.log(np.maximum(level, level.max() / 1e6))
    level = lfilter([1, -1], [1, -_POLE], level - level.mean(), axis=1)[:-1]
    threshold = _spread(level[:, :10].max(axis=1))
    found: list[list[tuple[float, int]]] = []
    for column in level.T:
        chosen = []
        for bin_number in _local_maxima(column, threshold)[:PEAKS_PER_FRAME]:
            chosen.append((float(column[bin_number]), bin_number))
            threshold = np.maximum(threshold, column[bin_number] * _bump(bin_number))
        found.append(chosen)
        threshold = threshold * _DECAY
    return _pruned(found, _spread(level[:, -1]))


def _pruned(
    found: list[list[tuple[float, int]]], threshold: NDArray[np.float64]
) -> list[tuple[int, int]]:
    """Backwards: only what the future does not mask."""
    kept: list[tuple[int, int]] = []
    for frame in range(len(found) - 1, -1, -1):
        for value, bin_number in sorted(found[frame], reverse=True):
            if value >= threshold[bin_number]:
                threshold = np.maximum(threshold, value * _bump(bin_number))
                kept.append((frame, bin_number))
        threshold = threshold * _DECAY
    return sorted(kept)


def _local_maxima(column: NDArray[np.float64], threshold: NDArray[np.float64]) -> list[int]:
    above = np.maximum(column - threshold, 0)
    padded = np.concatenate([[0.0], above, [0.0]])
    peak = (above > padded[:-2]) & (above >= padded[2:])
    bins = np.flatnonzero(peak)
    ordered: list[int] = bins[np.argsort(-column[bins])].tolist()
    return ordered


def _spread(column: NDArray[np.float64]) -> NDArray[np.float64]:
    threshold = np.zeros(len(column))
    for bin_number in _local_maxima(column, np.zeros(len(column))):
        threshold = np.maximum(threshold, column[bin_number] * _bump(bin_number))
    return threshold


def _bump(bin_number: int) -> NDArray[np.float64]:
    middle = FFT // 2
    return _GAUSS[middle - bin_number : 2 * middle - bin_number]
