"""What is heard of a recording, and that the score it was played from is found by it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from similarity.audio.decode import DecodedAudio
from similarity.errors import MediaTooShort
from similarity.index import ReferenceIndex
from similarity.match import Band, MatchKind
from similarity.melody.score import Melody, Score
from similarity.melody.transcription import transcribe
from tests.similarity.synthesis import RATE

NOTE_S = 0.4


def line(seed: int, notes: int = 32) -> NDArray[np.int16]:
    """MIDI numbers of a line without repeated notes."""
    steps = np.random.default_rng(seed).choice([-5, -4, -2, -1, 1, 2, 3, 5, 7], notes)
    return (66 + np.cumsum(steps) - np.round(np.cumsum(steps) / 14) * 14).astype(np.int16)


def played(pitches: NDArray[np.int16], cents: float = 0.0) -> NDArray[np.int16]:
    """The line on a reed, tuned so many cents high, a breath between the notes."""
    time = np.arange(int(NOTE_S * RATE)) / RATE
    swell = np.minimum(1, np.minimum(time, NOTE_S - time) * 40)
    tones = []
    for pitch in pitches:
        hz = 440 * 2 ** ((float(pitch) - 69 + cents / 100) / 12)
        tones.append(swell * sum(np.sin(2 * np.pi * hz * n * time) / n for n in (1, 2, 3, 4)))
    return (np.concatenate(tones) * 9000).astype(np.int16)


def notated(pitches: NDArray[np.int16]) -> Score:
    onsets = np.arange(len(pitches)) * NOTE_S
    lasting = np.full(len(pitches), NOTE_S)
    return Score((Melody.from_seconds("line", onsets, lasting, pitches),), len(pitches) * NOTE_S)


@pytest.mark.parametrize("cents", [0.0, 38.0, -41.0])
def test_hears_a_line_whatever_it_is_tuned_to(cents: float) -> None:
    pitches = line(3)
    score = transcribe(played(pitches, cents), RATE)
    assert score.transcribed
    heard = score.voices[0].pitches.tolist()
    # Which octave of its tuning a quarter tone belongs to is open: intervals are what is compared.
    assert np.diff(heard).tolist() == np.diff(pitches).tolist()
    assert score.voices[0].onsets_s[5] == pytest.approx(5 * NOTE_S, abs=0.06)


def test_finds_the_score_that_a_recording_was_played_from(tmp_path: Path) -> None:
    index = ReferenceIndex.create(tmp_path / "index")
    for seed in range(24):
        index.add_score(f"line-{seed}", notated(line(seed)))
    index.commit()
    samples = played(line(7) + 3)
    audio = DecodedAudio(
        samples, RATE, len(samples) / RATE, "pcm_s16le", "wav", 1, RATE, 1, 1.0, None
    )
    best = index.search_audio(audio, kinds={MatchKind.MELODY}, top=3)[0]
    assert best.reference == "line-7"
    assert best.band is not Band.NONE
    assert best.pitch_semitones == pytest.approx(3)


@pytest.mark.parametrize("kind", ["nothing", "silence", "noise", "clicks"])
def test_hears_no_tune_where_there_is_none(kind: str) -> None:
    time = np.arange(10 * RATE)
    sounds = {
        "nothing": np.zeros(0),
        "silence": np.zeros(len(time)),
        "noise": np.random.default_rng(1).standard_normal(len(time)) * 4000,
        "clicks": (time % (RATE // 2) == 0) * 20_000,
    }
    with pytest.raises(MediaTooShort):
        transcribe(sounds[kind].astype(np.int16), RATE)


def test_refuses_another_rate() -> None:
    with pytest.raises(ValueError, match="22050"):
        transcribe(np.zeros(100, dtype=np.int16), 44_100)
