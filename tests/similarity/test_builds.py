"""Builds from folders: interrupted, repeated, side by side, over files that break the reader."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from similarity import extraction
from similarity.batch import build_index
from similarity.extraction import Extract, Order, extract
from similarity.index import ReferenceIndex
from similarity.match import MatchKind
from similarity.sums import sha256
from tests.similarity.synthesis import tune, write_wav
from tests.similarity.test_contract import TUNES

TIMEOUT_S = 240


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five recordings and three tunes."""
    folder = tmp_path / "music"
    folder.mkdir()
    for seed in range(5):
        write_wav(folder / f"{seed}.wav", tune(seed, 3))
    for name, notes in TUNES.items():
        (folder / f"{name}.abc").write_text(notes)
    return folder


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "similarity", *map(str, arguments)]


def held(directory: Path) -> list[tuple[str, MatchKind, str | None]]:
    index = ReferenceIndex.open(directory)
    return [
        (reference, kind, index.source(kind, reference))
        for reference, kinds in index.references()
        for kind in kinds
    ]


def counts(summary: dict[str, Any]) -> tuple[int, int, int]:
    return summary["recordings"], summary["melodies"], summary["unchanged"]


def test_a_killed_build_goes_on_where_it_stopped(folder: Path, tmp_path: Path) -> None:
    program = f"""
import os, signal
from pathlib import Path
from similarity.batch import build_index
from similarity.index import ReferenceIndex

commit = ReferenceIndex.commit

def commit_and_die(index):
    commit(index)
    if index.size:
        os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    ReferenceIndex.commit = commit_and_die
    build_index(Path({str(tmp_path / "index")!r}), [{str(folder)!r}], commit_every_s=0)
"""
    script = tmp_path / "build.py"
    script.write_text(program)
    root = str(Path(__file__).parents[2])
    # That its output ends says that no process of it is left.
    killed = subprocess.run(
        [sys.executable, script],
        env={**os.environ, "PYTHONPATH": root},
        capture_output=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert killed.returncode == -9, killed.stderr
    kept = held(tmp_path / "index")
    assert 0 < len(kept) < 8
    done = subprocess.run(
        command("index", "--out", tmp_path / "index", folder),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=True,
    )
    assert counts(json.loads(done.stdout)) == (5, 3, len(kept))
    assert len(done.stderr.splitlines()) == 1
    assert f"5 recordings, 3 melodies ({len(kept)} unchanged)" in done.stderr
    assert held(tmp_path / "index") == [
        (
            str(path),
            MatchKind.MELODY if path.suffix == ".abc" else MatchKind.RECORDING,
            sha256(path),
        )
        for path in sorted(folder.iterdir())
    ]
    assert set(kept) < set(held(tmp_path / "index"))


def test_a_build_follows_what_has_changed(folder: Path, tmp_path: Path) -> None:
    directory = tmp_path / "index"
    assert counts(build_index(directory, [str(folder)])) == (5, 3, 0)
    before = {(reference, kind): source for reference, kind, source in held(directory)}
    digest = ReferenceIndex.open(directory).corpus_digest
    assert counts(build_index(directory, [str(folder), str(folder / "0.wav")])) == (5, 3, 8)
    assert ReferenceIndex.open(directory).corpus_digest == digest

    write_wav(folder / "0.wav", tune(30, 3))
    (folder / "1.wav").write_text(TUNES["d"])
    (folder / "2.wav").write_bytes(b"RIFF\x00\x00")
    os.utime(folder / "3.wav", (0, 0))
    summary = build_index(directory, [str(folder)])
    assert counts(summary) == (3, 4, 5)
    assert [error["path"] for error in summary["errors"]] == [str(folder / "2.wav")]
    after = {(reference, kind): source for reference, kind, source in held(directory)}
    changed = {reference for reference, _ in before.items() ^ after.items()}
    assert {Path(reference).name for reference, _ in changed} == {"0.wav", "1.wav"}
    assert (str(folder / "1.wav"), MatchKind.MELODY) in after
    assert (str(folder / "1.wav"), MatchKind.RECORDING) not in after


def test_builds_side_by_side_lose_nothing(folder: Path, tmp_path: Path) -> None:
    halves: Sequence[list[Path]] = [sorted(folder.glob(f"*.{end}")) for end in ("wav", "abc")]
    builders = [
        subprocess.Popen(
            command("index", "--out", tmp_path / "index", *half), stdout=subprocess.DEVNULL
        )
        for half in halves
    ]
    assert [builder.wait(timeout=TIMEOUT_S) for builder in builders] == [0, 0]
    expected = sorted(str(path) for half in halves for path in half)
    assert [reference for reference, _, _ in held(tmp_path / "index")] == expected


def fragile(order: Order) -> Extract:
    """Reads as ``extract``, but one file brings the process down."""
    if Path(order.path).name == "2.wav":
        os._exit(1)
    return extract(order)


def test_a_file_that_brings_the_reader_down_is_one_error(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extraction, "extract", fragile)
    files = [str(folder / name) for name in ("1.wav", "2.wav", "3.wav", "d.abc")]
    summary = build_index(tmp_path / "index", files)
    assert counts(summary) == (2, 1, 0)
    (error,) = summary["errors"]
    assert error["path"] == str(folder / "2.wav")
    assert error["error"]["type"] == "unreadable-media"
