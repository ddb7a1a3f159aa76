"""Answers survive an interruption as they were."""

from __future__ import annotations

from pathlib import Path

from scripts.bench.judging import MISSED
from scripts.bench.kept import Kept
from scripts.bench.searching import Accepted, Answer, Job, Task


def test_an_answer_comes_back_as_it_was(tmp_path: Path) -> None:
    job = Job(Task.EXCERPT, "channels, 20 s/clean", 3)
    wrong = Accepted("other", 1e-9, "block")
    answer = Answer(
        job, "upload.flac", ("clean",), (MISSED,), (wrong,), baselines={"peer": (True,)}
    )
    Kept(tmp_path / "answers").put(answer)
    assert Kept(tmp_path / "answers").get(job) == answer


def test_what_was_not_answered_is_not_there(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "answers")
    kept.put(Answer(Job(Task.NOISE, "drone", 1), "drone.flac"))
    assert kept.get(Job(Task.NOISE, "drone", 2)) is None
    # A write that was cut short is no answer.
    (tmp_path / "answers" / "half.pending").write_bytes(b"\x00")
    assert kept.get(Job(Task.NOISE, "tone", 1)) is None
