"""Chromaprint as AcoustID's server looks it up: 120 items of each track, then aligned bit errors.

After the published sources of acoustid-server and pg_acoustid (L. Lalinský): ``extract_query``,
``acoustid_compare2`` with offsets up to 80 items, and a score of at least 0.4. A re-implementation
for comparison only; the rule that lengths agree within 7 s is left out, or no excerpt could match.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Self

import chromaprint
import numpy as np
from numpy.typing import NDArray

SILENCE = 627_964_279
QUERY_ITEMS = 120
QUERY_START = 80
QUERY_MASK = np.uint32(0xFFFFFFF0)
FIRST_SECONDS = 120
"""What fpcalc fingerprints of a file."""

CANDIDATES = 20
CANDIDATE_SHARE = 0.1
MAX_OFFSET = 80
MIN_SCORE = 0.4
RATE = 22_050

Items = NDArray[np.uint32]


class AcoustId:
    """Items by reference, and 120 keys of each."""

    def __init__(self, references: list[str], items: list[Items]) -> None:
        self._references = references
        self._items = items
        self._keys = [extract_query(own) for own in items]

    @classmethod
    def empty(cls) -> Self:
        """No references yet."""
        return cls([], [])

    def add(self, reference: str, samples: NDArray[np.int16]) -> None:
        """Index mono samples at 22 050 Hz."""
        own = fingerprint(samples)
        self._references.append(reference)
        self._items.append(own)
        self._keys.append(extract_query(own))

    def ranked(self, samples: NDArray[np.int16]) -> list[str]:
        """References with a score of at least ``MIN_SCORE``, best first."""
        query = fingerprint(samples)
        keys = extract_query(query)
        hits = np.array([len(np.intersect1d(keys, own)) for own in self._keys])
        best = int(hits.max(initial=0))
        if best < max(1, (len(keys) + 19) // 20):
            return []
        scored = [
            (compare2(query, self._items[number]), self._references[number])
            for number in np.argsort(-hits, kind="stable")[:CANDIDATES]
            if hits[number] >= CANDIDATE_SHARE * best
        ]
        return [name for score, name in sorted(scored, reverse=True) if score > MIN_SCORE]

    def save(self, folder: Path) -> None:
        """Write the index."""
        np.savez(folder / "acoustid.npz", *self._items)
        (folder / "acoustid.json").write_text(json.dumps(self._references))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        names = json.loads((folder / "acoustid.json").read_text())
        with np.load(folder / "acoustid.npz") as file:
            return cls(names, [file[f"arr_{number}"] for number in range(len(names))])


def fingerprint(samples: NDArray[np.int16]) -> Items:
    """libchromaprint's items (TEST2) of the first two minutes."""
    printer = chromaprint.Fingerprinter()
    printer.start(RATE, 1)
    printer.feed(np.ascontiguousarray(samples[: FIRST_SECONDS * RATE]).tobytes())
    # Our own string, so the overrun of version 1.5 on crafted ones is out of reach.
    items, _ = chromaprint.decode_fingerprint(printer.finish())
    return np.array(items, dtype=np.uint32)


def extract_query(items: Items) -> Items:
    """Up to 120 distinct keys of 28 bits, from item 80 on; sorted."""
    sounding = items[items != SILENCE]
    start = max(0, min(len(sounding) - QUERY_ITEMS, QUERY_START))
    masked = sounding[start:] & QUERY_MASK
    _, first = np.unique(masked, return_index=True)
    keys: Items = np.sort(masked[np.sort(first)[:QUERY_ITEMS]])
    return keys


def compare2(one: Items, other: Items) -> float:
    """Overlap times agreement beyond chance, lowered where items hardly vary; 0 to 1."""
    if not len(one) or not len(other):
        return 0.0
    last_one, last_other = _last_places(one), _last_places(other)
    offsets = [last_other[key] - place for key, place in last_one.items() if key in last_other]
    near = np.array([offset for offset in offsets if abs(offset) <= MAX_OFFSET], dtype=np.int64)
    if not len(near):
        return 0.0
    votes = np.bincount(near + MAX_OFFSET)
    offset = int(np.argmax(votes)) - MAX_OFFSET
    distinct = [len(np.unique(side >> np.uint32(16))) for side in (one, other)]
    if votes.max() < 0.02 * max(distinct):
        return 0.0
    first, second = one[max(0, -offset) :], other[max(0, offset) :]
    common = min(len(first), len(second))
    if not common:
        return 0.0
    errors = np.bitwise_count(first[:common] ^ second[:common]).sum() / (32 * common)
    score = max(0.0, common / min(len(one), len(other)) * (1 - 2 * float(errors)))
    diversity = min(
        min(1.0, (count + 10) / len(side) + 0.5)
        for count, side in zip(distinct, (one, other), strict=True)
    )
    return float(score ** (8 - 7 * diversity)) if diversity < 1 else score


def _last_places(items: Items) -> dict[int, int]:
    """Where each key of 14 bits comes last."""
    return {int(key): place for place, key in enumerate(items >> np.uint32(18))}
