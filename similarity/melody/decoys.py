"""Music that is like the index but is no work in it."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from similarity.melody.notes import Notes
from similarity.melody.segments import Segments

_SHORTEST_BLOCK: Final = 5
_LONGEST_BLOCK: Final = 9
"""Notes taken from one source: fewer than anybody owns, enough to keep the idiom."""

_TRANSPOSED_CLASSES: Final = (np.arange(12)[None, :] - np.arange(12)[:, None]) % 12
"""Row k holds which pitch class sounds at each place after transposition by k semitones."""


def chimeras(segments: Segments, models: NDArray[np.int64], rng: np.random.Generator) -> Segments:
    """One decoy for each segment numbered in ``models``, of the same length.

    Each is a patchwork of short blocks, every block from another segment of similar length, taken
    from the same relative position and moved to the key that fits its model best. So decoys
    begin, move and close as the music of the index does, and whatever a work has in common with
    them is common property. (Decoys turned backwards, as proteomics uses them, lack openings and
    cadences: real music then looks related to real music.)
    """
    by_length = np.argsort(segments.lengths, kind="stable")
    rank = np.empty(len(segments), dtype=np.int64)
    rank[by_length] = np.arange(len(segments))
    keys = _pitch_class_profiles(segments)
    rows = [
        _patchwork(segments, int(model), _near(by_length, int(rank[model])), keys, rng)
        for model in models
    ]
    sizes = [len(notes) for notes, _, _ in rows]
    nothing = np.empty(0, dtype=np.int64)
    notes = np.concatenate([nothing, *(notes for notes, _, _ in rows)])
    shifts = np.concatenate([nothing, *(shift for _, shift, _ in rows)])
    stretches = np.concatenate([np.empty(0, np.float32), *(stretch for _, _, stretch in rows)])
    source = segments.notes
    return Segments(
        Notes(
            np.clip(source.pitches[notes] + shifts, 0, 127).astype(np.int16),
            (source.log_ioi[notes] + stretches).astype(np.float32),
            source.weights[notes],
        ),
        np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        segments.lines[models],
        segments.starts[models],
    )


def _near(by_length: NDArray[np.int64], rank: int) -> NDArray[np.int64]:
    """The eighth of all segments on either side in length."""
    reach = max(8, len(by_length) // 8)
    return by_length[max(0, rank - reach) : rank + reach + 1]


def _patchwork(
    segments: Segments,
    model: int,
    near: NDArray[np.int64],
    keys: NDArray[np.float64],
    rng: np.random.Generator,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Note numbers of one decoy, with the semitones and log2 IOI that each is moved by."""
    length = int(segments.lengths[model])
    notes: list[NDArray[np.int64]] = []
    shifts: list[NDArray[np.int64]] = []
    stretches: list[NDArray[np.float32]] = []
    done = 0
    while done < length:
        source = int(near[rng.integers(len(near))])
        own = int(segments.lengths[source])
        size = min(int(rng.integers(_SHORTEST_BLOCK, _LONGEST_BLOCK + 1)), length - done, own)
        place = round(done / max(length - size, 1) * (own - size))
        start = int(segments.offsets[source]) + min(max(place, 0), own - size)
        notes.append(np.arange(start, start + size, dtype=np.int64))
        shifts.append(np.full(size, _shift(segments, keys, source, model), dtype=np.int64))
        pace = np.median(segments[model].log_ioi) - np.median(segments[source].log_ioi)
        stretches.append(np.full(size, pace, dtype=np.float32))
        done += size
    return np.concatenate(notes), np.concatenate(shifts), np.concatenate(stretches)


def _pitch_class_profiles(segments: Segments) -> NDArray[np.float64]:
    """How often each pitch class sounds in each segment, ``(s, 12)``."""
    owners = np.repeat(np.arange(len(segments)), segments.lengths)
    profiles = np.zeros((len(segments), 12))
    np.add.at(profiles, (owners, segments.notes.pitches % 12), segments.notes.weights)
    return profiles


def _shift(segments: Segments, keys: NDArray[np.float64], source: int, model: int) -> int:
    """Semitones that bring the source to the key and register of the model."""
    fit = keys[source][_TRANSPOSED_CLASSES] @ keys[model]
    apart = float(np.median(segments[model].pitches) - np.median(segments[source].pitches))
    key = int(np.argmax(fit))
    return key + 12 * round((apart - key) / 12)
