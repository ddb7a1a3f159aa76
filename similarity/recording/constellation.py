"""Compare peaks: does a reference's constellation shine through the input at some place?

Music laid over music changes Chromaprint's pitch classes, but leaves many of the hidden source's
spectral peaks where they were (Wang, ISMIR 2003). Given an alignment, each reference peak is looked
up in the input; those that are there count for a match, the rest against it, both weighed by how
often peaks are there by chance. Peaks may be moved to another speed and pitch first, so that this
also checks what the other lane proposes (after Six and Leman, ISMIR 2014, without their hash).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from similarity.compiled import compiled
from similarity.recording.peaks import (
    HIGHEST_BIN,
    LOWEST_BIN,
    QUERY_RATE,
    SECONDS_PER_FRAME,
    mirrored,
    spectral_peaks,
    unpack,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

CHANCE_OFFSETS: Final = np.concatenate((np.arange(-240, -8, 2), np.arange(10, 242, 2)))
"""Frames (0.2 to 5.6 s) off the alignment at which hits are chance."""

CHANCE_QUANTILE: Final = 0.97
"""Of those, the ones that count as chance are where the beat falls together: two pieces with one
rhythm and one drum kit have most of their peaks in common there, and no more."""

SLOT_S: Final = 0.25
COARSE: Final = slice(None, None, 9)
"""A ninth of the chance offsets: enough to sort candidates by."""

NEAR_SPEEDS: Final = tuple(1 + step / 1000 for step in range(-6, 7))
FAR_SPEEDS: Final = tuple(1 + step / 1000 for step in range(-24, 25, 4))
_STEPS: Final = range(-4, 5)

LEAST_PEAKS: Final = 24
"""Fewer than this in common stretch are no constellation: one second and a half of music."""


@dataclass(frozen=True, slots=True)
class Expected:
    """``survival``: part of the reference's peaks that a match shows; ``slot_most``: the most that
    one slot may say for or against it, in nats.
    """

    survival: float
    slot_most: float


MASKED: Final = Expected(0.3, 2.0)
"""Other music on top hides most peaks."""

CLEAR: Final = Expected(0.8, 4.0)
"""A clean copy shows nearly all: decides on three seconds where little else is left."""


@dataclass(frozen=True, slots=True)
class Placement:
    """The input is ``speed`` times faster and ``semitones`` higher than the reference, and begins
    ``offset_s`` into it.
    """

    speed: float
    semitones: float
    offset_s: float

    @property
    def is_speed_change(self) -> bool:
        """Pitch and tempo moved together, as when a tape runs faster."""
        return abs(self.semitones - 12 * math.log2(self.speed)) < 1e-6

    def turned(self, pivot_s: float, factor: float, shift_s: float) -> Placement:
        """At ``factor`` times the speed, the input's ``pivot_s`` staying at its place."""
        speed = self.speed * factor
        rise = 12 * math.log2(factor) if self.is_speed_change else 0.0
        offset_s = self.offset_s + pivot_s * (self.speed - speed) + shift_s
        return Placement(speed, self.semitones + rise, offset_s)


@dataclass(frozen=True, slots=True)
class Likeness:
    """``evidence`` in nats for the stretch ``start_s`` to ``stop_s`` of the reference."""

    evidence: float
    hits: int
    start_s: float
    stop_s: float


NOTHING: Final = Likeness(0.0, 0, 0.0, 0.0)


class Sky:
    """The peaks of an input, each widened by a frame and a bin, for looking up many at once."""

    def __init__(self, peaks: NDArray[np.uint32]) -> None:
        self.peaks = peaks
        frames, bins = unpack(peaks)
        exact = np.zeros((int(frames.max(initial=0)) + 2, HIGHEST_BIN + 1), dtype=np.bool_)
        exact[frames, bins] = True
        self._lit = _widened(_widened(exact, 1).T, 1).T.copy()

    @classmethod
    def of(cls, samples: NDArray[np.int16]) -> Self:
        """The peaks of mono samples at ``ANALYSIS_RATE``."""
        return cls(spectral_peaks(samples, QUERY_RATE))

    def widened(self) -> NDArray[np.bool_]:
        """Where there is a peak within three frames and a bin: shape (frames, bins)."""
        return _widened(self._lit, 2)

    def backwards(self) -> Self:
        """The peaks of the same samples in reverse order."""
        return type(self)(mirrored(self.peaks))

    def likeness(
        self,
        reference: NDArray[np.uint32],
        place: Placement,
        expected: Expected,
        *,
        coarse: bool = False,
    ) -> Likeness:
        """How much a reference's peaks shine through where the alignment puts them.

        Args:
            reference: packed peaks of the reference.
            place: where to look.
            expected: what a match is expected to show.
            coarse: measure chance at fewer places, to sort many candidates quickly.
        """
        frames, bins = unpack(reference)
        at = (frames - place.offset_s / SECONDS_PER_FRAME) / place.speed
        pitched = bins * 2 ** (place.semitones / 12)
        inside = (
            (at >= 0) & (at < len(self._lit)) & (pitched >= LOWEST_BIN) & (pitched < HIGHEST_BIN)
        )
        if np.count_nonzero(inside) < LEAST_PEAKS:
            return NOTHING
        rows = np.round(at[inside]).astype(np.intp)
        columns = np.round(pitched[inside]).astype(np.intp)
        offsets = CHANCE_OFFSETS[COARSE] if coarse else CHANCE_OFFSETS
        elsewhere = _shares_lit(self._lit, rows, columns, offsets)
        chance = float(np.quantile(elsewhere, CHANCE_QUANTILE))
        best = max(
            (_lit_at(self._lit, rows + step, columns) for step in (-1, 0, 1)), key=np.count_nonzero
        )
        return _stretch(best, chance, frames[inside] * SECONDS_PER_FRAME, expected)

    def settle(
        self,
        reference: NDArray[np.uint32],
        place: Placement,
        pivot_s: float,
        speeds: Sequence[float] = NEAR_SPEEDS,
    ) -> Placement:
        """The nearby speed and offset at which most peaks are seen, turning about a moment.

        Pitch follows speed where the two belong together. Half a per cent of speed is two frames
        over ten seconds: what items cannot see, peaks can.

        Args:
            reference, place: as for ``likeness``.
            pivot_s: time in the *input* at which the alignment is surest.
            speeds: to try, as factors of the speed given.
        """
        frames, bins = unpack(reference)
        trials = [
            place.turned(pivot_s, speed, step * SECONDS_PER_FRAME)
            for speed in speeds
            for step in _STEPS
        ]
        seen = [
            _seen(
                self._lit,
                frames,
                bins,
                (trial.offset_s / SECONDS_PER_FRAME, trial.speed, 2 ** (trial.semitones / 12)),
            )
            for trial in trials
        ]
        return trials[int(np.argmax(seen))]


def _widened(lit: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    """Lit also so many rows before and after."""
    wide = lit.copy()
    for step in range(1, reach + 1):
        wide[step:] |= lit[:-step]
        wide[:-step] |= lit[step:]
    return wide


@compiled
def _lit_at(
    lit: NDArray[np.bool_], rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Which of the places are lit; none is outside."""
    found = np.zeros(len(rows), dtype=np.bool_)
    for at in range(len(rows)):
        if 0 <= rows[at] < len(lit):
            found[at] = lit[rows[at], columns[at]]
    return found


@compiled
def _shares_lit(
    lit: NDArray[np.bool_],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    offsets: NDArray[np.int64],
) -> NDArray[np.float64]:
    """The share of the places that is lit when all are moved by each of the offsets, in rows."""
    shares = np.empty(len(offsets))
    for number in range(len(offsets)):
        count = 0
        for at in range(len(rows)):
            row = rows[at] + offsets[number]
            if 0 <= row < len(lit):
                count += int(lit[row, columns[at]])
        shares[number] = count / len(rows)
    return shares


@compiled
def _seen(
    lit: NDArray[np.bool_],
    frames: NDArray[np.int64],
    bins: NDArray[np.int64],
    place: tuple[float, float, float],
) -> int:
    """How many peaks are lit when they begin at an offset (frames), so much faster and higher."""
    offset, speed, pitch = place
    count = 0
    for at in range(
        np.searchsorted(frames, offset - speed),
        np.searchsorted(frames, offset + (len(lit) + 1) * speed),
    ):
        row = int(np.rint((frames[at] - offset) / speed))
        column = int(np.rint(bins[at] * pitch))
        if 0 <= row < len(lit) and column <= HIGHEST_BIN:
            count += int(lit[row, column])
    return count


def _stretch(
    hit: NDArray[np.bool_], chance: float, seconds: NDArray[np.floating], expected: Expected
) -> Likeness:
    """The run of peaks with the largest log likelihood ratio of match against chance."""
    chance = min(max(chance, 0.01), 0.95)
    match = chance + expected.survival * (1 - chance)
    gains = np.where(hit, np.log(match / chance), np.log((1 - match) / (1 - chance)))
    slot = (seconds / SLOT_S).astype(np.intp)
    slot -= slot[0]
    # The peaks of one chord come and go together: agreeing in it is one agreement, not ten.
    sums = np.clip(np.bincount(slot, weights=gains), -expected.slot_most, expected.slot_most)
    total = np.concatenate(([0.0], np.cumsum(sums)))
    stop = int((total - np.minimum.accumulate(total)).argmax())
    start = int(total[: stop + 1].argmin())
    if stop == start:
        return NOTHING
    inside = (slot >= start) & (slot < stop)
    return Likeness(
        evidence=float(total[stop] - total[start]),
        hits=int(np.count_nonzero(hit & inside)),
        start_s=float(seconds[inside][0]),
        stop_s=float(seconds[inside][-1]),
    )
