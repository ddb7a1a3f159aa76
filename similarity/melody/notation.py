"""Engraved scores, by music21: every voice of every part a line.

Runs in the child process of ``similarity.melody.sandbox``.
"""

from __future__ import annotations

import contextlib
import io
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import music21.base
import music21.chord
import music21.clef
import music21.converter
import music21.harmony
import music21.instrument
import music21.meter
import music21.note
import music21.stream
import music21.tempo
import numpy as np
from numpy.typing import NDArray

from similarity.errors import MediaError, MediaTooLong, MediaTooShort, UnreadableMedia
from similarity.melody.formats import ScoreFormat, decode_text, refuse_entities, unpack_mxl
from similarity.melody.limits import MAX_NAME, MAX_NOTATION_NOTES, MAX_TUNES
from similarity.melody.lines import NoteTable
from similarity.melody.metre import beat_strength
from similarity.melody.score import DEFAULT_QUARTERS_PER_SECOND, Melody, Score
from similarity.melody.voices import Part, melodic_lines

MIN_INNER_VOICE_NOTES = 16
"""Shorter inner voices are ornaments of the main one."""

_CUE = re.compile(r"<note\b[^>]*>(?:(?!</note>).)*?<cue\s*/>.*?</note>", re.DOTALL)
_LYRICS = re.compile(r"<((?:\w+:)?verse)\b[^>]*(?<!/)>.*?</\1\s*>", re.DOTALL)
_CHORD_OR_PITCH = re.compile(r"<chord\s*/>|<pitch>.*?</pitch>", re.DOTALL)


class _Place(NamedTuple):
    """A note, chord or rest; its voice; quarters from the start, from the bar line."""

    element: music21.note.GeneralNote
    voice: str
    onset_q: float
    position_q: float
    signs: _Signs


@dataclass(frozen=True, slots=True)
class _Signs:
    """What was notated before a note and holds for it."""

    metre: tuple[int, int] | None = None
    semitones: int = 0
    instrument_drums: bool = False
    clef_drums: bool = False

    def after(self, element: music21.base.Music21Object) -> _Signs:
        if isinstance(element, music21.meter.TimeSignature):
            return replace(self, metre=(element.numerator, element.denominator))
        if isinstance(element, music21.clef.Clef):
            return replace(self, clef_drums=isinstance(element, music21.clef.PercussionClef))
        if isinstance(element, music21.instrument.Instrument):
            transposition = element.transposition
            return replace(
                self,
                semitones=round(transposition.semitones) if transposition is not None else 0,
                instrument_drums=isinstance(element, music21.instrument.UnpitchedPercussion),
            )
        return self


_MARKUP_NOTE_TAGS = {ScoreFormat.MUSICXML: "<note", ScoreFormat.MEI: "<note"}


def read_notation(data: bytes, notation: ScoreFormat) -> Score:
    """MusicXML, MXL, MEI, ABC or \\*\\*kern.

    Pitches are as they sound, whatever the instrument transposes. Left out are grace and cue
    notes, parts of percussion, and what stands below a percussion clef.

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
    if notation is ScoreFormat.MUSICXML:
        text = _CUE.sub(lambda note: _CHORD_OR_PITCH.sub(_rest_for_pitch, note[0]), text)
    if notation is ScoreFormat.MEI:
        text = _LYRICS.sub("", text)  # music21 fails on words of one syllable, as Verovio has them
    lines, span_s = _read_lines(text, notation)
    if not lines:
        raise MediaTooShort("The score has no notes.")
    return Score(tuple(lines), span_s)


def _rest_for_pitch(found: re.Match[str]) -> str:
    return "<rest/>" if found[0].startswith("<pitch") else ""


def _read_lines(text: str, notation: ScoreFormat) -> tuple[list[Melody], float]:
    try:
        # music21 warns about notation that it repairs, by warnings and on the error stream.
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            works = _works(music21.converter.parseData(text, format=notation.value))
            return _lines_of_works(works)
    except (MediaError, MemoryError):
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
        name = (getattr(staff, "partName", None) or title)[:MAX_NAME]
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
    for place in _walk(staff):
        if place.signs.clef_drums or place.signs.instrument_drums:
            continue
        for pitched in _pitched(place.element):
            onset_q = place.onset_q
            pitch = int(pitched.pitch.midi) + place.signs.semitones
            length = float(place.element.duration.quarterLength)
            if length < 0:
                raise UnreadableMedia("The score has notes of negative length.")
            tie = pitched.tie.type if pitched.tie else None
            held = open_ties.get(pitch) if tie in ("stop", "continue") else None
            if held is not None:
                held.duration_q = max(held.duration_q, onset_q + length - held.onset_q)
            else:
                held = _Note(onset_q, length, pitch, place.position_q, place.signs.metre)
                voices.setdefault(place.voice, []).append(held)
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
    signs = _Signs()
    for bar in staff:
        start = float(staff.elementOffset(bar))
        if isinstance(bar, music21.note.GeneralNote):
            yield _Place(bar, "", start, start, signs)
        elif isinstance(bar, music21.stream.Stream):
            upbeat = float(getattr(bar, "paddingLeft", 0.0))
            for element, voice, offset in _inside_bar(bar):
                signs = signs.after(element)
                if isinstance(element, music21.note.GeneralNote):
                    yield _Place(element, voice, start + offset, upbeat + offset, signs)
        else:
            signs = signs.after(bar)


def _inside_bar(
    bar: music21.stream.Stream[Any],
) -> Iterator[tuple[music21.base.Music21Object, str, float]]:
    order = 0
    for element in bar:
        offset = float(bar.elementOffset(element))
        if not isinstance(element, music21.stream.Voice):
            yield element, "", offset
            continue
        order += 1
        voice = f"voice {order}" if order > 1 else ""
        for inner in element:
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
