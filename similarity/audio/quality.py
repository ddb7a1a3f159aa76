"""Technical quality of a recording, measured while it is being decoded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FULL_SCALE: Final = 0.9995
"""A sample this close to ±1 has met the ceiling; dither and lossy coding blur the last bits."""

CLIP_RUN: Final = 3
"""Samples in a row at the ceiling that make a clip; fewer is an ordinary normalised peak."""

SILENCE_DBFS: Final = -60.0
"""Root mean square of a block below which nobody hears music."""

BLOCK_S: Final = 0.1
"""Length of the blocks that are judged silent or not."""


@dataclass(frozen=True, slots=True)
class Quality:
    """Measures of one recording, all channels, at its own sample rate.

    ``integrated_lufs``: programme loudness, ITU-R BS.1770-4 / EBU R 128; None below the gate.
    ``true_peak_dbtp``: highest inter-sample peak of any channel; None for digital silence.
    ``clipped_share``: part (0..1) of samples inside runs of three or more at full scale.
    ``silent_share``: part (0..1) of 0.1 s blocks below -60 dBFS RMS.
    """

    integrated_lufs: float | None
    true_peak_dbtp: float | None
    clipped_share: float
    silent_share: float


class SampleMeter:
    """Counts clipping and silence over consecutive chunks of samples."""

    def __init__(self, rate: int) -> None:
        self._block = max(1, round(rate * BLOCK_S))
        self._rest: NDArray[np.float32] | None = None
        self._samples = self._clipped = self._blocks = self._silent = 0

    def add(self, chunk: NDArray[np.float32]) -> None:
        """Take the next samples, shape (channels, n), full scale ±1."""
        self._samples += chunk.size
        if chunk.size and float(np.abs(chunk).max()) >= FULL_SCALE:
            self._clipped += _clipped_samples(chunk)
        if self._rest is not None and len(self._rest) == len(chunk):
            chunk = np.concatenate((self._rest, chunk), axis=1)
        whole = chunk.shape[1] // self._block * self._block
        blocks = chunk[:, :whole].reshape(len(chunk), -1, self._block)
        power = np.square(blocks).mean(axis=2).max(axis=0)
        self._blocks += len(power)
        self._silent += int(np.count_nonzero(power < 10 ** (SILENCE_DBFS / 10)))
        self._rest = chunk[:, whole:]

    @property
    def clipped_share(self) -> float:
        return self._clipped / self._samples if self._samples else 0.0

    @property
    def silent_share(self) -> float:
        return self._silent / self._blocks if self._blocks else 0.0


def _clipped_samples(chunk: NDArray[np.float32]) -> int:
    clipped = 0
    for channel in np.abs(chunk) >= FULL_SCALE:
        edges = np.flatnonzero(np.diff(channel.astype(np.int8), prepend=0, append=0))
        runs = edges[1::2] - edges[::2]
        clipped += int(runs[runs >= CLIP_RUN].sum())
    return clipped
