"""Which lines of a score are melodies, and which of them is the tune most likely."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from similarity.melody.lines import (
    MIN_LINE_NOTES,
    NoteTable,
    concatenate,
    monophony,
    skyline,
)
from similarity.melody.score import Melody

MAX_LINES = 8
"""Lines kept of one work: enough for double choirs; beyond that only accompaniment is left."""

_TUNE_NAME = re.compile(
    r"melod|vocal|voice|voz|lead|sing|canto|cantus|sopran|tune|theme", re.IGNORECASE
)
_ACCOMPANIMENT_NAME = re.compile(
    r"bass|drum|perc|chord|piano left|accomp|pad|left hand", re.IGNORECASE
)
_MONOPHONIC = 0.85
"""Tracks with this share of separate notes are lines as they stand."""


@dataclass(frozen=True, slots=True)
class Part:
    """A track or staff as the file names it."""

    name: str
    notes: NoteTable


def melodic_lines(parts: list[Part]) -> list[Melody]:
    """At most ``MAX_LINES`` lines, likeliest tune first.

    A track whose notes follow each other is a line; of any other the skyline is taken. Lines are
    ranked by a name that says so, then by monophony, height and liveliness; when several tracks
    sound and none is named as the tune, the skyline of them all is a line as well, for a tune
    that wanders between instruments.
    """
    lines = [(_likelihood(part), _line(part)) for part in parts]
    named = any(_TUNE_NAME.search(part.name) for part in parts)
    if len(parts) > 1 and not named:
        everything = Part("top line", concatenate([part.notes for part in parts]))
        lines.append((_likelihood(everything), _line(everything)))
    ranked = sorted(lines, key=lambda entry: entry[0], reverse=True)
    return [line for _, line in ranked if len(line) >= MIN_LINE_NOTES][:MAX_LINES] or [
        line for _, line in ranked
    ][:1]


def _line(part: Part) -> Melody:
    return skyline(part.notes).melody(part.name)


def _likelihood(part: Part) -> float:
    notes = part.notes
    name = 4.0 * bool(_TUNE_NAME.search(part.name))
    name -= 2.0 * bool(_ACCOMPANIMENT_NAME.search(part.name))
    mean_pitch = float(np.mean(notes.pitches))
    height = 1.0 - min(abs(mean_pitch - 71.0) / 24.0, 1.0)
    distinct = min(len(np.unique(notes.pitches)) / 8.0, 1.0)
    amount = min(len(notes) / 24.0, 1.0)
    is_line = monophony(notes) >= _MONOPHONIC
    return name + monophony(notes) + is_line + height + distinct + amount
