"""Counting the bits of a word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

import numpy as np
from numba import types
from numba.extending import intrinsic


def _popcount(_typing: object, word: types.Integer) -> Any:
    """The processor's own instruction, or several words at once where a loop goes along arrays."""

    def count(_context: object, builder: Any, _signature: object, words: Any) -> Any:
        return builder.ctpop(*words)

    return word(word), count


bits_set: Final = cast("Callable[[np.uint32], np.uint32]", intrinsic(_popcount))
"""How many bits of a word are set: for compiled code only."""
