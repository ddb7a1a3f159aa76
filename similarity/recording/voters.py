"""Which items of an input vote, and for which places of a corpus.

Reliable bits guide the look-up (Haitsma and Kalker, "A Highly Robust Audio Fingerprinting System",
ISMIR 2002, section 5): the signs that an input is least sure of are also tried the other way.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from similarity.compiled import compiled
from similarity.recording.keys import KEY_GAP, SILENT_ITEM, key_of
from similarity.recording.postings import ItemPostings, Runs, runs_of
from similarity.recording.variants import VariantItems

PROBES: Final = 4
"""Keys that an item asks with: its own, and with its one or two least sure signs changed."""


class Voters(NamedTuple):
    """Items that vote. ``query``: uint32, all items of the query; ``items``: int64, shape (n,),
    which of them vote; ``begins``: int64, and ``counts``: uint8, shape (n, PROBES), the runs of
    places that the keys of each vote for.
    """

    query: NDArray[np.uint32]
    items: NDArray[np.int64]
    begins: NDArray[np.int64]
    counts: NDArray[np.uint8]


@compiled
def voters_of(query: VariantItems, postings: ItemPostings, run: int) -> Voters:
    """All items that have a later one and are not silent, in their order.

    Each key may vote for ``run`` places (< 256).
    """
    items, keys = _keyed(query)
    own = runs_of(keys, postings, run)
    others = runs_of(_less_sure_keys(query, items, keys, own), postings, run)
    voters = Voters(
        query.items,
        items,
        np.empty((len(items), PROBES), dtype=np.int64),
        np.empty((len(items), PROBES), dtype=np.uint8),
    )
    voters.begins[:, 0], voters.counts[:, 0] = own.begins, own.counts
    voters.begins[:, 1:] = others.begins.reshape(len(items), PROBES - 1)
    voters.counts[:, 1:] = others.counts.reshape(len(items), PROBES - 1)
    return voters


@compiled
def _keyed(query: VariantItems) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """The items that vote, and their keys."""
    items = np.empty(len(query.items), dtype=np.int64)
    keys = np.empty(len(query.items), dtype=np.uint32)
    count = 0
    for number in range(len(query.starts) - 1):
        for position in range(query.starts[number], query.starts[number + 1] - KEY_GAP):
            item, later = query.items[position], query.items[position + KEY_GAP]
            if SILENT_ITEM in (item, later):
                continue
            items[count], keys[count] = position, key_of(item, later)
            count += 1
    return items[:count].copy(), keys[:count].copy()


@compiled
def _less_sure_keys(
    query: VariantItems, items: NDArray[np.int64], keys: NDArray[np.uint32], own: Runs
) -> NDArray[np.uint32]:
    """The keys that each item asks with besides its own, one after the other."""
    asked = np.empty(len(keys) * (PROBES - 1), dtype=np.uint32)
    for at in range(len(keys)):
        weakest, second = _least_sure(query.margins, items[at], np.int64(own.bits[at]))
        asked[at * (PROBES - 1)] = keys[at] ^ weakest
        asked[at * (PROBES - 1) + 1] = keys[at] ^ second
        asked[at * (PROBES - 1) + 2] = keys[at] ^ weakest ^ second
    return asked


@compiled
def _least_sure(
    margins: NDArray[np.uint8], position: np.int64, bits: np.int64
) -> tuple[np.uint32, np.uint32]:
    """The two bits of a key's prefix that are the nearest to changing."""
    weakest, second = 0, 0
    least, next_least = 256, 256
    for bit in range(bits):
        margin = int(np.int64(margins[position + (bit % 2) * KEY_GAP, bit // 2]))
        if margin < least:
            second, next_least = weakest, least
            weakest, least = bit, margin
        elif margin < next_least:
            second, next_least = bit, margin
    return np.uint32(1 << (31 - weakest)), np.uint32(1 << (31 - second))
