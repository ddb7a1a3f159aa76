"""The 32-bit keys by which the corpus is looked up: sign bits of two items, by turns.

Of the two bits of each classifier the first, its sign, survives distortion best (measured: 0.19
against 0.03 exact agreement under reverberation). One item has sixteen of them, too few to tell
apart the places of a large corpus; a later one, whose window overlaps the first's by half, has
sixteen more. By turns, so that a short prefix of the key, which is all that a small corpus is
looked up by, holds signs of both.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from similarity.compiled import compiled

KEY_GAP: Final = 8
"""Items from the first to the later one: a second."""

KEY_BITS: Final = 32

SILENT_ITEM: Final = np.uint32(627964279)
"""What Chromaprint makes of digital silence: it would tie all silences together."""


def _spread() -> NDArray[np.uint32]:
    """For each sixteen signs, the key whose even bits they are, the first classifier's on top."""
    signs = np.arange(1 << 16, dtype=np.uint32)
    spread = np.zeros(1 << 16, dtype=np.uint32)
    for bit in range(16):
        spread |= ((signs >> np.uint32(bit)) & np.uint32(1)) << np.uint32(2 * bit + 1)
    return spread


_SPREAD: Final = _spread()


@compiled
def signs_of(item: np.uint32) -> np.uint32:
    """Bits 31, 29 … 1 of an item, packed into the low sixteen."""
    packed = (item >> np.uint32(1)) & np.uint32(0x55555555)
    packed = (packed | (packed >> np.uint32(1))) & np.uint32(0x33333333)
    packed = (packed | (packed >> np.uint32(2))) & np.uint32(0x0F0F0F0F)
    packed = (packed | (packed >> np.uint32(4))) & np.uint32(0x00FF00FF)
    return np.uint32((packed | (packed >> np.uint32(8))) & np.uint32(0x0000FFFF))


@compiled
def key_of(first: np.uint32, later: np.uint32) -> np.uint32:
    """The key of an item and the one ``KEY_GAP`` after it."""
    return np.uint32(_SPREAD[signs_of(first)] | (_SPREAD[signs_of(later)] >> np.uint32(1)))


@compiled
def sign_of_bit(bit: int) -> tuple[int, int]:
    """Which item a key's bit is of, 0 or ``KEY_GAP`` after the place, and which bit of it."""
    return (0 if bit & 1 else KEY_GAP), bit | 1
