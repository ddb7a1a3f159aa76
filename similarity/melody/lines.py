"""From a heap of notes to melodic lines that sound one note at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from similarity.melody.score import Melody

MIN_LINE_NOTES = 2
"""A single note has no interval, hence no tune."""

_SAME_ONSET_Q = 1 / 24
"""Notes closer than a twenty-fourth of a quarter are a chord, strummed or played by hand."""

_OVERLAP_TOLERANCE = 0.3
"""Share of a note that may overlap the next before it counts as a second voice (legato)."""


@dataclass(frozen=True, slots=True, eq=False)
class NoteTable:
    """``n`` notes of one track or part in order of onset, sounding together or not.

    Fields as in ``Melody``, with ``durations_q`` in quarters.
    """

    onsets_s: NDArray[np.float64]
    durations_s: NDArray[np.float64]
    onsets_q: NDArray[np.float64]
    durations_q: NDArray[np.float64]
    pitches: NDArray[np.int16]
    beat_strength: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return len(self.pitches)

    def take(self, rows: NDArray[np.intp]) -> NoteTable:
        """The notes at ``rows``, in that order."""
        strength = None if self.beat_strength is None else self.beat_strength[rows]
        return NoteTable(
            self.onsets_s[rows],
            self.durations_s[rows],
            self.onsets_q[rows],
            self.durations_q[rows],
            self.pitches[rows],
            strength,
        )

    def melody(self, name: str) -> Melody:
        """These notes as a line; they must already sound one at a time."""
        return Melody(
            name,
            self.onsets_s,
            self.durations_s,
            self.onsets_q,
            self.pitches,
            self.beat_strength,
        )


def concatenate(tables: list[NoteTable]) -> NoteTable:
    """All notes of several tracks as one table, in order of onset."""
    strengths = [table.beat_strength for table in tables]
    known = [strength for strength in strengths if strength is not None]
    joined = NoteTable(
        np.concatenate([table.onsets_s for table in tables]),
        np.concatenate([table.durations_s for table in tables]),
        np.concatenate([table.onsets_q for table in tables]),
        np.concatenate([table.durations_q for table in tables]),
        np.concatenate([table.pitches for table in tables]),
        np.concatenate(known) if len(known) == len(strengths) else None,
    )
    return joined.take(np.lexsort((-joined.pitches, joined.onsets_q)))


def monophony(table: NoteTable) -> float:
    """Share of the notes (0..1) that are over before the next one starts."""
    if len(table) < 2:
        return 1.0
    gaps = np.diff(table.onsets_q)
    return float(np.mean(gaps >= (1 - _OVERLAP_TOLERANCE) * table.durations_q[:-1] - 1e-6))


def skyline(table: NoteTable) -> NoteTable:
    """The highest note at each moment (Uitdenbogerd & Zobel 1998).

    A note is dropped when it starts together with a higher one, or well inside a higher one.
    """
    order = np.lexsort((-table.pitches, np.round(table.onsets_q / _SAME_ONSET_Q)))
    kept: list[int] = []
    for row in order.tolist():
        if kept and _hidden(table, row, kept[-1]):
            continue
        kept.append(row)
    return table.take(np.sort(np.asarray(kept, dtype=np.intp)))


def _hidden(table: NoteTable, row: int, above: int) -> bool:
    if table.pitches[above] < table.pitches[row]:
        return False
    since = table.onsets_q[row] - table.onsets_q[above]
    return bool(
        since < _SAME_ONSET_Q
        or since < (1 - _OVERLAP_TOLERANCE) * table.durations_q[above] - _SAME_ONSET_Q
    )
