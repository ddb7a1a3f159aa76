"""Engraved scores that would hurt the process that reads them."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from similarity.errors import DecodeTimeout, MediaTooShort, UnreadableMedia
from similarity.melody import sandbox
from similarity.melody.formats import ScoreFormat
from similarity.melody.reading import parse_score
from similarity.melody.score import Melody, Score
from similarity.melody.wire import LENGTH, Refusal, pack_answer, unpack_answer
from tests.similarity.melody.test_reading import ABC, FOUR_QUARTERS, PITCHES, musicxml


def test_a_metre_that_fills_the_memory_is_refused_and_the_next_score_read() -> None:
    with pytest.raises(DecodeTimeout, match="memory"):
        parse_score(musicxml(FOUR_QUARTERS).replace(b"<beats>4", b"<beats>1000000000"))
    assert parse_score(ABC.encode()).voices[0].pitches.tolist() == PITCHES


def test_a_score_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "MAX_READ_S", 0.0)
    with pytest.raises(DecodeTimeout, match="longer"):
        parse_score(ABC.encode())
    monkeypatch.undo()
    assert parse_score(ABC.encode()).note_count == 12


def test_a_reader_that_breaks_down_is_an_error_with_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    monkeypatch.setattr(sandbox, "_idle", [])
    with pytest.raises(UnreadableMedia, match="broke down"):
        sandbox.read_in_child(ABC.encode(), ScoreFormat.ABC)


def test_threads_read_at_once() -> None:
    with ThreadPoolExecutor(2) as pool:
        scores = list(pool.map(parse_score, [ABC.encode()] * 4))
    assert [score.voices[0].pitches.tolist() for score in scores] == [PITCHES] * 4


def test_answers_arrive_as_they_were_sent() -> None:
    rng = np.random.default_rng(1)
    lines = tuple(
        Melody(
            f"Stimme {count} äöü\n",
            np.sort(rng.random(count)),
            rng.random(count),
            np.sort(rng.random(count)),
            rng.integers(0, 128, count).astype(np.int16),
            strength,
        )
        for count, strength in ((5, None), (3, rng.random(3).astype(np.float32)))
    )
    arrived = unpack_answer(pack_answer(Score(lines, 7.5))[LENGTH.size :])
    assert isinstance(arrived, Score)
    assert arrived.duration_s == 7.5
    for line, original in zip(arrived.voices, lines, strict=True):
        assert line.name == original.name
        for field in ("onsets_s", "durations_s", "onsets_q", "pitches", "beat_strength"):
            ours, theirs = getattr(line, field), getattr(original, field)
            assert np.array_equal(ours, theirs)
            assert getattr(ours, "dtype", None) == getattr(theirs, "dtype", None)
    refusal = unpack_answer(pack_answer(MediaTooShort("No notes."))[LENGTH.size :])
    assert refusal == Refusal("media-too-short", "No notes.")


def test_readers_end_when_their_parent_is_killed() -> None:
    reads_and_waits = (
        "import sys; from similarity.melody import sandbox; "
        "from similarity.melody.formats import ScoreFormat; "
        "sandbox.read_in_child(sys.argv[1].encode(), ScoreFormat.ABC); "
        "print(sandbox._idle[0].pid, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", reads_and_waits, ABC],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        reader = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()
    # A pidfd becomes readable when its process has ended.
    assert select.select([reader], [], [], 60)[0]
    os.close(reader)
