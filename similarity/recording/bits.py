"""Counting the bits of a word."""

from __future__ import annotations

import numpy as np

from similarity.compiled import compiled


@compiled
def bits_set(word: np.uint32) -> int:
    """How many bits of a word are set."""
    word -= (word >> np.uint32(1)) & np.uint32(0x55555555)
    word = (word & np.uint32(0x33333333)) + ((word >> np.uint32(2)) & np.uint32(0x33333333))
    word = (word + (word >> np.uint32(4))) & np.uint32(0x0F0F0F0F)
    # Compiled, the product has 64 bits: only the fourth byte is the sum.
    return int(np.int64((word * np.uint32(0x01010101)) >> np.uint32(24)) & 0xFF)
