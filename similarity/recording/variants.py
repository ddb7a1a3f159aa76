"""Chromaprint items of an input at any pitch and tempo, from one pitchgram."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from similarity.compiled import compiled
from similarity.recording.chroma import SILENT_NORM, Pitchgram
from similarity.recording.classifiers import FILTER_WIDTH, classify

if TYPE_CHECKING:
    from collections.abc import Sequence

_SMOOTHING = np.array((0.25, 0.75, 1.0, 0.75, 0.25), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Variant:
    """A hypothesis: the input sounds ``semitones`` higher and runs ``speed`` times faster."""

    semitones: float
    speed: float


class VariantItems(NamedTuple):
    """Items of an input under each hypothesis, laid end to end.

    ``items``: uint32, shape (n,); ``margins``: uint8, shape (n, 16) or (0, 16), how sure the sign
    of each classifier is; ``starts``: int64, where each hypothesis begins, and n.
    """

    items: NDArray[np.uint32]
    margins: NDArray[np.uint8]
    starts: NDArray[np.int64]

    def part(self, number: int) -> NDArray[np.uint32]:
        return self.items[self.starts[number] : self.starts[number + 1]]


def variant_items(
    grid: Pitchgram, variants: Sequence[Variant], *, margins: bool = False
) -> VariantItems:
    """Chromaprint items of the input under each hypothesis, undone: in the reference's time.

    Item i begins i hops of Chromaprint after the start in the reference's time, hence i / speed
    hops in the input's.
    """
    steps = np.array([grid.frames_per_item / variant.speed for variant in variants])
    slices = np.array([grid.slice_of(variant.semitones) for variant in variants], dtype=np.int64)
    frames = (
        (np.maximum(len(grid) - 1, 0) / steps).astype(np.int64) + 1
        if len(grid) > 1
        else np.zeros(len(variants), dtype=np.int64)
    )
    counts = np.maximum(frames - (len(_SMOOTHING) - 1) - (FILTER_WIDTH - 1), 0)
    starts = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    made = VariantItems(
        items=np.zeros(starts[-1], dtype=np.uint32),
        margins=np.zeros((starts[-1] if margins else 0, 16), dtype=np.uint8),
        starts=starts,
    )
    _fill(grid.energy, slices.reshape(-1, 2), steps, made)
    return made


@compiled
def _fill(
    energy: NDArray[np.float32],
    slices: NDArray[np.int64],
    steps: NDArray[np.float64],
    made: VariantItems,
) -> None:
    margins = made.margins
    for number in range(len(steps)):
        begin, end = made.starts[number], made.starts[number + 1]
        if end == begin:
            continue
        residue, column = slices[number]
        image = _image(energy[residue], column, steps[number], end - begin + FILTER_WIDTH - 1)
        classify(image, made.items[begin:end], margins[begin:end] if len(margins) else margins)


@compiled
def _image(
    energy: NDArray[np.float32], column: int, step: float, count: int
) -> NDArray[np.float32]:
    """Chroma of ``count`` frames, ``step`` of the input's apart, smoothed, of norm 1."""
    taps = len(_SMOOTHING)
    plain = np.empty((count + taps - 1, 12), dtype=np.float32)
    for frame in range(len(plain)):
        place = frame * step
        left = min(int(place), len(energy) - 2)
        weight = np.float32(place - left)
        for pitch in range(12):
            low, high = energy[left, column + pitch], energy[left + 1, column + pitch]
            plain[frame, pitch] = low * (np.float32(1) - weight) + high * weight
    image = np.zeros((count, 12), dtype=np.float32)
    for frame in range(count):
        for tap in range(taps):
            for pitch in range(12):
                image[frame, pitch] += _SMOOTHING[tap] * plain[frame + tap, pitch]
        norm = np.float32(0)
        for pitch in range(12):
            norm += image[frame, pitch] * image[frame, pitch]
        norm = np.sqrt(norm)
        for pitch in range(12):
            image[frame, pitch] = image[frame, pitch] / norm if norm >= SILENT_NORM else 0.0
    return image
