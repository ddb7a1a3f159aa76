"""From a coarse hypothesis to the speed, pitch and place that fit best."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from similarity.recording.chroma import Pitchgram
from similarity.recording.segments import Segment, best_segment, bit_errors, contrasted_errors
from similarity.recording.variants import Variant, variant_items

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ROUNDS: Final = (
    # Half the grid's spacing either way, then finer and over ever more of the input.
    (np.arange(-4, 5) * 0.0125, (-0.3, 0.0, 0.3)),
    (np.arange(-3, 4) * 0.004, (-0.2, 0.0, 0.2)),
    (np.arange(-2, 3) * 0.0015, (-0.1, 0.0, 0.1)),
)
_REGION_ITEMS: Final = (120, 240, 480)
"""Items around the pivot that each round compares: the finer the tempo, the longer the lever."""

_JITTER: Final = range(-3, 4)


@dataclass(frozen=True, slots=True)
class Alignment:
    """A hypothesis with the point that it turns on.

    The input at ``query_item`` (in items of the *input's* time) sounds like the reference at
    ``reference_item``.
    """

    variant: Variant
    query_item: float
    reference_item: float

    def offset(self, variant: Variant) -> float:
        """Reference item minus input item, in the reference's time, under a hypothesis."""
        return self.reference_item - self.query_item * variant.speed


@dataclass(frozen=True, slots=True)
class Refined:
    """The best fit: ``segment`` counts items in the reference's time from the input's start.

    ``errors`` are the bit error rates of the segment's items, shape (n,).
    """

    variant: Variant
    offset: int
    segment: Segment
    errors: NDArray[np.float64]

    @property
    def bit_error(self) -> float:
        """Over the whole segment; as of unrelated music where there is none."""
        return float(self.errors.mean()) if len(self.errors) else 0.5


def refine(grid: Pitchgram, reference: NDArray[np.uint32], coarse: Alignment) -> Refined:
    """Search around a coarse alignment, in rounds of falling step, for the best fit."""
    best = coarse
    for (tempos, pitches), reach in zip(_ROUNDS, _REGION_ITEMS, strict=True):
        trials = [
            Variant(best.variant.semitones + pitch, best.variant.speed * (1 + float(tempo)))
            for pitch in pitches
            for tempo in tempos
        ]
        best = _best_trial(grid, reference, best, trials, reach)
    return fitted(grid, reference, best.variant, round(best.offset(best.variant)))


def fitted(
    grid: Pitchgram, reference: NDArray[np.uint32], variant: Variant, offset: int
) -> Refined:
    """What items say of one hypothesis, the input beginning ``offset`` items into the reference."""
    items = variant_items(grid, [variant]).items
    plain = bit_errors(items, reference, offset)
    segment = best_segment(contrasted_errors(items, reference, offset))
    return Refined(variant, offset, segment, plain[segment.start : segment.stop])


def _best_trial(
    grid: Pitchgram,
    reference: NDArray[np.uint32],
    around: Alignment,
    trials: list[Variant],
    reach: int,
) -> Alignment:
    """The trial with the most agreement in ``reach`` items around the pivot."""
    first = max(0, round(around.query_item - reach / around.variant.speed / 2))
    last = round(around.query_item + reach / around.variant.speed / 2) + 24
    part = grid.part(first * grid.frames_per_item, last * grid.frames_per_item)
    tried = variant_items(part, trials)
    scored = (
        _score(tried.part(number), reference, around.offset(trial) + first * trial.speed, trial)
        for number, trial in enumerate(trials)
    )
    score, shift, variant = max(
        scored, key=lambda answer: answer[0], default=(0.0, 0, around.variant)
    )
    if score <= 0:
        return around
    return Alignment(variant, around.query_item, around.reference_item + shift)


def _score(
    items: NDArray[np.uint32], reference: NDArray[np.uint32], offset: float, trial: Variant
) -> tuple[float, float, Variant]:
    sums = []
    for step in _JITTER:
        shift = round(offset) - offset + step
        errors = bit_errors(items, reference, round(offset) + step)
        sums.append((float(np.maximum(0.0, 0.5 - errors).sum()), shift, trial))
    return max(sums, key=lambda answer: answer[0])
