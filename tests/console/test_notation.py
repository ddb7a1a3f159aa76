"""Sheet music: what is written is what sounds, and what is drawn is what was written."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.console.notation.comparison import COLUMNS_AT_MOST, comparison_document
from app.console.notation.engraving import EngravingFailed, engrave, engrave_comparison
from app.console.notation.gallery import Gallery
from app.console.notation.rhythm import NOTE_VALUES, TimedNote, as_note_values, written_lengths
from app.console.notation.spelling import key_of, spell
from app.core.processes import ProcessPool
from similarity.match import AlignedNote

MEI = "{http://www.music-encoding.org/ns/mei}"
LABELS = ("Upload", "Reference")
ALTERATION = {"ff": -2, "f": -1, "n": 0, "s": 1, "ss": 2}
STEP = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}


def aligned(
    query: int | None, reference: int | None, at: float, *, matches: bool = True
) -> AlignedNote:
    """One step in which both sides, where they are there, last half a second."""
    return AlignedNote(
        query_onset_s=None if query is None else at,
        query_duration_s=None if query is None else 0.5,
        query_pitch=query,
        reference_onset_s=None if reference is None else at,
        reference_duration_s=None if reference is None else 0.5,
        reference_pitch=reference,
        surprisal=1.0,
        matches=matches,
    )


def tune(pitches: Sequence[int], transposition: int = 0) -> list[AlignedNote]:
    """A melody that matches the reference throughout."""
    return [aligned(p + transposition, p, i * 0.5) for i, p in enumerate(pitches)]


def staves(document: str) -> tuple[list[ET.Element], list[ET.Element]]:
    """The notes and spaces of the two staves, all systems in a row."""
    root = ET.fromstring(document)
    layers: dict[str, list[ET.Element]] = {"1": [], "2": []}
    for staff in root.iter(f"{MEI}staff"):
        layers[staff.attrib["n"]] += next(staff.iter(f"{MEI}layer"))
    return layers["1"], layers["2"]


def pitch_of(note: ET.Element) -> int:
    accidental = note.attrib.get("accid") or note.attrib["accid.ges"]
    return STEP[note.attrib["pname"]] + ALTERATION[accidental] + 12 * (int(note.attrib["oct"]) + 1)


def sixteenths(element: ET.Element) -> int:
    value = (element.attrib["dur"], int(element.attrib.get("dots", 0)))
    return next(length for length, written in NOTE_VALUES.items() if written == value)


@settings(deadline=None)
@given(pitch=st.integers(0, 127), key=st.integers(-6, 6))
def test_a_spelled_pitch_sounds_as_it_should(pitch: int, key: int) -> None:
    written = spell(pitch, key)
    sounding = STEP[written.step] + ALTERATION[written.accidental] + 12 * (written.octave + 1)
    assert sounding == pitch


@pytest.mark.parametrize(("tonic", "key"), [(0, 0), (7, 1), (5, -1), (2, 2), (10, -2), (3, -3)])
def test_a_scale_names_its_key(tonic: int, key: int) -> None:
    assert key_of(60 + tonic + step for step in (0, 2, 4, 5, 7, 9, 11)) == key


@settings(deadline=None)
@given(st.integers(0, 400))
def test_note_values_fill_a_stretch_exactly(length: int) -> None:
    values = as_note_values(length)
    assert sum(values) == length
    assert set(values) <= set(NOTE_VALUES)


@pytest.mark.parametrize("seconds_per_quarter", [0.35, 0.5, 0.8])
def test_note_values_do_not_depend_on_the_tempo(seconds_per_quarter: float) -> None:
    quarters = [1, 0.5, 0.5, 2, 1, 1, 0.5, 0.5, 1]
    notes, at = [], 0.0
    for length in quarters:
        notes.append(TimedNote(at, 0.8 * length * seconds_per_quarter))
        at += length * seconds_per_quarter
    written = written_lengths(notes)
    assert [value / written[0] for value in written[:-1]] == quarters[:-1]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.integers(40, 90)), st.one_of(st.none(), st.integers(40, 90))
        ).filter(lambda pair: pair != (None, None)),
        min_size=1,
        max_size=60,
    ),
    st.integers(-12, 12),
)
def test_every_note_is_written_once_and_both_staves_last_as_long(
    pairs: list[tuple[int | None, int | None]], transposition: int
) -> None:
    notes = [aligned(q, r, i * 0.5, matches=q == r) for i, (q, r) in enumerate(pairs)]
    above, below = staves(comparison_document(notes, transposition, LABELS))
    uploads = [pitch_of(note) for note in above if note.tag == f"{MEI}note"]
    references = [pitch_of(note) for note in below if note.tag == f"{MEI}note"]
    assert uploads == [q for q, _ in pairs if q is not None]
    assert references == [r + transposition for _, r in pairs if r is not None]
    assert sum(map(sixteenths, above)) == sum(map(sixteenths, below))


def test_a_transposed_tune_is_written_in_the_same_key_as_its_reference() -> None:
    document = comparison_document(tune([62, 64, 66, 67, 69], transposition=3), 3, LABELS)
    above, below = staves(document)
    assert [ET.tostring(note) for note in above] == [ET.tostring(note) for note in below]


def test_notes_that_differ_have_another_shape_as_well() -> None:
    document = comparison_document(
        [aligned(60, 60, 0), aligned(62, 64, 0.5, matches=False)], 0, LABELS
    )
    for staff in staves(document):
        assert [note.attrib["type"] for note in staff] == ["match", "differs"]
        assert [note.attrib.get("head.shape") for note in staff] == [None, "diamond"]


def test_a_long_alignment_is_cut_where_it_says() -> None:
    above, _ = staves(comparison_document(tune([60] * (COLUMNS_AT_MOST + 40)), 0, LABELS))
    assert len(above) == COLUMNS_AT_MOST


def test_labels_cannot_break_the_document() -> None:
    document = comparison_document(tune([60]), 0, ("<a> & b", "c"))
    labels = [label.text for label in ET.fromstring(document).iter(f"{MEI}label")]
    assert labels == ["<a> & b", "c"]


def test_a_drawing_shows_every_note_and_is_always_the_same() -> None:
    notes = tune([62, 64, 66, 67, 69, 71, 73, 74])
    drawing = engrave_comparison(notes, 0, LABELS)
    assert len(re.findall(r'class="note match"', drawing)) == 16
    assert "<style" not in drawing
    assert engrave_comparison(notes, 0, LABELS) == drawing


def test_two_drawings_on_one_page_share_no_id() -> None:
    ids = [
        set(re.findall(r'\bid="([^"]+)"', engrave_comparison(tune(pitches), 0, LABELS)))
        for pitches in ([60, 62], [60, 64])
    ]
    assert not ids[0] & ids[1]


async def test_a_worker_thread_draws_the_notes_too() -> None:
    document = comparison_document(tune([60, 62, 64]), 0, LABELS)
    assert await asyncio.to_thread(engrave, document) == engrave(document)


def test_what_cannot_be_drawn_is_an_error_and_not_an_empty_picture() -> None:
    with pytest.raises(EngravingFailed):
        engrave("no music")


async def test_the_gallery_draws_each_comparison_once() -> None:
    pool = ProcessPool(1)
    try:
        gallery = Gallery(pool)
        first = await gallery.comparison(tune([60, 62]), 0)
        assert first == engrave_comparison(tune([60, 62]), 0, LABELS)
        pool.close()
        assert await gallery.comparison(tune([60, 62]), 0) == first
    finally:
        pool.close()
