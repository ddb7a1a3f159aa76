"""The MEI document of a melody alignment: two staves, matching notes one above the other.

Each step of the alignment is a column. A note keeps its own value; what its column is longer is
left blank, so that a re-rhythmed tune still stands under the tune it resembles. There are no bar
lines, because an alignment knows no metre. Notes that differ have another shape of head as well as
another colour (WCAG 2.2, 1.4.1 Use of Color).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final
from xml.sax.saxutils import escape

from app.console.notation.rhythm import NOTE_VALUES, TimedNote, as_note_values, written_lengths
from app.console.notation.spelling import (
    Accidental,
    SpelledPitch,
    key_of,
    key_signature,
    signature_accidental,
    spell,
)
from similarity.match import AlignedNote

COLUMNS_AT_MOST: Final = 120  # some eight systems: more is not read but scrolled past
_SYSTEM_SIXTEENTHS: Final = 56
_SYSTEM_COLUMNS: Final = 18
_LOWEST_TREBLE_MEAN: Final = 57  # A3: below, most notes would hang under a treble staff

_MATCH: Final = 'type="match"'
_DIFFERS: Final = 'type="differs" head.shape="diamond"'


@dataclass(frozen=True, slots=True)
class _Written:
    """A note as it stands on its staff."""

    onset_s: float
    pitch: int
    sixteenths: int


@dataclass(frozen=True, slots=True)
class _Column:
    upload: _Written | None
    reference: _Written | None
    matches: bool

    @property
    def sixteenths(self) -> int:
        return max(note.sixteenths for note in (self.upload, self.reference) if note is not None)


@dataclass(slots=True)
class _Staff:
    """One staff of one system: its accidentals hold until its end, as in a bar."""

    number: int
    key: int
    sounding: dict[tuple[str, int], Accidental] = field(default_factory=dict)

    def place(self, note: _Written | None, column: _Column) -> Iterator[str]:
        blank = column.sixteenths
        if note is not None:
            blank -= note.sixteenths
            yield self._note(note, _MATCH if column.matches else _DIFFERS)
        for value in as_note_values(blank):
            yield f"<space {_duration(value)}/>"

    def _note(self, note: _Written, mark: str) -> str:
        written = spell(note.pitch, self.key)
        accidental = self._accidental(written)
        return (
            f'<note pname="{written.step}" oct="{written.octave}" {accidental} '
            f"{_duration(note.sixteenths)} {mark}/>"
        )

    def _accidental(self, written: SpelledPitch) -> str:
        line = (written.step, written.octave)
        in_force = self.sounding.get(line, signature_accidental(written.step, self.key))
        self.sounding[line] = written.accidental
        attribute = "accid.ges" if in_force == written.accidental else "accid"
        return f'{attribute}="{written.accidental}"'


def comparison_document(
    notes: Sequence[AlignedNote], transposition: int, labels: tuple[str, str]
) -> str:
    """MEI of the first ``COLUMNS_AT_MOST`` steps: the upload above, the reference below it.

    ``transposition`` is how many semitones the upload sounds above the reference; the reference is
    written in the upload's key. ``labels`` name the two staves.
    """
    columns = _columns(notes[:COLUMNS_AT_MOST], transposition)
    key = key_of(
        note.pitch
        for column in columns
        for note in (column.upload, column.reference)
        if note is not None
    )
    systems = "<sb/>".join(_system(part, key) for part in _systems(columns))
    uploads = [column.upload.pitch for column in columns if column.upload]
    references = [column.reference.pitch for column in columns if column.reference]
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<mei xmlns="http://www.music-encoding.org/ns/mei" meiversion="5.0">'
        "<meiHead><fileDesc><titleStmt><title>Comparison</title></titleStmt><pubStmt/></fileDesc>"
        "</meiHead><music><body><mdiv><score>"
        f'<scoreDef keysig="{key_signature(key)}">'
        '<staffGrp symbol="bracket">'
        f"{_staff_definition(1, labels[0], uploads)}{_staff_definition(2, labels[1], references)}"
        f"</staffGrp></scoreDef><section>{systems}</section></score></mdiv></body></music></mei>"
    )


def _columns(notes: Sequence[AlignedNote], transposition: int) -> list[_Column]:
    uploads = iter(_melody((n.query_onset_s, n.query_duration_s, n.query_pitch) for n in notes))
    references = iter(
        _melody((n.reference_onset_s, n.reference_duration_s, n.reference_pitch) for n in notes)
    )
    columns = []
    for note in notes:
        below = next(references) if note.reference_pitch is not None else None
        if below is not None:
            below = _Written(below.onset_s, below.pitch + transposition, below.sixteenths)
        above = next(uploads) if note.query_pitch is not None else None
        columns.append(_Column(above, below, note.matches))
    return columns


def _melody(sides: Iterator[tuple[float | None, float | None, int | None]]) -> list[_Written]:
    """One side of the alignment without its gaps."""
    there = [
        (TimedNote(onset, duration), pitch)
        for onset, duration, pitch in sides
        if onset is not None and duration is not None and pitch is not None
    ]
    lengths = written_lengths([timed for timed, _ in there])
    return [
        _Written(timed.onset_s, pitch, length)
        for (timed, pitch), length in zip(there, lengths, strict=True)
    ]


def _systems(columns: Sequence[_Column]) -> Iterator[list[_Column]]:
    part: list[_Column] = []
    length = 0
    for column in columns:
        full = length + column.sixteenths > _SYSTEM_SIXTEENTHS or len(part) == _SYSTEM_COLUMNS
        if part and full:
            yield part
            part, length = [], 0
        part.append(column)
        length += column.sixteenths
    if part:
        yield part


def _system(columns: Sequence[_Column], key: int) -> str:
    above, below = _Staff(1, key), _Staff(2, key)
    upper = "".join(mark for column in columns for mark in above.place(column.upload, column))
    lower = "".join(mark for column in columns for mark in below.place(column.reference, column))
    return (
        '<measure right="invis">'
        f'<staff n="1"><layer n="1">{upper}</layer></staff>'
        f'<staff n="2"><layer n="1">{lower}</layer></staff>'
        f"{_moment(1, [column.upload for column in columns])}"
        f"{_moment(2, [column.reference for column in columns])}"
        "</measure>"
    )


def _moment(staff: int, notes: Sequence[_Written | None]) -> str:
    """When the system begins, in the time of its own recording or score."""
    first = next((note for note in notes if note is not None), None)
    if first is None:
        return ""
    minutes, seconds = divmod(first.onset_s, 60)
    return f'<dir staff="{staff}" tstamp="0" place="above">{int(minutes)}:{seconds:04.1f}</dir>'


def _staff_definition(number: int, label: str, pitches: Sequence[int]) -> str:
    mean = sum(pitches) / len(pitches) if pitches else _LOWEST_TREBLE_MEAN
    shape, line = ("G", 2) if mean >= _LOWEST_TREBLE_MEAN else ("F", 4)
    return (
        f'<staffDef n="{number}" lines="5" clef.shape="{shape}" clef.line="{line}">'
        f"<label>{escape(label)}</label></staffDef>"
    )


def _duration(sixteenths: int) -> str:
    duration, dots = NOTE_VALUES[sixteenths]
    return f'dur="{duration}" dots="{dots}"' if dots else f'dur="{duration}"'
