"""What engraved scores say in ways that are easily misread."""

from __future__ import annotations

import io
import zipfile

import pytest

from similarity.errors import MediaTooShort, UnreadableMedia
from similarity.melody.reading import parse_score
from similarity.melody.score import Melody
from tests.similarity.melody.test_reading import ABC, FOUR_QUARTERS, KERN, MEI, PITCHES, xml_note

TWO = "".join(xml_note(step, 2) for step in "GA")
PERCUSSION = "<clef><sign>percussion</sign></clef>"


def document(*bars: str, attributes: str = "") -> str:
    """MusicXML of one part, in quarters of two divisions."""
    opening = f"<attributes><divisions>2</divisions>{attributes}</attributes>"
    measures = "".join(
        f'<measure number="{number}">{"" if number else opening}{bar}</measure>'
        for number, bar in enumerate(bars)
    )
    return (
        '<?xml version="1.0"?><score-partwise version="4.0"><part-list>'
        '<score-part id="P1"><part-name>Melody</part-name></score-part></part-list>'
        f'<part id="P1">{measures}</part></score-partwise>'
    )


def only_line(text: str) -> Melody:
    (line,) = parse_score(text.encode()).voices
    return line


def transpose(chromatic: int, octaves: int = 0) -> str:
    return (
        f"<transpose><diatonic>0</diatonic><chromatic>{chromatic}</chromatic>"
        f"<octave-change>{octaves}</octave-change></transpose>"
    )


def test_transposing_instruments_are_read_at_concert_pitch() -> None:
    clarinet = document(FOUR_QUARTERS, attributes=transpose(-2))
    assert only_line(clarinet).pitches.tolist() == [58, 60, 62, 63]
    bass = document(FOUR_QUARTERS, attributes=transpose(0, octaves=-1))
    assert only_line(bass).pitches.tolist() == [48, 50, 52, 53]


def test_a_change_of_instrument_holds_from_where_it_stands() -> None:
    change = f"<attributes>{transpose(-3)}</attributes>"
    line = only_line(document(FOUR_QUARTERS, change + TWO, attributes=transpose(-2)))
    assert line.pitches.tolist() == [58, 60, 62, 63, 64, 66]


def test_percussion_is_no_melody() -> None:
    unpitched = FOUR_QUARTERS.replace("pitch>", "unpitched>")
    unpitched = unpitched.replace("step>", "display-step>").replace("octave>", "display-octave>")
    for bar in (FOUR_QUARTERS, unpitched):
        with pytest.raises(MediaTooShort):
            parse_score(document(bar, attributes=PERCUSSION).encode())
    treble = "<attributes><clef><sign>G</sign><line>2</line></clef></attributes>"
    line = only_line(document(FOUR_QUARTERS, treble + TWO, attributes=PERCUSSION))
    assert line.pitches.tolist() == [67, 69]


def test_cue_notes_keep_their_time_but_are_not_played() -> None:
    cue = FOUR_QUARTERS.replace("<pitch>", "<cue/><pitch>", 1)
    line = only_line(document(cue, TWO))
    assert line.pitches.tolist() == [62, 64, 65, 67, 69]
    assert line.onsets_q.tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]
    chord = xml_note("C", 2).replace("<pitch>", "<cue/><chord/><pitch>")
    assert only_line(document(xml_note("E", 2) + chord + TWO)).pitches.tolist() == [64, 67, 69]


def test_repeats_and_endings_are_read_once_in_the_order_of_the_page() -> None:
    forward = '<barline location="left"><repeat direction="forward"/></barline>'
    backward = '<barline location="right"><repeat direction="backward"/></barline>'
    first = '<barline location="left"><ending number="1" type="start"/></barline>'
    second = first.replace('"1"', '"2"')
    ending = xml_note("B", 8)
    line = only_line(document(forward + FOUR_QUARTERS, first + TWO + backward, second + ending))
    assert line.pitches.tolist() == [60, 62, 64, 65, 67, 69, 71]
    assert only_line(ABC.replace("|]", ":|")).pitches.tolist() == PITCHES


def test_ties_across_bars_are_one_note() -> None:
    bars = (
        xml_note("C", 8, '<tie type="start"/>'),
        xml_note("C", 8, '<tie type="stop"/><tie type="start"/>'),
        xml_note("C", 2, '<tie type="stop"/>') + TWO,
    )
    line = only_line(document(*bars))
    assert line.pitches.tolist() == [60, 67, 69]
    assert line.durations_s[0] == pytest.approx(4.5)


def test_a_pickup_bar_moves_the_downbeat() -> None:
    metre = "<time><beats>4</beats><beat-type>4</beat-type></time>"
    text = document(xml_note("G", 2), FOUR_QUARTERS, attributes=metre)
    line = only_line(text.replace('number="0"', 'number="0" implicit="yes"'))
    assert line.beat_strength is not None
    assert line.beat_strength.tolist() == [0.25, 1.0, 0.25, 0.5, 0.25]


def test_voices_and_staves_that_go_back_in_time() -> None:
    back = "<backup><duration>8</duration></backup>"
    low = FOUR_QUARTERS.replace("<octave>4", "<octave>2")
    bars = [
        FOUR_QUARTERS.replace("</note>", "<staff>1</staff></note>")
        + back
        + low.replace("</note>", "<staff>2</staff></note>")
    ] * 4
    lines = parse_score(document(*bars, attributes="<staves>2</staves>").encode()).voices
    assert [line.pitches[:4].tolist() for line in lines[:2]] == [[60, 62, 64, 65], [36, 38, 40, 41]]
    same_staff = only_line(document(FOUR_QUARTERS + back + low))
    assert same_staff.pitches.tolist() == [60, 62, 64, 65]


def test_an_empty_voice_is_no_line() -> None:
    rest = "<note><rest/><duration>8</duration><voice>2</voice></note>"
    back = "<backup><duration>8</duration></backup>"
    assert len(only_line(document(FOUR_QUARTERS + back + rest))) == 4


def test_spines_that_split_and_join() -> None:
    split = KERN.replace(
        "=2\n4g\n4f\n4e\n4d\n", "*^\n=2\t=2\n4g\t4G\n4f\t4F\n4e\t4E\n4d\t4D\n*v\t*v\n"
    )
    assert only_line(split).pitches.tolist() == PITCHES


def test_words_below_the_notes_are_passed_over() -> None:
    syllable = '<verse n="1"><syl wordpos="s">la</syl></verse>'
    text = MEI.replace('dur="4"/>', f'dur="4">{syllable}</note>')
    assert syllable in text
    empty = text.replace(syllable, "<verse/>", 1)
    for sung in (text, empty):
        assert only_line(sung).pitches.tolist() == PITCHES[:4]


def test_durations_that_cannot_be_are_refused() -> None:
    with pytest.raises(UnreadableMedia):
        parse_score(document(xml_note("C", -4) + TWO).encode())


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD" "http://www.musicxml.org/a.dtd">',
        '<!DOCTYPE score-partwise SYSTEM "file:///etc/passwd">',
    ],
)
def test_a_document_type_is_never_fetched(doctype: str) -> None:
    text = document(FOUR_QUARTERS).replace("?>", "?>" + doctype, 1)
    assert only_line(text).pitches.tolist() == [60, 62, 64, 65]


@pytest.mark.parametrize("entity", ["<!ENTITY x", "<!ENTITY % x"])
def test_external_entities_are_refused(entity: str) -> None:
    subset = f'<!DOCTYPE score-partwise [{entity} SYSTEM "file:///etc/passwd">]>'
    with pytest.raises(UnreadableMedia, match="entities"):
        parse_score(document(FOUR_QUARTERS).replace("?>", "?>" + subset, 1).encode())


def test_utf_16_in_either_order() -> None:
    text = document(FOUR_QUARTERS).replace('"1.0"?', '"1.0" encoding="UTF-16"?')
    for order, mark in (("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")):
        assert parse_score(mark + text.encode(order)).note_count == 4


def packed(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_compressed_scores_with_containers_that_are_wrong() -> None:
    score = document(FOUR_QUARTERS).encode()
    wrong = b'<container><rootfiles><rootfile full-path="gone.xml"/></rootfiles></container>'
    assert parse_score(packed({"META-INF/container.xml": wrong, "a.xml": score})).note_count == 4
    for files in (
        {"META-INF/container.xml": wrong},
        {"META-INF/container.xml": b"\xff\0\xff"},
        {"META-INF/container.xml": wrong, "a.xml": score, "b.xml": score},
    ):
        with pytest.raises(UnreadableMedia):
            parse_score(packed(files))
