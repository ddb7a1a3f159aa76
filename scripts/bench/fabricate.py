"""Fingerprints of recordings that do not exist, with the statistics of ones that do.

Nobody hands out a hundred thousand recordings. A fabricated track is stretches of several seconds
of real fingerprints, items and peaks together, end to end. So that two tracks that share a stretch
are no copies, each stretch has some bits of its own flipped, the same in all its items, which keeps
how items follow each other exactly. Its peaks keep their pattern, some bins higher or lower.

What this keeps is checked, not assumed: ``statistics_of`` measures real and fabricated alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from similarity.recording.fingerprint import SECONDS_PER_ITEM, Fingerprint
from similarity.recording.peaks import HIGHEST_BIN, LOWEST_BIN, SECONDS_PER_FRAME, unpack

STRETCH_S = (4.0, 12.0)
"""Shorter would break Chromaprint's 2 s of context more often than real music changes."""

BIN_SHIFT = 8
SIGN_BITS = np.uint32(0xAAAAAAAA)
"""The first bit of each classifier, by which items are looked up: flipped at 1 in 16."""

LOW_BITS = np.uint32(0x55555555)
"""The second bits, less reliable in real copies, too: flipped at 1 in 8."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """What retrieval depends on.

    Collision entropies in bits of an item's sign bits and of its upper 28; the longest posting of
    one sign key as a share of all items; Hamming distance of neighbours, and how many are equal;
    peaks per second.
    """

    sign_entropy: float
    upper_entropy: float
    longest_posting: float
    neighbour_distance: float
    equal_neighbours: float
    peaks_per_s: float


def fabricate(pool: Sequence[Fingerprint], number: int, seconds: float) -> Fingerprint:
    """Track ``number`` of some seconds, the same for the same pool."""
    rng = np.random.default_rng([number])
    items: list[NDArray[np.uint32]] = []
    peaks: list[NDArray[np.uint32]] = []
    total = int(seconds / SECONDS_PER_ITEM)
    filled = 0
    while filled < total:
        source = pool[int(rng.integers(len(pool)))]
        length = min(total - filled, int(rng.uniform(*STRETCH_S) / SECONDS_PER_ITEM))
        start = int(rng.integers(max(1, len(source.items) - length)))
        stretch = source.items[start : start + length]
        if len(stretch):
            items.append(stretch ^ _flips(rng))
            peaks.append(_moved(source.peaks, start, len(stretch), filled, rng))
            filled += len(stretch)
    return replace(
        pool[0],
        items=np.concatenate(items),
        peaks=np.concatenate(peaks),
        tuning=0.0,
        duration_s=seconds,
    )


def statistics_of(fingerprints: Sequence[Fingerprint]) -> Statistics:
    """Measure a sample."""
    items = np.concatenate([fingerprint.items for fingerprint in fingerprints])
    distances = np.concatenate(
        [np.bitwise_count(it.items[1:] ^ it.items[:-1]) for it in fingerprints]
    )
    _, sign = np.unique(items & SIGN_BITS, return_counts=True)
    _, upper = np.unique(items >> np.uint32(4), return_counts=True)
    peaks = sum(len(fingerprint.peaks) for fingerprint in fingerprints)
    return Statistics(
        _collision_entropy(sign),
        _collision_entropy(upper),
        float(sign.max() / len(items)),
        float(distances.mean()),
        float(np.mean(distances == 0)),
        peaks / sum(fingerprint.duration_s for fingerprint in fingerprints),
    )


def _collision_entropy(counts: NDArray[np.int64]) -> float:
    """Renyi's entropy of order 2 in bits, from pairs that are not the same item with itself."""
    total = float(counts.sum())
    pairs = float(np.sum(counts * (counts - 1.0)))
    return float(np.log2(total * (total - 1) / max(pairs, 1.0)))


def _moved(
    peaks: NDArray[np.uint32], start: int, length: int, target: int, rng: np.random.Generator
) -> NDArray[np.uint32]:
    """The peaks of a stretch of items, at another item, some bins higher or lower."""
    per_item = SECONDS_PER_ITEM / SECONDS_PER_FRAME
    frames, bins = unpack(peaks)
    inside = (frames >= start * per_item) & (frames < (start + length) * per_item)
    shift = int(rng.integers(-BIN_SHIFT, BIN_SHIFT + 1))
    moved = np.clip(bins[inside] + shift, LOWEST_BIN, HIGHEST_BIN)
    placed = frames[inside] + round((target - start) * per_item)
    return (np.maximum(placed, 0) << 12 | moved).astype(np.uint32)


def _flips(rng: np.random.Generator) -> np.uint32:
    words = rng.integers(1 << 32, size=4, dtype=np.uint32)
    eighth = words[0] & words[1] & words[2]
    return np.uint32((eighth & LOW_BITS) | (eighth & words[3] & SIGN_BITS))
