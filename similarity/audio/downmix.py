"""Any number of channels at any rate to the mono samples that are analysed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import av
import numpy as np
from av.audio.resampler import AudioResampler

from similarity.audio.limits import ANALYSIS_RATE
from similarity.audio.packed import floats, packed_frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.audio.layout import AudioLayout
    from numpy.typing import NDArray

MINUS_3_DB: Final = 0.7071
"""What ITU-R BS.775 gives the centre and the surround channels in a stereo mix."""

CANCELLED: Final = 0.2
"""Power of a mix, as a share of what unrelated channels would add up to, below which its channels
cancel each other. Equal channels have 2 in stereo; music made wide on purpose still some 0.6."""

BLOCKS_PER_SECOND: Final = 10
"""The level of a second is the median of this many blocks, so that a click is not a level."""

_CENTRES: Final = frozenset({"FC", "BC", "TC", "TFC", "TBC", "BFC"})
_USUAL_LAYOUTS: Final = {3: "3.0", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}


class Downmix:
    """Mixes samples of one format down, second by second.

    The mix is the sum of the left and the right side, scaled so that it cannot clip. Where that
    sum is next to silence though everybody hears the music, because one side is the other one
    upside down, the mix is their difference; where that is silence too, the loudest channel.

    ``level`` is that of the loudest second so far, as an amplitude (RMS).
    """

    def __init__(self, layout: AudioLayout, rate: int) -> None:
        self._weights = _side_weights(layout)
        self._rate = rate
        self._resampler = AudioResampler(format="flt", layout="mono", rate=ANALYSIS_RATE)
        self.level = 0.0

    def add(self, second: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
        """Take a second of shape (n, channels); mono samples come back, full scale ±1."""
        mono = self._mix(second)
        self.level = max(self.level, _level(mono, self._rate))
        frame = packed_frame(mono[:, None], "mono", self._rate)
        yield from map(floats, self._resampler.resample(frame))

    def finish(self) -> Iterator[NDArray[np.float32]]:
        """What is left in the resampler."""
        yield from map(floats, self._resampler.resample(None))

    def _mix(self, second: NDArray[np.float32]) -> NDArray[np.float32]:
        sides: NDArray[np.float32] = second @ self._weights
        left, right = sides.T
        powers = np.array([_power(channel) for channel in second.T])
        enough = CANCELLED * float(powers @ np.square(self._weights.sum(axis=1)))
        mix: NDArray[np.float32]
        for mix in (left + right, left - right):
            if _power(mix) >= enough:
                return mix
        mix = second[:, int(np.argmax(powers))]
        return mix


def _power(channel: NDArray[np.float32]) -> float:
    """Mean square; in double precision, since samples may be as large as floats are."""
    exact = channel.astype(np.float64)
    return float(np.einsum("n,n->", exact, exact)) / len(exact)


def _level(second: NDArray[np.float32], rate: int) -> float:
    """Median root mean square of the blocks of one second, or of what there is of one."""
    block = min(rate // BLOCKS_PER_SECOND, len(second))
    blocks = second[: len(second) // block * block].reshape(-1, block)
    return float(np.median(np.sqrt(np.mean(np.square(blocks, dtype=np.float64), axis=1))))


def _side_weights(layout: AudioLayout) -> NDArray[np.float32]:
    """What each channel gives to the left and to the right side: float32, shape (channels, 2).

    After ITU-R BS.775; channels without a place are dealt out in turn. All weights add up to 1, so
    that the sum of the sides cannot exceed full scale.
    """
    names = [channel.name for channel in layout.channels]
    if set(names) == {"NONE"} and len(names) in _USUAL_LAYOUTS:
        usual = av.AudioLayout(_USUAL_LAYOUTS[len(names)])
        names = [channel.name for channel in usual.channels]
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
