"""From seconds to note values, for reading and not for playing.

An alignment tells when notes sound, not how they were written. Each side gets its own length of a
quarter note, so that a tune played faster is still written in the same values.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

NOTE_VALUES: Final[dict[int, tuple[str, int]]] = {
    16: ("1", 0),
    12: ("2", 1),
    8: ("2", 0),
    6: ("4", 1),
    4: ("4", 0),
    3: ("8", 1),
    2: ("8", 0),
    1: ("16", 0),
}
"""Sixteenths → MEI ``dur`` and ``dots``, longest first: what one note head can say without ties."""

_SIXTEENTHS_PER_QUARTER: Final = 4
_USUAL_QUARTER_S: Final = 0.5  # scores without a tempo are read at 120 quarters a minute
_PREFERENCE: Final = 0.02  # breaks ties between a tempo and its double, nothing more
_DETACHED: Final = 2.0  # a note filling less than half of its time is followed by a rest


@dataclass(frozen=True, slots=True)
class TimedNote:
    """When a note sounds, in seconds."""

    onset_s: float
    duration_s: float


def written_lengths(notes: Sequence[TimedNote]) -> list[int]:
    """The note value of each note of one melody, in sixteenths and a key of ``NOTE_VALUES``.

    A note lasts until the next one begins, as players shorten notes; a longer silence is a rest.
    """
    if not notes:
        return []
    lengths = [
        _notated_seconds(note, following)
        for note, following in zip(notes, [*notes[1:], None], strict=True)
    ]
    sixteenth = _quarter_seconds(lengths) / _SIXTEENTHS_PER_QUARTER
    return [_nearest_value(length / sixteenth) for length in lengths]


def as_note_values(sixteenths: int) -> list[int]:
    """A stretch of time as a row of note values, longest first; empty for none."""
    values = []
    for value in NOTE_VALUES:
        values += [value] * (sixteenths // value)
        sixteenths %= value
    return values


def _notated_seconds(note: TimedNote, following: TimedNote | None) -> float:
    if following is None:
        return note.duration_s
    until_next = following.onset_s - note.onset_s
    return until_next if until_next <= _DETACHED * note.duration_s else note.duration_s


def _quarter_seconds(lengths: Sequence[float]) -> float:
    """The quarter note under which all lengths are nearest to plain note values."""
    typical = max(statistics.median(lengths), 1e-3)
    candidates = [typical * _SIXTEENTHS_PER_QUARTER / value for value in NOTE_VALUES]

    def awkwardness(quarter: float) -> float:
        sixteenth = quarter / _SIXTEENTHS_PER_QUARTER
        errors = [
            abs(math.log2(units / _nearest_value(units)))
            for units in (max(length / sixteenth, 1e-3) for length in lengths)
        ]
        return statistics.fmean(errors) + _PREFERENCE * abs(math.log2(quarter / _USUAL_QUARTER_S))

    return min(candidates, key=awkwardness)


def _nearest_value(sixteenths: float) -> int:
    units = max(sixteenths, 1e-3)
    return min(NOTE_VALUES, key=lambda value: abs(math.log2(units / value)))
