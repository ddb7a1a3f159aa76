"""Spectral peaks: the landmarks that survive when other music is laid on top.

After A. Wang, "An Industrial-Strength Audio Search Algorithm", ISMIR 2003: keep the points of the
spectrogram that rise above everything around them; what is added elsewhere leaves them alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import fft
from scipy.ndimage import maximum_filter

if TYPE_CHECKING:
    from numpy.typing import NDArray

FRAME: Final = 2048
"""93 ms at 22 050 Hz: bins of 10.8 Hz part neighbouring notes, and onsets stay sharp."""

HOP: Final = 512
SECONDS_PER_FRAME: Final = HOP / 22_050
LOWEST_BIN: Final = 9
"""97 Hz: below it bass drums drown everything."""

HIGHEST_BIN: Final = 480
"""5.2 kHz: what telephone and 32 kbit/s coding leave, with a little more."""

REFERENCE_RATE: Final = 18.0
"""Peaks kept per second of a reference: 36 bytes in the index, or 0.13 MB per hour."""

QUERY_RATE: Final = 60.0
"""Peaks kept per second of an input: the weak ones may be all that is left of a hidden source."""

_TIME_REACH: Final = 9
_BIN_REACH: Final = 15
_TIME_SHIFT: Final = np.uint32(12)
_BIN_MASK: Final = np.uint32((1 << 12) - 1)
_FLOOR_DB: Final = -80.0
_CHUNK: Final = 4096

_STEP_SHIFT: Final = 9
_LONGEST_STEP: Final = 127
_NO_BIN: Final = 511
_SKIP: Final = _LONGEST_STEP << _STEP_SHIFT | _NO_BIN


def spectral_peaks(
    samples: NDArray[np.int16], rate_per_s: float = REFERENCE_RATE
) -> NDArray[np.uint32]:
    """Peaks of mono samples at ``ANALYSIS_RATE``, the strongest of each second, in time order.

    A peak is (frame << 12 | bin): frames of ``SECONDS_PER_FRAME``, bins of 22 050 / 2048 Hz.
    """
    found = [
        _peaks_of(samples, begin, rate_per_s)
        for begin in range(0, max(0, len(samples) - FRAME) // HOP + 1, _CHUNK)
        if len(samples) >= FRAME
    ]
    return np.concatenate(found) if found else np.zeros(0, dtype=np.uint32)


def unpack(peaks: NDArray[np.uint32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Frames and bins of packed peaks."""
    return (peaks >> _TIME_SHIFT).astype(np.int64), (peaks & _BIN_MASK).astype(np.int64)


def mirrored(peaks: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Packed peaks in reverse order of time, the last at frame 0."""
    frames, bins = unpack(peaks)
    packed = (frames.max(initial=0) - frames) << _TIME_SHIFT | bins
    return np.sort(packed.astype(np.uint32))


def shortened(peaks: NDArray[np.uint32]) -> NDArray[np.uint16]:
    """Packed peaks in half the space: (frames since the last one << 9 | bin - ``LOWEST_BIN``).

    A step of 127 frames with bin 511 stands for no peak, where the next is further off.
    """
    frames, bins = unpack(peaks)
    steps = np.diff(frames, prepend=0)
    skips = steps // _LONGEST_STEP
    words = np.repeat(np.uint16(_SKIP), int(skips.sum()) + len(peaks))
    words[np.cumsum(skips + 1) - 1] = (steps - skips * _LONGEST_STEP) << _STEP_SHIFT | (
        bins - LOWEST_BIN
    )
    return words


def restored(words: NDArray[np.uint16]) -> NDArray[np.uint32]:
    """The packed peaks that ``shortened`` was given."""
    frames = np.cumsum(words >> _STEP_SHIFT, dtype=np.uint32)
    there = words != _SKIP
    bins = (words[there] & np.uint16(_NO_BIN)).astype(np.uint32) + np.uint32(LOWEST_BIN)
    packed: NDArray[np.uint32] = (frames[there] << _TIME_SHIFT) | bins
    return packed


def _peaks_of(samples: NDArray[np.int16], begin: int, rate_per_s: float) -> NDArray[np.uint32]:
    """Peaks of frames ``begin`` to ``begin + _CHUNK``, seen with some frames to either side."""
    total = (len(samples) - FRAME) // HOP + 1
    low, high = max(0, begin - _TIME_REACH), min(total, begin + _CHUNK + _TIME_REACH)
    level = _spectrogram(samples[low * HOP : (high - 1) * HOP + FRAME])
    around = maximum_filter(level, size=(_TIME_REACH, _BIN_REACH), mode="constant", cval=-np.inf)
    frame, bin_number = np.nonzero((level == around) & (level > _FLOOR_DB))
    strength = level[frame, bin_number]
    frame += low
    inside = (frame >= begin) & (frame < min(begin + _CHUNK, total))
    frame, bin_number, strength = frame[inside], bin_number[inside], strength[inside]
    keep = _strongest_per_second(frame, strength, rate_per_s)
    return (frame[keep].astype(np.uint32) << _TIME_SHIFT) | (bin_number[keep] + LOWEST_BIN).astype(
        np.uint32
    )


def _spectrogram(samples: NDArray[np.int16]) -> NDArray[np.float32]:
    """Level in dB below full scale, treble raised by 6 dB an octave as music falls off by."""
    window = (np.hanning(FRAME) * (2 / FRAME / 32768 * 2)).astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::HOP]
    spectrum = fft.rfft(frames * window, axis=1)[:, LOWEST_BIN:HIGHEST_BIN]
    tilt = 6 * np.log2(np.arange(LOWEST_BIN, HIGHEST_BIN) / LOWEST_BIN)
    level = 10 * np.log10(spectrum.real**2 + spectrum.imag**2 + 1e-12) + tilt
    return np.asarray(level, dtype=np.float32)


def _strongest_per_second(
    frame: NDArray[np.int64], strength: NDArray[np.float32], rate_per_s: float
) -> NDArray[np.int64]:
    """Indices, in time order, of the strongest peaks of each second."""
    second = (frame * SECONDS_PER_FRAME).astype(np.int64)
    order = np.lexsort((-strength, second))
    rank = np.arange(len(order)) - np.searchsorted(second[order], second[order])
    return np.sort(order[rank < rate_per_s])
