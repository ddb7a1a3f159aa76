"""Which lanes a file goes through, and what came of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from app.catalog.models import AssetRole
from app.screening.analysis import Analysed, analyse, analysis_of
from app.screening.corpus.scores import load_score
from app.screening.corpus.works import Work
from app.screening.evidence import MelodyProof
from app.screening.judgement import judge
from app.screening.lanes import Corpus, Lane, Outcome, lanes_of
from app.screening.reading import FileToScreen
from app.screening.references import works_of
from similarity.match import Band, Verdict
from similarity.media import MediaKind
from similarity.melody.score import Melody
from tests.similarity.synthesis import RATE, write_wav

BOTH = (Lane.RECORDING, Lane.TRANSCRIPTION)


@pytest.mark.parametrize(
    ("role", "kind", "plays", "lanes"),
    [
        (AssetRole.MIX, MediaKind.AUDIO, "", BOTH),
        (AssetRole.MIX, MediaKind.AUDIO, "drum loop", BOTH),
        (AssetRole.STEM, MediaKind.AUDIO, "Lead Vocals", BOTH),
        (AssetRole.STEM, MediaKind.AUDIO, "topline", BOTH),
        (AssetRole.STEM, MediaKind.AUDIO, "drums", (Lane.RECORDING,)),
        (AssetRole.STEM, MediaKind.AUDIO, "", (Lane.RECORDING,)),
        (AssetRole.SCORE, MediaKind.SCORE, "", (Lane.MELODY,)),
    ],
)
def test_the_part_decides_the_lanes(
    role: AssetRole, kind: MediaKind, plays: str, lanes: tuple[Lane, ...]
) -> None:
    assert lanes_of(role, kind, plays) == lanes


def stem(path: Path, plays: str) -> FileToScreen:
    return FileToScreen("ast_x", AssetRole.STEM, path.name, "0" * 64, MediaKind.AUDIO, path, plays)


def sung(line: Melody) -> NDArray[np.int16]:
    """The line as a voice with a few harmonics would sing it, at another pitch and pace."""
    out = np.zeros(int((float(line.onsets_s[-1] + line.durations_s[-1]) + 1) * RATE * 1.1))
    for onset, length, pitch in zip(line.onsets_s, line.durations_s, line.pitches, strict=True):
        time = np.arange(int(float(length) * 1.1 * 0.95 * RATE)) / RATE
        hz = 440 * 2 ** ((int(pitch) - 67) / 12)
        tone = sum(np.sin(2 * np.pi * hz * k * time) / k**2 for k in range(1, 6))
        begin = int(float(onset) * 1.1 * RATE)
        out[begin : begin + len(time)] += tone * np.minimum(1, np.minimum(time, time[::-1]) * 50)
    return (out / np.abs(out).max() * 20_000).astype(np.int16)


@pytest.fixture
def tune(corpus: Path) -> Work:
    """The work with the longest single line."""
    alone = [
        work
        for work in works_of(corpus)
        if len(load_score(corpus / "scores" / f"{work.reference}.npz").voices) == 1
    ]
    return max(alone, key=lambda work: work.note_count)


def screened(corpus: Path, file: FileToScreen) -> Analysed:
    found = analysis_of(analyse((file,), {Corpus.REFERENCES: corpus}, frozenset()))
    assert isinstance(found, Analysed)
    return found


def test_a_sung_reference_is_found_by_its_tune_and_never_blocked_for_it(
    corpus: Path, tune: Work, tmp_path: Path
) -> None:
    line = load_score(corpus / "scores" / f"{tune.reference}.npz").voices[0]
    path = write_wav(tmp_path / "stem 3.wav", sung(line))
    found = screened(corpus, stem(path, "lead vocals"))
    best = next(match for match in found.matches if match.lane is Lane.TRANSCRIPTION)
    assert best.work.reference == tune.reference
    assert best.band is not Band.NONE
    assert (best.role, best.transcribed) == ("stem", True)
    assert isinstance(best.proof, MelodyProof)
    assert best.pitch_semitones == pytest.approx(2.0, abs=0.6)
    [file] = found.files
    assert [(run.lane, run.outcome) for run in file.lanes] == [
        (Lane.RECORDING, Outcome.SEARCHED),
        (Lane.TRANSCRIPTION, Outcome.SEARCHED),
    ]
    tunes = [match for match in found.matches if match.lane is Lane.TRANSCRIPTION]
    assert judge(found.files, tunes).verdict is not Verdict.BLOCK


def test_what_carries_no_tune_is_searched_as_sound_only(corpus: Path, tmp_path: Path) -> None:
    noise = np.random.default_rng(5).integers(-9000, 9000, 8 * RATE).astype(np.int16)
    path = write_wav(tmp_path / "noise.wav", noise)
    silent_lead = screened(corpus, stem(path, "lead"))
    assert silent_lead.files[0].lanes[1].outcome is Outcome.NO_TUNE
    drums = screened(corpus, stem(path, "drums"))
    assert [run.lane for run in drums.files[0].lanes] == [Lane.RECORDING]
