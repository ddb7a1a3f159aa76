"""From two aligned lines to the notes, times and tempo that a person can check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from similarity.match import AlignedNote, MelodyEvidence, Span
from similarity.melody.costs import NOTATED_RHYTHM, TRANSCRIBED_RHYTHM
from similarity.melody.median import median
from similarity.melody.notes import Notes
from similarity.melody.score import Melody
from similarity.melody.surprisal import note_surprisal
from similarity.melody.thresholds import COMMON_BITS, SEGMENT_NOTES
from similarity.melody.traceback import aligned_pairs

_REACH = 4 * SEGMENT_NOTES
"""Notes on either side of the matching segments that the proof may extend to."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Where two lines agree and in what way."""

    query_span: Span
    reference_span: Span
    speed: float
    evidence: MelodyEvidence


@dataclass(frozen=True, slots=True, eq=False)
class Passage:
    """A line, its notes as they are aligned, and the one where the matching segment starts."""

    line: Melody
    notes: Notes
    start: int


def prove(
    query: Passage,
    reference: Passage,
    transposition: float,
    tempo: float,
    table: NDArray[np.float64],
    *,
    transcribed: bool,
) -> Proof:
    """Align two lines around the given passages, note by note.

    ``transposition`` is that of the query above the reference, ``tempo`` log2 of query IOI over
    reference IOI, ``table`` the corpus's surprisal (``SurprisalModel.table``); ``transcribed``
    whether the query's notes were heard, not written.
    """
    rhythm = TRANSCRIBED_RHYTHM if transcribed else NOTATED_RHYTHM
    steps = _steps(query, reference, (transposition, tempo), rhythm)
    both = steps[(steps >= 0).all(axis=1)]
    notes = _aligned_notes(query.line, reference.line, steps, transposition, table)
    matching = [note for note in notes if note.matches]
    common = sum(note.surprisal < COMMON_BITS for note in matching)
    return Proof(
        _span(query.line, both[:, 0]),
        _span(reference.line, both[:, 1]),
        _speed(query.line.onsets_s[both[:, 0]], reference.line.onsets_s[both[:, 1]]),
        MelodyEvidence(
            query.line.name,
            reference.line.name,
            notes,
            common / len(matching) if matching else 1.0,
            transcribed,
        ),
    )


def _steps(
    query: Passage, reference: Passage, moved: tuple[float, float], rhythm: float
) -> NDArray[np.int64]:
    q_first, q_notes = _around(query)
    r_first, r_notes = _around(reference)
    steps = aligned_pairs(q_notes, r_notes, *moved, rhythm)
    if not len(steps):
        # Nothing scores above zero, so the segments were candidates by chance: show their starts.
        return np.array([[query.start, reference.start]], dtype=np.int64)
    return np.where(steps >= 0, steps + np.array([q_first, r_first]), steps)


def _around(passage: Passage) -> tuple[int, Notes]:
    first = max(0, passage.start - _REACH)
    return first, passage.notes.part(first, passage.start + SEGMENT_NOTES + _REACH)


def _aligned_notes(
    query: Melody,
    reference: Melody,
    steps: NDArray[np.int64],
    transposition: float,
    table: NDArray[np.float64],
) -> tuple[AlignedNote, ...]:
    bits = note_surprisal(table, reference.pitches)[steps[:, 1]].tolist()
    return tuple(
        AlignedNote(
            *played,
            *written,
            0.0 if written is _NO_NOTE else surprisal,
            _is_match(played[2], written[2], transposition),
        )
        for played, written, surprisal in zip(
            _notes(query, steps[:, 0]), _notes(reference, steps[:, 1]), bits, strict=True
        )
    )


_Note = tuple[float | None, float | None, int | None]
_NO_NOTE: Final[_Note] = (None, None, None)


def _notes(line: Melody, numbers: NDArray[np.int64]) -> list[_Note]:
    """Onset, duration and pitch of each note; of -1 there is none."""
    return [
        (onset, duration, pitch) if number >= 0 else _NO_NOTE
        for number, onset, duration, pitch in zip(
            numbers.tolist(),
            line.onsets_s[numbers].tolist(),
            line.durations_s[numbers].tolist(),
            line.pitches[numbers].tolist(),
            strict=True,
        )
    ]


def _is_match(played: int | None, written: int | None, transposition: float) -> bool:
    return played is not None and written is not None and played - written == transposition


def _span(line: Melody, notes: NDArray[np.int64]) -> Span:
    first, last = int(notes[0]), int(notes[-1])
    return Span(float(line.onsets_s[first]), float(line.onsets_s[last] + line.durations_s[last]))


def _speed(query_onsets: NDArray[np.float64], reference_onsets: NDArray[np.float64]) -> float:
    """Reference seconds per query second, by the median ratio over half of the aligned notes.

    Long spans level out notes whose length was changed, the median passes over pauses.
    """
    lag = max(1, len(query_onsets) // 2)
    q = query_onsets[lag:] - query_onsets[:-lag]
    r = reference_onsets[lag:] - reference_onsets[:-lag]
    known = (q > 0) & (r > 0)
    return median(r[known] / q[known]) if known.any() else 1.0
