"""Lines cut into stretches of bounded length, as arrays that the kernels read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from similarity.melody.complexity import complexity
from similarity.melody.median import median
from similarity.melody.notes import Notes
from similarity.melody.score import Melody
from similarity.melody.thresholds import SEGMENT_HOP, SEGMENT_NOTES

_SHORTEST_IOI_Q = 1 / 24
_LONGEST_IOI_Q = 16.0
_STRONGER_FROM: Final = np.array([0.25, 0.5, 1.0], dtype=np.float32)
_METRIC_WEIGHTS: Final = np.array([0.7, 0.9, 1.05, 1.2], dtype=np.float32)
"""Of a beat's strength, between the bounds above; tuned with the substitution scores."""


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """``s`` segments with ``n`` notes in all, laid end to end.

    ``offsets`` ``(s + 1,)`` bounds them in ``notes``. ``lines`` ``(s,)`` and ``starts`` ``(s,)``
    say from which line, and from which note of it, a segment was cut.
    """

    notes: Notes
    offsets: NDArray[np.int64]
    lines: NDArray[np.int64]
    starts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Notes per segment, shape ``(s,)``."""
        return np.diff(self.offsets)

    def __getitem__(self, number: int) -> Notes:
        """The notes of one segment."""
        return self.notes.part(int(self.offsets[number]), int(self.offsets[number + 1]))

    def each(self) -> Iterator[Notes]:
        """The notes of each segment in turn."""
        return (self[number] for number in range(len(self)))

    @classmethod
    def joined(cls, first: Segments, second: Segments, lines: int) -> Self:
        """The segments of both, the second's lines numbered after the first's ``lines`` lines."""
        return cls(
            Notes(
                np.concatenate([first.notes.pitches, second.notes.pitches]),
                np.concatenate([first.notes.log_ioi, second.notes.log_ioi]),
                np.concatenate([first.notes.weights, second.notes.weights]),
            ),
            np.concatenate([first.offsets, second.offsets[1:] + first.offsets[-1]]),
            np.concatenate([first.lines, second.lines + lines]),
            np.concatenate([first.starts, second.starts]),
        )

    def scaled(self, factors: NDArray[np.float32]) -> Segments:
        """The same segments with each note's weight multiplied, ``factors`` ``(n,)``."""
        return replace(self, notes=self.notes._replace(weights=self.notes.weights * factors))


def cut(lines: Sequence[Melody]) -> Segments:
    """Cut lines into overlapping segments of at most ``SEGMENT_NOTES`` notes."""
    bounds = [(line, a, b) for line, melody in enumerate(lines) for a, b in _stretches(len(melody))]
    sizes = [b - a for _, a, b in bounds]
    iois = [log_ioi(line) for line in lines]
    weights = [note_weights(line, ioi) for line, ioi in zip(lines, iois, strict=True)]
    return Segments(
        Notes(
            np.concatenate([np.empty(0, np.int16), *(lines[i].pitches[a:b] for i, a, b in bounds)]),
            np.concatenate([np.empty(0, np.float32), *(iois[i][a:b] for i, a, b in bounds)]),
            np.concatenate([np.empty(0, np.float32), *(weights[i][a:b] for i, a, b in bounds)]),
        ),
        np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        np.array([i for i, _, _ in bounds], dtype=np.int64),
        np.array([a for _, a, _ in bounds], dtype=np.int64),
    )


def notes_of(line: Melody) -> Notes:
    """A whole line as one stretch, not yet weighed by what a corpus makes of it."""
    ioi = log_ioi(line)
    return Notes(np.ascontiguousarray(line.pitches), ioi, note_weights(line, ioi))


def log_ioi(line: Melody) -> NDArray[np.float32]:
    """log2 of the quarters from each note to the next; the last note gives its own length."""
    if not len(line):
        return np.empty(0, dtype=np.float32)
    last_s = max(float(line.durations_s[-1]), 0.0)
    span_s = float(line.onsets_s[-1] - line.onsets_s[0])
    span_q = float(line.onsets_q[-1] - line.onsets_q[0])
    last_q = last_s * (span_q / span_s if span_s > 0 else 2.0)
    ioi = np.append(line.onsets_q[1:] - line.onsets_q[:-1], last_q)
    return np.asarray(np.log2(np.clip(ioi, _SHORTEST_IOI_Q, _LONGEST_IOI_Q)), dtype=np.float32)


def note_weights(line: Melody, ioi: NDArray[np.float32]) -> NDArray[np.float32]:
    """What each note counts, around 1: root of relative length, metric weight, complexity."""
    if not len(line):
        return np.empty(0, dtype=np.float32)
    relative = np.exp2(ioi - median(ioi))
    weights = np.sqrt(np.clip(relative, 0.3, 2.0))
    if line.beat_strength is not None:
        weights *= _METRIC_WEIGHTS[np.searchsorted(_STRONGER_FROM, line.beat_strength, "right")]
    return np.asarray(weights * complexity(line.pitches), dtype=np.float32)


def _stretches(notes: int) -> list[tuple[int, int]]:
    if notes <= SEGMENT_NOTES:
        return [(0, notes)] if notes else []
    starts = list(range(0, notes - SEGMENT_NOTES + SEGMENT_HOP, SEGMENT_HOP))
    return [(start, min(start + SEGMENT_NOTES, notes)) for start in starts]
