"""Chromaprint's front end, opened up so that pitch and tempo can be changed after the transform.

libchromaprint answers for a recording as it is. To find a recording that was sped up, transposed or
stretched we need its items at many pitches and tempos, and transforming the audio for each would
cost a hundred times as much. So the spectrum is taken once, on a grid of tenths of a semitone
(``Pitchgram``); a change of pitch is then a shift along that axis, a change of tempo another
spacing along the other, and only the cheap last steps are repeated per variant.

**Tuning.** Chromaprint's pitch classes change over exactly at A440's semitones, so that the notes
of most music lie on the edges, and a tenth of a semitone more or less moves them to other classes:
the bit error rate of an exact copy goes from 0.03 to 0.25. Moved by the recording's own tuning
first, notes lie in the middle of their classes, and three tenths either way cost next to nothing
(measured: 0.02 to 0.09). References are therefore fingerprinted at ``Pitchgram.tuning``.

Independent implementation of algorithm TEST2 of Chromaprint (Lukáš Lalinský, 2010; after Ke, Hoiem
and Sukthankar, "Computer Vision for Music Identification", CVPR 2005, and Jang, Yoo, Lee, Kim and
Kalker, "Pairwise Boosted Audio Fingerprint", IEEE TIFS 2009). Unchanged pitch and tempo give the
library's own items but for rounding at the thresholds; a test holds us to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import fft

from similarity.audio.limits import ANALYSIS_RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

FRAME: Final = 8192
"""Samples at 22 050 Hz: the same 0.37 s, and the same bin frequencies, as 4096 at 11 025 Hz."""

ITEM_HOP: Final = 2730
"""Chromaprint's hop, 1365 at 11 025 Hz."""

FINE: Final = 3
"""Frames per item that an input is given, so that other tempos fall close to a frame."""

BINS_PER_SEMITONE: Final = 10

MAX_SHIFT_SEMITONES: Final = 13.5
"""An octave either way and a little for refinement."""

_LOWEST_HZ: Final = 27.5
"""A0. Chromaprint folds the seven octaves from here to 3520 Hz (and one bin below, at 26.9 Hz,
where no music lives: left out here)."""

_OCTAVES: Final = 7
SILENT_NORM: Final = 0.01
"""Below this a frame has no pitch: Chromaprint's own limit."""

_CUTS: Final = range(-BINS_PER_SEMITONE // 2, BINS_PER_SEMITONE // 2)
_MARGIN: Final = round(MAX_SHIFT_SEMITONES * BINS_PER_SEMITONE)
_OCTAVE_BINS: Final = 12 * BINS_PER_SEMITONE
_WIDTH: Final = _OCTAVES * _OCTAVE_BINS + 2 * _MARGIN
_STARTS: Final = 2 * _MARGIN + 11 * BINS_PER_SEMITONE + 1
"""Tenths at which a pitch class of some transposition begins."""

_SEMITONES: Final = -(-_STARTS // BINS_PER_SEMITONE)
_CHUNK: Final = 512
"""Frames per transform: bounds memory to some 40 MB however long the recording is."""


@dataclass(frozen=True, slots=True, eq=False)
class Pitchgram:
    """Spectral energy by pitch, all octaves added: float32, shape (10, frames, 39).

    ``energy[r, :, m]`` holds the semitone that begins m semitones and r tenths above the lowest, so
    that the twelve pitch classes of any transposition lie side by side.
    """

    energy: NDArray[np.float32]
    frames_per_item: int = FINE

    def __len__(self) -> int:
        return int(self.energy.shape[1])

    def part(self, first: int, last: int) -> Pitchgram:
        """The frames of one stretch."""
        return Pitchgram(self.energy[:, max(0, first) : last], self.frames_per_item)

    def backwards(self) -> Pitchgram:
        """The same frames in reverse order."""
        return Pitchgram(np.ascontiguousarray(self.energy[:, ::-1]), self.frames_per_item)

    def slice_of(self, semitones: float) -> tuple[int, int]:
        """Index along the first axis, and first of twelve along the last, of a transposition."""
        start = _MARGIN + round(semitones * BINS_PER_SEMITONE)
        semitone, residue = divmod(start, BINS_PER_SEMITONE)
        return residue, semitone

    def chroma(self, semitones: float) -> NDArray[np.float32]:
        """Pitch classes, shape (frames, 12), of the input moved down by so many semitones."""
        residue, first = self.slice_of(semitones)
        return self.energy[residue, :, first : first + 12]

    def tuning(self) -> float:
        """Semitones (-0.5 to 0.4) to move by so that notes lie in the middle of their classes.

        Of the ten ways to cut the scale, the one whose classes are the most unequal: notes cut in
        two make for equal ones.
        """
        sharpness = [_sharpness(self.chroma(tenth / BINS_PER_SEMITONE)) for tenth in _CUTS]
        # Notes well inside a class make a plateau; its middle is its circular mean.
        angle = 2 * np.pi * np.arange(len(_CUTS)) / len(_CUTS)
        weight = np.array(sharpness) - min(sharpness)
        mean = np.angle(np.sum(weight * np.exp(1j * angle))) / (2 * np.pi) * len(_CUTS)
        tenth = _CUTS[round(float(mean)) % len(_CUTS)]
        return tenth / BINS_PER_SEMITONE


def _sharpness(chroma: NDArray[np.float32]) -> float:
    """How unequal the classes are, from 1/12 to 1, averaged over frames."""
    total = chroma.sum(axis=1)
    squares = np.einsum("ij,ij->i", chroma, chroma)
    heard = total > SILENT_NORM
    return float(np.mean(squares[heard] / total[heard] ** 2)) if heard.any() else 0.0


def pitchgram(samples: NDArray[np.int16], frames_per_item: int = FINE) -> Pitchgram:
    """The pitchgram of mono samples at ``ANALYSIS_RATE``; no frames for less than ``FRAME``."""
    hop = ITEM_HOP // frames_per_item
    count = max(0, (len(samples) - FRAME) // hop + 1)
    energy = np.zeros((BINS_PER_SEMITONE, count, _SEMITONES), dtype=np.float32)
    window = (np.hamming(FRAME) / 32767).astype(np.float32)
    bins, columns, starts = _fold_plan()
    for begin in range(0, count, _CHUNK):
        end = min(begin + _CHUNK, count)
        stretch = samples[begin * hop : (end - 1) * hop + FRAME]
        frames = np.lib.stride_tricks.sliding_window_view(stretch, FRAME)[::hop]
        spectrum = fft.rfft(frames * window, axis=1)[:, bins]
        power = spectrum.real**2 + spectrum.imag**2
        tenths = np.zeros((end - begin, _WIDTH + 1))
        tenths[:, columns] = np.add.reduceat(power, starts, axis=1)
        total = np.cumsum(tenths, axis=1)
        semitones = total[:, BINS_PER_SEMITONE:] - total[:, :-BINS_PER_SEMITONE]
        folded = np.zeros((end - begin, _SEMITONES * BINS_PER_SEMITONE))
        for first in range(0, _OCTAVES * _OCTAVE_BINS, _OCTAVE_BINS):
            folded[:, :_STARTS] += semitones[:, first : first + _STARTS]
        energy[:, begin:end] = folded.reshape(end - begin, _SEMITONES, -1).transpose(2, 0, 1)
    return Pitchgram(energy, frames_per_item)


@lru_cache(maxsize=1)
def _fold_plan() -> tuple[slice, NDArray[np.intp], NDArray[np.intp]]:
    """Which transform bins count, in which column each run of them ends up, where runs start."""
    hz = np.arange(1, FRAME // 2 + 1) * (ANALYSIS_RATE / FRAME)
    tenth = np.floor(_OCTAVE_BINS * np.log2(hz / _LOWEST_HZ)).astype(np.intp) + _MARGIN
    inside = np.flatnonzero((tenth >= 0) & (tenth < _WIDTH))
    columns, starts = np.unique(tenth[inside], return_index=True)
    # Column 0 stays empty, so that a difference of running sums is a sum over ten tenths.
    return slice(int(inside[0]) + 1, int(inside[-1]) + 2), columns + 1, starts
