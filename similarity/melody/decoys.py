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


def chimeras(segments: Segments, models: NDArray[np.int64], rng: np.random.Generator) -> Segments:
    """One decoy for each segment numbered in ``models``, of the same length.

    Each is a patchwork of short blocks, every block from another segment of similar length, taken
    from the same relative position and moved so that the sources' last notes, usually their
    tonics, agree. So decoys begin, move and close as the music of the index does, and whatever a
    work has in common with them is common property. (Decoys turned backwards, as proteomics uses
    them, lack openings and cadences: real music then looks related to real music.)
    """
    by_length = np.argsort(segments.lengths, kind="stable")
    rank = np.empty(len(segments), dtype=np.int64)
    rank[by_length] = np.arange(len(segments))
    rows = [_patchwork(segments, int(model), by_length, int(rank[model]), rng) for model in models]
    sizes = [len(notes) for notes, _, _ in rows]
    notes = np.concatenate([notes for notes, _, _ in rows])
    shifts = np.concatenate([shift for _, shift, _ in rows])
    stretches = np.concatenate([stretch for _, _, stretch in rows])
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


def _patchwork(
    segments: Segments,
    model: int,
    by_length: NDArray[np.int64],
    rank: int,
    rng: np.random.Generator,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Note numbers of one decoy, with the semitones and log2 IOI that each is moved by."""
    length = int(segments.lengths[model])
    reach = max(8, len(by_length) // 8)
    near = by_length[max(0, rank - reach) : rank + reach + 1]
    tonic, pace = _tonic_and_pace(segments, model)
    notes: list[NDArray[np.int64]] = []
    shifts: list[NDArray[np.int64]] = []
    stretches: list[NDArray[np.float32]] = []
    done = 0
    while done < length:
        size = min(int(rng.integers(_SHORTEST_BLOCK, _LONGEST_BLOCK + 1)), length - done)
        source = int(near[rng.integers(len(near))])
        own = int(segments.lengths[source])
        size = min(size, own)
        place = round(done / max(length - size, 1) * (own - size))
        start = int(segments.offsets[source]) + min(max(place, 0), own - size)
        source_tonic, source_pace = _tonic_and_pace(segments, source)
        notes.append(np.arange(start, start + size, dtype=np.int64))
        shifts.append(np.full(size, tonic - source_tonic, dtype=np.int64))
        stretches.append(np.full(size, pace - source_pace, dtype=np.float32))
        done += size
    return np.concatenate(notes), np.concatenate(shifts), np.concatenate(stretches)


def _tonic_and_pace(segments: Segments, number: int) -> tuple[int, float]:
    notes = segments[number]
    return int(notes.pitches[-1]), float(np.median(notes.log_ioi))
