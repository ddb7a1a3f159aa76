"""The median of a few dozen numbers, for where it is asked for a hundred times a query."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from similarity.compiled import compiled


@compiled
def median(values: NDArray[np.floating]) -> float:
    """As ``numpy.median``, which takes twenty times as long over so few; one value at least."""
    return float(np.median(values))
