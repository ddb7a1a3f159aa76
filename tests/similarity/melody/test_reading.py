"""Readers: real files of every notation, and files that are not what they claim."""

from __future__ import annotations

import contextlib
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
import symusic
from hypothesis import given, settings
from hypothesis import strategies as st

from similarity.errors import (
    MediaError,
    MediaTooLong,
    MediaTooShort,
    UnreadableMedia,
    UnsupportedMedia,
)
from similarity.melody import limits, notation
from similarity.melody.formats import ScoreFormat
from similarity.melody.reading import parse_score, read_score

PITCHES = [60, 62, 64, 65, 67, 65, 64, 62, 60, 67, 72, 60]

ABC = "X:1\nT:Scale\nM:4/4\nL:1/4\nK:C\nC D E F | G F E D | C G c C |]\n"
KERN = "**kern\n*M4/4\n=1\n4c\n4d\n4e\n4f\n=2\n4g\n4f\n4e\n4d\n=3\n4c\n4g\n4cc\n4c\n==\n*-\n"
MEI = (
    '<?xml version="1.0"?><mei xmlns="http://www.music-encoding.org/ns/mei"><music><body><mdiv>'
    '<score><scoreDef meter.count="4" meter.unit="4"><staffGrp>'
    '<staffDef n="1" lines="5" clef.shape="G" clef.line="2"/></staffGrp></scoreDef><section>'
    '<measure n="1"><staff n="1"><layer n="1">'
    + "".join(f'<note pname="{name}" oct="4" dur="4"/>' for name in ("c", "d", "e", "f"))
    + "</layer></staff></measure></section></score></mdiv></body></mei></music></mei>".replace(
        "</mei></music></mei>", "</music></mei>"
    )
)


def midi_bytes(
    tracks: dict[str, list[tuple[float, float, int]]],
    *,
    drums: bool = False,
    tempos: tuple[tuple[float, float], ...] = (),
) -> bytes:
    """A MIDI file of named tracks of (onset, length, pitch) and of tempos (onset, per minute).

    Onsets and lengths are in quarters, 480 ticks each.
    """
    file = symusic.core.ScoreTick(480)
    file.time_signatures.append(symusic.core.TimeSignatureTick(0, 4, 4))
    for onset, per_minute in tempos:
        mspq = round(60_000_000 / per_minute)
        file.tempos.append(symusic.core.TempoTick(round(480 * onset), mspq=mspq))
    for name, notes in tracks.items():
        track = symusic.core.TrackTick(name, 0, drums)
        for onset, length, pitch in notes:
            note = symusic.core.NoteTick(round(480 * onset), round(480 * length), pitch, 80)
            track.notes.append(note)
        file.tracks.append(track)
    return file.dumps_midi()


def line(pitches: list[int]) -> list[tuple[float, float, int]]:
    return [(float(k), 1.0, pitch) for k, pitch in enumerate(pitches)]


def musicxml(notes: str) -> bytes:
    """A one-bar MusicXML document in 4/4 with two divisions a quarter."""
    return (
        '<?xml version="1.0"?><score-partwise version="4.0">'
        '<part-list><score-part id="P1"><part-name>Melody</part-name></score-part></part-list>'
        '<part id="P1"><measure number="1"><attributes><divisions>2</divisions>'
        "<time><beats>4</beats><beat-type>4</beat-type></time></attributes>"
        f"{notes}</measure></part></score-partwise>"
    ).encode()


def xml_note(step: str, duration: int, extra: str = "") -> str:
    pitch = f"<pitch><step>{step}</step><octave>4</octave></pitch>"
    return f"<note>{pitch}<duration>{duration}</duration>{extra}</note>"


FOUR_QUARTERS = "".join(xml_note(step, 2) for step in "CDEF")


def test_midi_gives_pitches_times_and_beats() -> None:
    score = parse_score(midi_bytes({"MELODY": line(PITCHES)}))
    (voice,) = score.voices
    assert voice.pitches.tolist() == PITCHES
    assert voice.onsets_q.tolist() == pytest.approx(list(range(12)))
    assert voice.onsets_s.tolist() == pytest.approx([k / 2 for k in range(12)])
    assert score.duration_s == pytest.approx(6.0)
    assert voice.beat_strength is not None
    assert voice.beat_strength[:5].tolist() == [1.0, 0.25, 0.5, 0.25, 1.0]


def test_tempo_changes_move_seconds_but_not_quarters() -> None:
    data = midi_bytes({"tune": line([60, 61, 62, 63])}, tempos=((0, 120), (2, 60)))
    (voice,) = parse_score(data).voices
    assert voice.onsets_s.tolist() == pytest.approx([0.0, 0.5, 1.0, 2.0])
    assert voice.onsets_q.tolist() == pytest.approx([0.0, 1.0, 2.0, 3.0])


def test_drums_are_left_out_and_drums_alone_are_too_short() -> None:
    with pytest.raises(MediaTooShort):
        parse_score(midi_bytes({"kit": line([36, 38, 36, 38])}, drums=True))


def test_the_named_melody_comes_first_and_the_accompaniment_is_kept() -> None:
    chords = [(float(k), 1.0, p) for k in range(12) for p in (48, 52, 55)]
    score = parse_score(midi_bytes({"PIANO": chords, "LEAD": line(PITCHES)}))
    assert score.voices[0].name == "LEAD"
    assert score.voices[1].pitches.tolist() == [55] * 12


def test_a_tune_above_chords_in_one_track_is_found_by_the_skyline() -> None:
    notes = line([p + 12 for p in PITCHES])
    notes += [(float(k), 1.0, p) for k in range(12) for p in (48, 52, 55)]
    (voice,) = parse_score(midi_bytes({"": sorted(notes)})).voices
    assert voice.pitches.tolist() == [p + 12 for p in PITCHES]


@pytest.mark.parametrize(("text", "count"), [(ABC, 12), (KERN, 12), (MEI, 4)])
def test_text_notations(tmp_path: Path, text: str, count: int) -> None:
    path = tmp_path / "misnamed.mid"
    path.write_text(text)
    (voice,) = read_score(path).voices
    assert voice.pitches.tolist() == PITCHES[:count]
    assert np.diff(voice.onsets_q).tolist() == [1.0] * (count - 1)


def test_musicxml_plain_and_compressed_agree() -> None:
    xml = musicxml(FOUR_QUARTERS)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        container = '<container><rootfiles><rootfile full-path="a.xml"/></rootfiles></container>'
        archive.writestr("META-INF/container.xml", container)
        archive.writestr("a.xml", xml)
    for data in (xml, packed.getvalue()):
        (voice,) = parse_score(data).voices
        assert voice.name == "Melody"
        assert voice.pitches.tolist() == [60, 62, 64, 65]
        assert voice.beat_strength is not None
        assert voice.beat_strength.tolist() == [1.0, 0.25, 0.5, 0.25]


def test_ties_merge_and_grace_notes_and_chord_symbols_fall_away() -> None:
    notes = (
        "<harmony><root><root-step>C</root-step></root><kind>major</kind></harmony>"
        + xml_note("C", 4, '<tie type="start"/>')
        + xml_note("C", 2, '<tie type="stop"/>')
        + "<note><grace/><pitch><step>B</step><octave>4</octave></pitch></note>"
        + xml_note("E", 1)
        + xml_note("F", 1)
    )
    (voice,) = parse_score(musicxml(notes)).voices
    assert voice.pitches.tolist() == [60, 64, 65]
    assert voice.onsets_q.tolist() == [0.0, 3.0, 3.5]
    assert voice.durations_s[0] == pytest.approx(1.5)


def test_every_tune_of_a_tune_book_is_a_voice() -> None:
    second = ABC.replace("X:1", "X:2").replace("T:Scale", "T:Other").replace("C D E F", "E E E E")
    score = parse_score((ABC + "\n" + second).encode())
    assert [voice.name for voice in score.voices] == ["Scale", "Other"]


def test_markup_in_utf_16_is_read() -> None:
    text = MEI.replace('<?xml version="1.0"?>', "<?xml version='1.0' encoding='UTF-16'?>")
    assert parse_score(text.encode("utf-16")).note_count == parse_score(MEI.encode()).note_count


def test_an_entity_bomb_is_refused() -> None:
    bomb = (
        '<?xml version="1.0"?><!DOCTYPE score-partwise [<!ENTITY a "aaaaaaaaaa">'
        '<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><score-partwise>&b;</score-partwise>'
    )
    with pytest.raises(UnreadableMedia, match="entities"):
        parse_score(bomb.encode())


def test_a_zip_bomb_is_refused() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("META-INF/container.xml", '<rootfile full-path="a.xml"/>')
        archive.writestr("a.xml", bytes(limits.MAX_SCORE_BYTES + 1))
    with pytest.raises(MediaTooLong):
        parse_score(packed.getvalue())


def test_too_many_notes_are_refused_before_they_are_parsed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(notation, "MAX_NOTATION_NOTES", 3)
    with pytest.raises(MediaTooLong):
        notation.read_notation(musicxml(FOUR_QUARTERS), ScoreFormat.MUSICXML)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", UnreadableMedia),
        (b"MThd", UnreadableMedia),
        (b"RIFF\0\0\0\0RMIDdata", UnreadableMedia),
        (b"\x89PNG\r\n", UnsupportedMedia),
        (b"plain words", UnsupportedMedia),
        (b"<html></html>", UnsupportedMedia),
        (b"<score-timewise></score-timewise>", UnsupportedMedia),
        (b"<score-partwise><part></score-partwise>", UnreadableMedia),
        (b"<score-partwise></score-partwise>", MediaTooShort),
        (b"PK\x03\x04META-INF/container.xml", UnreadableMedia),
        (b"X:1\nK:C\n\0\0", UnreadableMedia),
        (b"X:1\nT:silence\nL:1/4\nK:C\nz4|]\n", MediaTooShort),
    ],
)
def test_what_is_no_score_gets_an_error_of_its_own(data: bytes, error: type[MediaError]) -> None:
    with pytest.raises(error):
        parse_score(data)


def test_a_missing_file_and_a_folder_are_unreadable(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.mid", tmp_path):
        with pytest.raises(UnreadableMedia):
            read_score(path)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_mutated_midi_ends_in_a_score_or_a_named_error(data: st.DataObject) -> None:
    original = midi_bytes({"tune": line(PITCHES), "other": line(PITCHES)})
    mutated = bytearray(original[: data.draw(st.integers(1, len(original)))])
    for _ in range(data.draw(st.integers(0, 6))):
        place = data.draw(st.integers(0, len(mutated) - 1))
        mutated[place] = data.draw(st.integers(0, 255))
    with contextlib.suppress(MediaError):
        assert parse_score(bytes(mutated)).note_count > 0


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_mutated_text_ends_in_a_score_or_a_named_error(data: st.DataObject) -> None:
    original = data.draw(st.sampled_from([ABC, KERN, MEI]))
    place = data.draw(st.integers(0, len(original)))
    junk = data.draw(st.text(max_size=8))
    cut = data.draw(st.integers(0, 20))
    mutated = (original[:place] + junk + original[place + cut :]).encode("utf-8", "replace")
    with contextlib.suppress(MediaError):
        assert parse_score(mutated).note_count > 0
