"""Find where in a corpus items like these occur: places sorted by key.

An inverted index over Chromaprint's sign bits. A table of key prefixes says where each run of
places begins; where a run is longer than a search can use, it is narrowed by further bits of the
key: eight are kept beside the places, the rest is read off the corpus itself. So every item asks
for about as many places, whether the corpus holds one hour or five thousand, whether its music is
common or rare.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from similarity.compiled import compiled
from similarity.recording.corpus import sealed
from similarity.recording.keys import KEY_BITS, KEY_GAP, SILENT_ITEM, key_of, sign_of_bit

if TYPE_CHECKING:
    from similarity.recording.corpus import Laid

STRIDE: Final = 2
"""Every second item of a reference is posted: neighbours look at nearly the same sound, and an
input asks with every item of its own."""

_SHARED_BITS: Final = 5
"""Some 32 places to an entry of the table: as many as a search takes together."""

_NEXT_BITS: Final = 8
"""Of each key, after its prefix in the table. Read off the corpus, where each item lies somewhere
else in memory, they would take twice as long as all the rest of a look-up."""

_SORTED_BITS: Final = 16
"""Of a key, by which many of them are put in order: the rest would take longer than it saves."""

_LEAST_PREFIX: Final = 8
_MOST_PREFIX: Final = 24


class ItemPostings(NamedTuple):
    """``items``, ``starts``: of all references laid end to end; ``places``: uint32, shape (n,),
    indices of items in order of their keys; ``nexts``: uint8, shape (n,), the bits of each place's
    key that follow its prefix; ``table``: uint32, shape (2^prefix + 1,), where the places of each
    key prefix begin.
    """

    items: NDArray[np.uint32]
    starts: NDArray[np.int64]
    places: NDArray[np.uint32]
    nexts: NDArray[np.uint8]
    table: NDArray[np.uint32]

    @classmethod
    def of(cls, corpus: Laid[np.uint32]) -> Self:
        """Post the items of a corpus."""
        keyed = _keyed(corpus.values, corpus.starts)
        keyed.sort()
        places = (keyed & np.uint64(0xFFFFFFFF)).astype(np.uint32)
        bits = np.ceil(np.log2(len(keyed) + 1)) - _SHARED_BITS
        prefix = int(np.clip(bits, _LEAST_PREFIX, _MOST_PREFIX))
        shift = np.uint64(32 + KEY_BITS - prefix)
        counts = np.bincount((keyed >> shift).astype(np.int64), minlength=1 << prefix)
        table = np.concatenate(([0], np.cumsum(counts))).astype(np.uint32)
        nexts = ((keyed >> (shift - np.uint64(_NEXT_BITS))) & np.uint64(0xFF)).astype(np.uint8)
        return cls(corpus.values, corpus.starts, sealed(places), sealed(nexts), sealed(table))


@compiled
def _keyed(items: NDArray[np.uint32], starts: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Key and place of every posted item, the key in the upper half."""
    keyed = np.empty(len(items) // STRIDE + len(starts), dtype=np.uint64)
    count = 0
    for number in range(len(starts) - 1):
        for place in range(starts[number], starts[number + 1] - KEY_GAP, STRIDE):
            first, later = items[place], items[place + KEY_GAP]
            if SILENT_ITEM in (first, later):
                continue
            keyed[count] = (np.uint64(key_of(first, later)) << np.uint64(32)) | np.uint64(place)
            count += 1
    return keyed[:count].copy()


class Runs(NamedTuple):
    """Of each key asked for, the longest run of places that shares a prefix of it and is short
    enough: where it ``begins``, how many places it has (none where even equal keys are too many),
    and the prefix's length in ``bits``. int64, uint8 and uint8, of one shape.
    """

    begins: NDArray[np.int64]
    counts: NDArray[np.uint8]
    bits: NDArray[np.uint8]


@compiled
def runs_of(keys: NDArray[np.uint32], postings: ItemPostings, most: int) -> Runs:
    """The runs of many keys, of at most ``most`` (< 256) places each.

    They are looked up about in their own order, which is that of the places: what one look-up has
    brought into the processor's caches, the next ones find there. That makes it three times faster.
    """
    known = 0
    while (1 << known) < len(postings.table) - 1:
        known += 1
    runs = Runs(
        np.empty(len(keys), dtype=np.int64),
        np.empty(len(keys), dtype=np.uint8),
        np.empty(len(keys), dtype=np.uint8),
    )
    for at in _by_their_tops(keys):
        begin, end, bits = _run_of(keys[at], known, postings, most)
        runs.begins[at], runs.counts[at], runs.bits[at] = begin, end - begin, bits
    return runs


@compiled
def _by_their_tops(keys: NDArray[np.uint32]) -> NDArray[np.int64]:
    """The order of the keys by their highest bits alone: counted, not compared."""
    shift = np.uint32(KEY_BITS - _SORTED_BITS)
    firsts = np.zeros((1 << _SORTED_BITS) + 1, dtype=np.int64)
    for key in keys:
        firsts[(key >> shift) + 1] += 1
    firsts = np.cumsum(firsts)
    order = np.empty(len(keys), dtype=np.int64)
    for at in range(len(keys)):
        top = keys[at] >> shift
        order[firsts[top]] = at
        firsts[top] += 1
    return order


@compiled
def _run_of(key: np.uint32, known: int, postings: ItemPostings, most: int) -> tuple[int, int, int]:
    """Bounds of a key's run, and its prefix's length; ``known`` bits are those of the table."""
    bits = known
    begin, end = _table_run(key, bits, known, postings.table)
    while bits > 0:
        wider = _table_run(key, bits - 1, known, postings.table)
        if wider[1] - wider[0] > most:
            break
        begin, end = wider
        bits -= 1
    own = np.int64(key >> np.uint32(KEY_BITS - known - _NEXT_BITS)) & 0xFF
    while end - begin > most and bits < known + _NEXT_BITS:
        bits += 1
        unseen = known + _NEXT_BITS - bits
        begin, end = _narrowed_by_nexts(own, unseen, begin, end, postings.nexts)
    while end - begin > most and bits < KEY_BITS:
        bits += 1
        begin, end = _narrowed(key, bits, begin, end, postings)
    if end - begin > most:
        return 0, 0, bits
    return begin, end, bits


@compiled
def _table_run(key: np.uint32, bits: int, known: int, table: NDArray[np.uint32]) -> tuple[int, int]:
    """Bounds of the places that share a prefix of ``bits``, of the ``known`` that the table has."""
    first = (np.int64(key) >> (KEY_BITS - bits)) << (known - bits)
    return int(np.int64(table[first])), int(np.int64(table[first + (1 << (known - bits))]))


@compiled
def _narrowed_by_nexts(
    own: np.int64, unseen: int, begin: int, end: int, nexts: NDArray[np.uint8]
) -> tuple[int, int]:
    """The half of a run whose next bits are a key's, but for the last ``unseen`` of them."""
    least = ((own >> unseen) | 1) << unseen
    low, high = begin, end
    while low < high:
        middle = (low + high) // 2
        if np.int64(nexts[middle]) < least:
            low = middle + 1
        else:
            high = middle
    return (low, end) if (own >> unseen) & 1 else (begin, low)


@compiled
def _narrowed(
    key: np.uint32, bits: int, begin: int, end: int, postings: ItemPostings
) -> tuple[int, int]:
    """The half of a run whose next bit is the key's: the run is sorted, so it is bisected."""
    items = postings.items
    shift = KEY_BITS - bits
    later, sign = sign_of_bit(shift)
    low, high = begin, end
    while low < high:
        middle = (low + high) // 2
        if (np.int64(items[np.int64(postings.places[middle]) + later]) >> sign) & 1:
            high = middle
        else:
            low = middle + 1
    return (low, end) if (np.int64(key) >> shift) & 1 else (begin, low)
