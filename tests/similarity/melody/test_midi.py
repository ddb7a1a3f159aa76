"""MIDI files of every type, and with every fault that is common."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from similarity.errors import MediaTooLong, MediaTooShort, UnreadableMedia
from similarity.melody import midi as midi_module
from similarity.melody.reading import parse_score
from similarity.melody.score import Melody
from tests.similarity.melody.midi_bytes import (
    PITCHES,
    TICKS,
    header,
    meta,
    midi,
    notes,
    number,
    track,
)

TEMPO_60 = meta(0x51, b"\x0f\x42\x40")
BASS = [pitch - 24 for pitch in PITCHES]


def only_line(data: bytes) -> Melody:
    (line,) = parse_score(data).voices
    return line


@pytest.mark.parametrize("form", [0, 1, 2])
def test_every_type(form: int) -> None:
    line = only_line(midi(meta(0x03, b"Tune") + notes(), form=form))
    assert line.name == "Tune"
    assert line.pitches.tolist() == PITCHES
    assert line.onsets_q.tolist() == list(range(8))
    assert line.onsets_s.tolist() == pytest.approx([k / 2 for k in range(8)])
    assert line.durations_s.tolist() == pytest.approx([0.5] * 8)


def test_channels_of_one_track_are_parts_and_the_tenth_is_drums() -> None:
    events = b"".join(
        bytes([0, 0x90, high, 80, 0, 0x91, low, 80, 0, 0x99, 36, 80])
        + number(TICKS)
        + bytes([0x80, high, 0, 0, 0x81, low, 0, 0, 0x89, 36, 0])
        for high, low in zip(PITCHES, BASS, strict=True)
    )
    lines = {tuple(line.pitches.tolist()) for line in parse_score(midi(events, form=0)).voices}
    assert lines == {tuple(PITCHES), tuple(BASS)}
    with pytest.raises(MediaTooShort):
        parse_score(midi(notes(channel=9)))


def test_a_tempo_map_holds_for_all_tracks_of_type_1_and_for_its_own_of_type_2() -> None:
    assert only_line(midi(notes(), TEMPO_60)).onsets_s[1] == pytest.approx(1.0)
    first, second = parse_score(midi(TEMPO_60 + notes(), notes(BASS), form=2)).voices
    assert first.onsets_s[1] == pytest.approx(1.0)
    assert second.onsets_s[1] == pytest.approx(0.5)


def test_tracks_of_type_2_are_tunes_of_their_own() -> None:
    score = parse_score(midi(notes(), notes(BASS), form=2))
    assert [line.pitches.tolist() for line in score.voices] == [PITCHES, BASS]
    assert score.duration_s == pytest.approx(8.0)


@pytest.mark.parametrize(("frames", "per_second"), [(24, 24.0), (25, 25.0), (29, 30 / 1.001)])
def test_smpte_time_code(frames: int, per_second: float) -> None:
    division = (0x100 - frames) << 8 | 40
    line = only_line(midi(TEMPO_60 + notes(ticks=500), division=division))
    assert line.onsets_s[1] == pytest.approx(500 / 40 / per_second)
    assert line.onsets_q[1] == pytest.approx(2 * line.onsets_s[1])


def test_an_impossible_division_is_refused() -> None:
    for division in (0, 0xE700):
        with pytest.raises(UnreadableMedia, match="unit of time"):
            parse_score(midi(notes(), division=division))


def test_running_status_even_across_meta_events() -> None:
    running = b"\0\x90" + b"\0".join(
        bytes([pitch, 80]) + number(TICKS) + bytes([pitch, 0]) for pitch in PITCHES
    )
    assert only_line(midi(running)).pitches.tolist() == PITCHES
    goes_on = b"\0\x3c\x50" + number(TICKS) + b"\x3c\0"
    assert len(only_line(midi(running + meta(0x01, b"hi") + goes_on))) == 9


FAULTY = {
    "no end of track": header() + track(notes(), end=b""),
    "length too small": header() + track(notes(), length=21),
    "length of nothing": header() + track(notes(), length=0),
    "length too large": header() + track(notes(), length=9_999),
    "wrong lengths, two tracks": header()
    + track(meta(0x01, b"hello"), length=3)
    + track(notes(), length=5),
    "fewer tracks than said": header(tracks=9) + track(notes()),
    "more tracks than said": header(tracks=0) + track(notes()),
    "a chunk of another kind": header() + b"XFIH\0\0\0\4abcd" + track(notes()),
    "a longer header": b"MThd" + struct.pack(">IHHH4x", 10, 1, 1, TICKS) + track(notes()),
    "junk behind": midi(notes()) + b"junk" * 50,
    "system exclusive": midi(b"\0\xf0\x05\x7e\x7f\x09\x01\xf7\0\xf7\x02\x01\x02" + notes()),
    "real-time bytes": midi(b"\0\xf8" + notes() + b"\0\xfe"),
    "song position": midi(b"\0\xf2\x01\x02\0\xf3\x01" + notes()),
    "karaoke": midi(meta(0x01, b"@KMIDI") + meta(0x05, b"la") + notes()),
    "a truncated metre": midi(meta(0x58, b"\x04") + notes()),
    "a metre of nothing": midi(meta(0x58, b"\0\x02\x18\x08") + notes()),
    "a metre in 2^200ths": midi(meta(0x58, b"\4\xc8\x18\x08") + notes()),
    "a tempo of nothing": midi(meta(0x51, b"\0\0\0") + notes()),
    "the eighth bit set": midi(notes().replace(b"\x3c\x50", b"\xbc\x50")),
    "an empty name": midi(meta(0x03, b"") + notes()),
    "RIFF": b"RIFF\0\0\0\0RMIDdata\0\0\0\0" + midi(notes()),
}


@pytest.mark.parametrize("name", FAULTY)
def test_faults_that_players_forgive(name: str) -> None:
    line = only_line(FAULTY[name])
    assert line.pitches.tolist() == PITCHES
    assert np.diff(line.onsets_s).tolist() == pytest.approx([0.5] * 7)


def test_data_without_a_status_is_passed_over() -> None:
    line = only_line(midi(b"\0\x3c\0\x50" + notes()))
    assert line.pitches.tolist() == PITCHES


def test_a_file_cut_short_is_read_as_far_as_it_goes() -> None:
    whole = midi(notes())
    assert only_line(whole[:-13]).pitches.tolist() == PITCHES[:7]


def test_a_key_never_released_sounds_until_the_next_one() -> None:
    stuck = b"".join(number(TICKS) + bytes([0x90, pitch, 80]) for pitch in range(60, 64))
    line = only_line(midi(stuck + number(TICKS) + b"\xff\x01\x00"))
    assert line.pitches.tolist() == [60, 61, 62, 63]
    assert line.durations_s.tolist() == pytest.approx([0.5] * 4)


def test_a_stuck_high_note_does_not_hide_the_tune() -> None:
    line = only_line(midi(bytes([0, 0x90, 96, 80]) + notes()))
    assert line.pitches.tolist()[-7:] == PITCHES[1:]


def test_a_key_pressed_again_begins_a_new_note() -> None:
    again = b"\0\x90\x3c\x50" + number(240) + b"\x90\x3c\x50" + number(240) + b"\x80\x3c\0"
    twice_at_once = b"\0\x90\x3e\x50\0\x90\x3e\x40" + number(TICKS) + b"\x80\x3e\0"
    line = only_line(midi(again + b"\0\x80\x3c\0" + twice_at_once))
    assert line.pitches.tolist() == [60, 60, 62]
    assert line.durations_s.tolist() == pytest.approx([0.25, 0.25, 0.5])


def test_notes_of_no_length_keep_their_rhythm() -> None:
    ticked = b"".join(
        bytes([0, 0x90, pitch, 80, 0, 0x80, pitch, 0]) + number(TICKS) + b"\xff\x01\x00"
        for pitch in PITCHES
    )
    line = only_line(midi(ticked))
    assert line.pitches.tolist() == PITCHES
    assert not line.durations_s.any()


def test_the_longest_waits_add_up() -> None:
    longest = number(0x0FFFFFFF)
    line = only_line(midi(notes() + (longest + notes()[1:]) * 12))
    assert len(line) == 13 * 8
    assert (np.diff(line.onsets_q) > 0).all()


def test_metres_reign_from_where_they_stand() -> None:
    waltz = meta(0x58, b"\x03\x02\x18\x08")
    common = meta(0x58, b"\x04\x02\x18\x08")
    line = only_line(midi(waltz + notes(PITCHES[:3]) + common + notes(PITCHES[3:])))
    assert line.beat_strength is not None
    assert np.flatnonzero(line.beat_strength == 1.0).tolist() == [0, 3, 7]


@pytest.mark.parametrize("data", [b"MThd", header(), header() + b"MTrk", midi(), midi(b"")])
def test_nothing_to_read(data: bytes) -> None:
    with pytest.raises((UnreadableMedia, MediaTooShort)):
        parse_score(data)


def test_too_many_notes_or_tunes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(midi_module, "MAX_MIDI_NOTES", 15)
    assert only_line(midi(notes()))
    with pytest.raises(MediaTooLong, match="notes"):
        parse_score(midi(notes(), notes(BASS)))
    monkeypatch.setattr(midi_module, "MAX_MIDI_NOTES", 99)
    monkeypatch.setattr(midi_module, "MAX_TUNES", 1)
    with pytest.raises(MediaTooLong, match="tunes"):
        parse_score(midi(notes(), notes(BASS), form=2))
