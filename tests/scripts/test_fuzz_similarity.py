"""Damaged files: made by seed, read under watch, counted; none of these does what none may do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scripts import fuzz_similarity
from scripts.fuzz import trials
from scripts.fuzz.mutations import MUTATIONS, Mutation, mutated
from scripts.fuzz.trials import Ending, Outcome
from similarity.errors import UnreadableMedia
from tests.similarity.melody.test_reading import ABC, FOUR_QUARTERS, musicxml
from tests.similarity.synthesis import tune, write_wav

FILES = 60
"""Some four of each format."""


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_every_mutation_damages_by_seed(mutation: Mutation) -> None:
    original = bytes(range(256)) * 40
    damaged = []
    for seed in (1, 1, 2):
        data = bytearray(original)
        mutation(data, np.random.default_rng(seed))
        damaged.append(bytes(data))
    assert damaged[0] == damaged[1] != damaged[2]
    assert original not in damaged


def test_nothing_left_of_a_file_ends_the_damage() -> None:
    for seed in range(200):
        mutated(b"7", b"77", np.random.default_rng(seed))


def test_damaged_files_are_answered_or_refused_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "material"
    folder.mkdir()
    for seed in range(2):
        write_wav(folder / f"{seed}.wav", tune(seed, 5))
    (folder / "tune.abc").write_text(ABC)
    (folder / "tune.musicxml").write_bytes(musicxml(FOUR_QUARTERS))
    arguments = ["--files", str(FILES), "--out", str(tmp_path / "out"), "--jobs", "2"]
    status = fuzz_similarity.main([str(folder), *arguments])
    printed = capsys.readouterr().out
    assert status == 0, printed
    row = next(line for line in printed.splitlines() if line.startswith("| all |"))
    total, answered, named, *defects = (int(cell) for cell in row.split(" | ")[1:-1])
    assert total == FILES == answered + named
    assert answered > 0
    assert named > 0
    assert not any(defects)


def test_what_escapes_without_a_name_is_a_defect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raising(error: Exception) -> Outcome:
        def read(_: Path) -> None:
            raise error

        monkeypatch.setattr(trials, "read", read)
        return trials.outcome_of(tmp_path)

    assert raising(UnreadableMedia("Damaged.")) == Outcome(Ending.NAMED, "UnreadableMedia")
    assert raising(ValueError("bad")) == Outcome(Ending.UNNAMED, "ValueError: bad")
    monkeypatch.setattr(trials, "MOST_MEMORY_BYTES", 1)
    assert raising(UnreadableMedia("Damaged.")).ending is Ending.LARGE


def test_a_process_that_dies_is_a_crash_and_one_that_hangs_is_slow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = trials.Reader.started()
    reader.process.kill()
    reader.process.join()
    assert reader.try_one(tmp_path).ending is Ending.CRASHED
    monkeypatch.setattr(trials, "MOST_SECONDS", 0.0)
    slow = trials.Reader.started()
    assert slow.try_one(write_wav(tmp_path / "long.wav", tune(1, 30))).ending is Ending.SLOW
    assert not slow.is_alive()
