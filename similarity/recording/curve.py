"""How well two recordings agree along their common passage, as a curve short enough to keep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

CURVE_POINTS: Final = 96
"""Values at most: one for every few pixels of a page, whatever the passage's length."""


def error_curve(errors: NDArray[np.float64]) -> tuple[float, ...]:
    """Means of consecutive stretches of per-item bit error rates, in order.

    Args:
        errors: bit error rate (0..1) of each aligned item, shape (n,).

    Returns:
        ``min(n, CURVE_POINTS)`` values, evenly spaced along the passage.
    """
    stretches = np.array_split(errors, min(len(errors), CURVE_POINTS) or 1)
    return tuple(float(stretch.mean()) for stretch in stretches if len(stretch))
