"""The outline of a recording, for a waveform display."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def peaks(samples: NDArray[np.int16], count: int) -> list[float]:
    """The largest magnitude (0..1) in each of ``count`` equal stretches of mono samples.

    Fewer samples than ``count`` give one value per sample.
    """
    if count < 1:
        raise ValueError("a waveform needs at least one value")
    if not len(samples):
        return []
    edges = np.linspace(0, len(samples), min(count, len(samples)), endpoint=False).astype(np.int64)
    # -32768 has no int16 counterpart, so its magnitude is taken in a wider type.
    high = np.maximum.reduceat(samples, edges).astype(np.int32)
    low = np.minimum.reduceat(samples, edges).astype(np.int32)
    outline = np.maximum(high, -low) / 32768.0
    return [round(float(value), 4) for value in outline]
