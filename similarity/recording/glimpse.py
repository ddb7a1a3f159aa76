"""Sort alignments by the peaks that both sides have there, before any is looked into closely.

Votes put forward thousands of alignments. Ten seconds of items tell the true one from the others
where pitch classes are plain; peaks tell it in any sound, and as soon as they lie one on the other
about right. So each alignment is tried at the places, pitches and octaves that the plane's spacing
leaves open, on a sky whose peaks are spread wide, and the best of them sorts it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from similarity.compiled import compiled
from similarity.recording.classifiers import FILTER_WIDTH
from similarity.recording.constellation import LEAST_PEAKS, Placement
from similarity.recording.fingerprint import FRAMES_PER_ITEM
from similarity.recording.peaks import HIGHEST_BIN, LOWEST_BIN, SECONDS_PER_FRAME, unpack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from similarity.recording.constellation import Sky
    from similarity.recording.refine import Alignment

_OCTAVES: Final = 1
_PITCHES: Final = 2
_PITCH_STEP: Final = 0.125
"""Semitones: half the plane's spacing to either side."""

_TEMPO_STEP: Final = 0.033


class Look(NamedTuple):
    """``reach``: frames to either side of where an alignment is surest; ``tempos``: steps of tempo
    to either side; ``shifts``: likewise of place, ``shift_step`` frames each.
    """

    reach: int
    tempos: int
    shifts: int
    shift_step: int


QUICK: Final = Look(reach=150, tempos=0, shifts=1, shift_step=7)
"""Over 3.5 s a tempo five per cent off moves a peak by no more than its spread and half a shift."""

CLOSE: Final = Look(reach=215, tempos=1, shifts=2, shift_step=4)

_EVEN: Final = 9
"""Bins over which the density of peaks is taken for even."""


_MIDDLE: Final = FILTER_WIDTH // 2 * FRAMES_PER_ITEM
"""Frames from the beginning of an item to the middle of what it looks at."""


class Alignments(NamedTuple):
    """Alignments with one reference, each array of shape (n,).

    The input's frame ``heard`` sounds like the reference's frame ``meant``, ``speed`` times faster
    and ``semitones`` higher, octaves apart.
    """

    heard: NDArray[np.float64]
    meant: NDArray[np.float64]
    speed: NDArray[np.float64]
    semitones: NDArray[np.float64]

    @classmethod
    def of(cls, coarse: Sequence[Alignment], tuning: float) -> Self:
        """Alignments of items with a reference that was moved down by its ``tuning``.

        Items begin at their places, and look at what follows.
        """
        speed = np.array([each.variant.speed for each in coarse])
        return cls(
            heard=np.array([each.query_item for each in coarse]) * FRAMES_PER_ITEM
            + _MIDDLE / speed,
            meant=np.array([each.reference_item for each in coarse]) * FRAMES_PER_ITEM + _MIDDLE,
            speed=speed,
            semitones=np.array([each.variant.semitones for each in coarse]) - tuning,
        )

    @classmethod
    def around(cls, place: Placement, pivot_s: float) -> Self:
        """One placement, looked at around a time in the input."""
        meant_s = place.offset_s + pivot_s * place.speed
        return cls(
            heard=np.array([pivot_s / SECONDS_PER_FRAME]),
            meant=np.array([meant_s / SECONDS_PER_FRAME]),
            speed=np.array([place.speed]),
            semitones=np.array([place.semitones]),
        )


class Glimpse:
    """An input's peaks, spread wide, with their density."""

    def __init__(self, sky: Sky) -> None:
        wide = sky.widened()
        density = wide.mean(axis=0) if len(wide) else np.zeros(HIGHEST_BIN + 1)
        self._spread = _Spread(wide, uniform_filter1d(density, _EVEN))

    def agreement(
        self, reference: NDArray[np.uint32], alignments: Alignments, look: Look
    ) -> NDArray[np.float64]:
        """How many peaks of a reference are seen beyond chance, in units that chance spreads by.

        Args:
            reference: its packed peaks.
            alignments: where to look.
            look: how closely.
        """
        return self._looked(reference, alignments, look)[:, 0]

    def placement(
        self, reference: NDArray[np.uint32], alignments: Alignments
    ) -> tuple[float, Placement]:
        """The agreement at the first of the alignments, and where exactly that is."""
        agreement, speed, semitones, shift = self._looked(reference, alignments, CLOSE)[0]
        offset = alignments.meant[0] - (alignments.heard[0] + shift) * speed
        place = Placement(float(speed), float(semitones), float(offset) * SECONDS_PER_FRAME)
        return float(agreement), place

    def _looked(
        self, reference: NDArray[np.uint32], alignments: Alignments, look: Look
    ) -> NDArray[np.float64]:
        frames, bins = unpack(reference)
        return _best_trials(frames, bins, self._spread, alignments, look)


class _Spread(NamedTuple):
    """``wide``: bool, shape (frames, bins), lit around each peak; ``density``: shape (bins,), the
    share that is lit.
    """

    wide: NDArray[np.bool_]
    density: NDArray[np.float64]


@compiled
def _best_trials(
    frames: NDArray[np.int64],
    bins: NDArray[np.int64],
    spread: _Spread,
    alignments: Alignments,
    look: Look,
) -> NDArray[np.float64]:
    """Agreement, speed, semitones and shift in frames of the best trial of each alignment."""
    best = np.zeros((len(alignments.heard), 4))
    for number in range(len(best)):
        meant = alignments.meant[number]
        best[number, 1], best[number, 2] = alignments.speed[number], alignments.semitones[number]
        first = np.searchsorted(frames, meant - look.reach)
        last = np.searchsorted(frames, meant + look.reach)
        for tempo in range(-look.tempos, look.tempos + 1):
            speed = alignments.speed[number] * (1 + _TEMPO_STEP * tempo)
            heard = alignments.heard[number] + (frames[first:last] - meant) / speed
            rows = np.rint(heard).astype(np.int64)
            for octave in range(-_OCTAVES, _OCTAVES + 1):
                for step in range(-_PITCHES, _PITCHES + 1):
                    semitones = alignments.semitones[number] + 12 * octave + _PITCH_STEP * step
                    columns = np.rint(bins[first:last] * 2 ** (semitones / 12)).astype(np.int64)
                    for turn in range(-look.shifts, look.shifts + 1):
                        shift = look.shift_step * turn
                        agreement = _agreement(rows + shift, columns, spread)
                        if agreement > best[number, 0]:
                            best[number, 0], best[number, 1] = agreement, speed
                            best[number, 2], best[number, 3] = semitones, shift
    return best


@compiled
def _agreement(rows: NDArray[np.int64], columns: NDArray[np.int64], spread: _Spread) -> float:
    """Peaks seen at one place, beyond what density alone would show; nothing of too few."""
    inside = hits = 0
    expected = variance = 0.0
    for at in range(len(rows)):
        row, column = rows[at], columns[at]
        if 0 <= row < len(spread.wide) and LOWEST_BIN <= column < HIGHEST_BIN:
            inside += 1
            hits += int(spread.wide[row, column])
            expected += spread.density[column]
            variance += spread.density[column] * (1 - spread.density[column])
    if inside < LEAST_PEAKS:
        return 0.0
    return (hits - expected) / math.sqrt(variance + 1)
