"""Engraved scores, by music21: every voice of every part a line."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import music21.chord
import music21.converter
import music21.harmony
import music21.meter
import music21.note
import music21.stream
import music21.tempo
import numpy as np
from numpy.typing import NDArray

from similarity.errors import MediaError, MediaTooLong, MediaTooShort, UnreadableMedia
from similarity.melody.formats import ScoreFormat, decode_text, refuse_entities, unpack_mxl
from similarity.melody.limits import MAX_NOTATION_NOTES, MAX_TUNES
from similarity.melody.lines import NoteTable
from similarity.melody.metre import beat_strength
from similarity.melody.score import DEFAULT_QUARTERS_PER_SECOND, Melody, Score
from similarity.melody.voices import Part, melodic_lines

MIN_INNER_VOICE_NOTES = 16
"""Shorter inner voices are ornaments of the main one."""

_Place = tuple[music21.note.GeneralNote, str, float, float, "tuple[int, int] | None"]
"""A note, chord or rest; its voice; quarters from the start, from the bar line; the metre."""

_MARKUP_NOTE_TAGS = {ScoreFormat.MUSICXML: "<note", ScoreFormat.MEI: "<note"}


def read_notation(data: bytes, notation: ScoreFormat) -> Score:
    """MusicXML, MXL, MEI, ABC or \\*\\*kern.

    Raises:
        UnreadableMedia: the text does not follow its notation, or declares XML entities.
        MediaTooLong: more notes or tunes than ``similarity.melody.limits`` allow.
        MediaTooShort: no notes.
    """
    if notation is ScoreFormat.MXL:
        data, notation = unpack_mxl(data), ScoreFormat.MUSICXML
    text = decode_text(data)
    tag = _MARKUP_NOTE_TAGS.get(notation)
    if tag is not None:
        refuse_entities(text)
        _check_note_count(text.count(tag))
    lines, span_s = _read_lines(text, notation)
    if not lines:
        raise MediaTooShort("The score has no notes.")
    return Score(tuple(lines), span_s)


def _read_lines(text: str, notation: ScoreFormat) -> tuple[list[Melody], float]:
    try:
        # music21 warns about notation that it repairs, by warnings and on the error stream.
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            works = _works(music21.converter.parseData(text, format=notation.value))
            return _lines_of_works(works)
    except MediaError:
        raise
    except RecursionError as error:
        raise UnreadableMedia(f"The {notation.value} text is nested too deeply.") from error
    except Exception as error:  # music21 lets any builtin error escape on bad text
        raise UnreadableMedia(f"The {notation.value} text is damaged: {error}.") from error


def _lines_of_works(works: list[music21.stream.Stream[Any]]) -> tuple[list[Melody], float]:
    """All lines, and the seconds that the works last one after the other."""
    lines: list[Melody] = []
    span_s = 0.0
    for work in works:
        parts = _parts(work)
        own = melodic_lines(parts) if parts else []
        lines += own
        _check_note_count(sum(len(line) for line in lines))
        span_s += max(
            (float(line.onsets_s[-1] + line.durations_s[-1]) for line in own), default=0.0
        )
    return lines, span_s


def _check_note_count(count: int) -> None:
    if count > MAX_NOTATION_NOTES:
        raise MediaTooLong(
            f"The score has more than the {MAX_NOTATION_NOTES:,} notes that we read."
        )


def _works(parsed: music21.stream.Stream[Any]) -> list[music21.stream.Stream[Any]]:
    if not isinstance(parsed, music21.stream.Opus):
        return [parsed]
    works = list(parsed.scores)
    if len(works) > MAX_TUNES:
        raise MediaTooLong(f"The tune book has more than the {MAX_TUNES:,} tunes that we read.")
    return works


@dataclass(slots=True)
class _Note:
    onset_q: float
    duration_q: float
    pitch: int
    position_q: float
    metre: tuple[int, int] | None


def _parts(work: music21.stream.Stream[Any]) -> list[Part]:
    staves: list[music21.stream.Stream[Any]] = (
        list(work.parts) if isinstance(work, music21.stream.Score) else []
    )
    clock = _Clock(work)
    title = work.metadata.title if work.metadata and work.metadata.title else ""
    parts: list[Part] = []
    for staff in staves or [work]:
        voices = _notes_by_voice(staff)
        name = getattr(staff, "partName", None) or title
        everything = [note for notes in voices.values() for note in notes]
        if everything:
            parts.append(Part(name, _note_table(everything, clock)))
        # The first voice is the top line of the staff already; the inner ones would be lost.
        for voice, notes in list(voices.items())[1:]:
            if len(notes) >= MIN_INNER_VOICE_NOTES:
                parts.append(Part(f"{name} {voice}".strip(), _note_table(notes, clock)))
    return parts


def _notes_by_voice(staff: music21.stream.Stream[Any]) -> dict[str, list[_Note]]:
    voices: dict[str, list[_Note]] = {"": []}
    open_ties: dict[int, _Note] = {}
    for element, voice, onset_q, position_q, metre in _walk(staff):
        for pitched in _pitched(element):
            pitch = int(pitched.pitch.midi)
            length = float(element.duration.quarterLength)
            tie = pitched.tie.type if pitched.tie else None
            held = open_ties.get(pitch) if tie in ("stop", "continue") else None
            if held is not None:
                held.duration_q = max(held.duration_q, onset_q + length - held.onset_q)
            else:
                held = _Note(onset_q, length, pitch, position_q, metre)
                voices.setdefault(voice, []).append(held)
            if tie in ("start", "continue"):
                open_ties[pitch] = held
            else:
                open_ties.pop(pitch, None)
    return voices


def _pitched(element: music21.note.GeneralNote) -> list[music21.note.Note]:
    if element.duration.isGrace or isinstance(element, music21.harmony.Harmony):
        return []
    if isinstance(element, music21.note.Note):
        return [element]
    if isinstance(element, music21.chord.Chord):
        return [note for note in element.notes if isinstance(note, music21.note.Note)]
    return []


def _walk(staff: music21.stream.Stream[Any]) -> Iterator[_Place]:
    metre: tuple[int, int] | None = None
    for bar in staff:
        start = float(staff.elementOffset(bar))
        if isinstance(bar, music21.meter.TimeSignature):
            metre = (bar.numerator, bar.denominator)
        elif isinstance(bar, music21.note.GeneralNote):
            yield bar, "", start, start, metre
        elif isinstance(bar, music21.stream.Stream):
            upbeat = float(getattr(bar, "paddingLeft", 0.0))
            for signature in bar.getElementsByClass(music21.meter.TimeSignature):
                metre = (signature.numerator, signature.denominator)
            for element, voice, offset in _inside_bar(bar):
                yield element, voice, start + offset, upbeat + offset, metre


def _inside_bar(
    bar: music21.stream.Stream[Any],
) -> Iterator[tuple[music21.note.GeneralNote, str, float]]:
    order = 0
    for element in bar:
        offset = float(bar.elementOffset(element))
        if isinstance(element, music21.note.GeneralNote):
            yield element, "", offset
        elif isinstance(element, music21.stream.Voice):
            order += 1
            voice = f"voice {order}" if order > 1 else ""
            for inner in element.notesAndRests:
                yield inner, voice, offset + float(element.elementOffset(inner))


def _note_table(notes: list[_Note], clock: _Clock) -> NoteTable:
    notes = sorted(notes, key=lambda note: (note.onset_q, -note.pitch))
    onsets = np.array([note.onset_q for note in notes])
    lengths = np.array([note.duration_q for note in notes])
    onsets_s = clock.seconds(onsets)
    return NoteTable(
        onsets_s,
        clock.seconds(onsets + lengths) - onsets_s,
        onsets,
        lengths,
        np.array([note.pitch for note in notes], dtype=np.int16),
        _beat_strengths(notes),
    )


def _beat_strengths(notes: list[_Note]) -> NDArray[np.float32] | None:
    metres = {note.metre for note in notes}
    strength = np.empty(len(notes), dtype=np.float32)
    for metre in metres:
        if metre is None:
            return None
        rows = [row for row, note in enumerate(notes) if note.metre == metre]
        positions = np.array([notes[row].position_q for row in rows])
        strength[rows] = beat_strength(positions, *metre)
    return strength


class _Clock:
    """Seconds from quarter notes by the metronome marks of a work."""

    def __init__(self, work: music21.stream.Stream[Any]) -> None:
        marks = {0.0: DEFAULT_QUARTERS_PER_SECOND}
        for mark in work.recurse().getElementsByClass(music21.tempo.MetronomeMark):
            rate = mark.getQuarterBPM()
            if rate and rate > 0:
                marks[float(mark.getOffsetInHierarchy(work))] = rate / 60.0
        self._starts = np.array(sorted(marks))
        self._rates = np.array([marks[start] for start in sorted(marks)])
        spans = np.diff(self._starts) / self._rates[:-1]
        self._seconds = np.concatenate([[0.0], np.cumsum(spans)])

    def seconds(self, quarters: NDArray[np.float64]) -> NDArray[np.float64]:
        piece = np.searchsorted(self._starts, quarters, side="right") - 1
        elapsed = (quarters - self._starts[piece]) / self._rates[piece]
        return np.asarray(self._seconds[piece] + elapsed, dtype=np.float64)
