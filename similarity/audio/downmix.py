"""Any number of channels at any rate to the mono samples that are analysed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from av.audio.resampler import AudioResampler

from similarity.audio.limits import ANALYSIS_RATE
from similarity.audio.packed import floats, packed_frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.audio.frame import AudioFrame
    from av.audio.layout import AudioLayout
    from numpy.typing import NDArray

MINUS_3_DB: Final = 0.7071
"""What ITU-R BS.775 gives the centre and the surround channels in a stereo mix."""

CANCELLED: Final = 0.1
"""Power of the sum of both sides, as a share of what they carry, below which they cancel each
other: equal sides have 1, unrelated ones 0.5, and music made wide on purpose still some 0.3."""

BLOCKS_PER_SECOND: Final = 10
"""The level of a second is the median of this many blocks, so that a click is not a level."""

_CENTRES: Final = frozenset({"FC", "BC", "TC", "TFC", "TBC", "BFC"})
_SECOND: Final = ANALYSIS_RATE
_BLOCK: Final = ANALYSIS_RATE // BLOCKS_PER_SECOND


class Downmix:
    """Mixes samples of one format down, second by second.

    The mix is the sum of the left and the right side, scaled so that it cannot clip. Where one side
    is the other one upside down that sum is silence, though everybody hears the music; there, the
    mix is their difference.
    """

    def __init__(self, layout: AudioLayout, rate: int) -> None:
        self._weights = _side_weights(layout)
        self._rate = rate
        self._resampler = AudioResampler(format="flt", layout="stereo", rate=ANALYSIS_RATE)
        self._waiting: list[NDArray[np.float32]] = []
        self._count = 0
        self.level = 0.0

    def add(self, samples: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
        """Take samples of shape (n, channels); whole seconds of mono come back, full scale ±1."""
        sides = packed_frame(samples @ self._weights, "stereo", self._rate)
        self._gather(self._resampler.resample(sides))
        if self._count < _SECOND:
            return
        joined = self._joined()
        whole = len(joined) // _SECOND * _SECOND
        for start in range(0, whole, _SECOND):
            yield self._mix(joined[start : start + _SECOND])
        self._waiting, self._count = [joined[whole:]], len(joined) - whole

    def finish(self) -> Iterator[NDArray[np.float32]]:
        """What is left. ``level`` is then that of the loudest second, as an amplitude (RMS)."""
        self._gather(self._resampler.resample(None))
        joined = self._joined()
        for start in range(0, len(joined), _SECOND):
            yield self._mix(joined[start : start + _SECOND])

    def _gather(self, resampled: list[AudioFrame]) -> None:
        for frame in resampled:
            sides = floats(frame).reshape(-1, 2)
            self._waiting.append(sides)
            self._count += len(sides)

    def _joined(self) -> NDArray[np.float32]:
        return np.concatenate([np.zeros((0, 2), dtype=np.float32), *self._waiting])

    def _mix(self, sides: NDArray[np.float32]) -> NDArray[np.float32]:
        left, right = sides.T
        mono: NDArray[np.float32] = left + right
        carried = 2 * (_power(left) + _power(right))  # the power that equal sides add up to
        if _power(mono) < CANCELLED * carried:
            mono = left - right
        self.level = max(self.level, _level(mono))
        return mono


def _power(samples: NDArray[np.float32]) -> float:
    return float(np.mean(np.square(samples, dtype=np.float64)))


def _level(second: NDArray[np.float32]) -> float:
    """Median root mean square of the blocks of one second, or of what there is of one."""
    blocks = second[: len(second) // _BLOCK * _BLOCK].reshape(-1, _BLOCK)
    if not len(blocks):
        return float(np.sqrt(_power(second)))
    return float(np.median(np.sqrt(np.mean(np.square(blocks, dtype=np.float64), axis=1))))


def _side_weights(layout: AudioLayout) -> NDArray[np.float32]:
    """What each channel gives to the left and to the right side: float32, shape (channels, 2).

    After ITU-R BS.775; channels without a place are dealt out in turn. All weights add up to 1, so
    that the sum of the sides cannot exceed full scale.
    """
    names = [channel.name for channel in layout.channels]
    if len(names) == 1:
        return np.full((1, 2), 0.5, dtype=np.float32)
    weights = np.zeros((len(names), 2), dtype=np.float32)
    for number, name in enumerate(names):
        if name.startswith("LFE"):
            continue  # the bass of the other channels once more
        if name in _CENTRES:
            weights[number] = MINUS_3_DB
            continue
        side = 0 if "L" in name else 1 if "R" in name else number % 2
        weights[number, side] = 1.0 if name in ("FL", "FR") else MINUS_3_DB
    total = float(weights.sum())
    return weights / total if total else np.full_like(weights, 0.5 / len(names))
