"""Audio or score, by the bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from similarity.errors import UnreadableMedia, UnsupportedMedia
from similarity.media import MediaKind, kind_of
from tests.similarity.synthesis import tune, write_wav

SCORES = {
    "midi": b"MThd\x00\x00\x00\x06\x00\x00\x00\x01\x01\xe0",
    "musicxml": b"<?xml version='1.0'?><score-partwise version='4.0'></score-partwise>",
    "abc": b"X:1\nT:Tune\nK:C\nCDEF|\n",
    "kern": b"**kern\n4c\n*-\n",
}
FOREIGN = {
    "text": b"Dear listener,\n",
    "german text": "Schöne Grüße\n".encode(),
    "picture": b"\x89PNG\r\n\x1a\n\x00\x00",
    "document": b"%PDF-1.7\n\x00",
    "archive": b"PK\x03\x04\x14\x00\x00\x00",
}


@pytest.mark.parametrize("name", SCORES)
def test_knows_scores_whatever_they_are_called(tmp_path: Path, name: str) -> None:
    path = tmp_path / "song.mp3"
    path.write_bytes(SCORES[name])
    assert kind_of(path) is MediaKind.SCORE


def test_leaves_other_binary_data_to_the_audio_decoder(tmp_path: Path) -> None:
    assert kind_of(write_wav(tmp_path / "score.mid", tune(1, 2))) is MediaKind.AUDIO
    path = tmp_path / "unknown"
    path.write_bytes(bytes(range(256)) * 8)
    assert kind_of(path) is MediaKind.AUDIO


@pytest.mark.parametrize("name", FOREIGN)
def test_refuses_what_is_plainly_neither(tmp_path: Path, name: str) -> None:
    path = tmp_path / "song.mp3"
    path.write_bytes(FOREIGN[name])
    with pytest.raises(UnsupportedMedia):
        kind_of(path)


def test_refuses_nothing_at_all(tmp_path: Path) -> None:
    (tmp_path / "empty.wav").touch()
    for path in (tmp_path / "empty.wav", tmp_path / "missing.wav", tmp_path):
        with pytest.raises(UnreadableMedia):
            kind_of(path)
