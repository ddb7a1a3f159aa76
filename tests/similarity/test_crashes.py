"""Real processes that die while they write, and that read and write side by side."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from similarity.index import ReferenceIndex
from similarity.match import MatchKind
from tests.similarity import crashing
from tests.similarity.small import audio, small_fingerprint, small_score
from tests.similarity.writer import seed_of

TIMEOUT_S = 240
ROOT = Path(__file__).parents[2]


def python(*arguments: str | Path) -> subprocess.Popen[str]:
    command = [sys.executable, *map(str, arguments)]
    # Threads of numeric libraries would not outlive a fork.
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True)


def output_of(process: subprocess.Popen[str]) -> str:
    said, _ = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 0
    return said


def filled(directory: Path) -> Path:
    """An index whose next commit will sweep: it has had some."""
    index = ReferenceIndex.create(directory)
    for seed in range(3):
        index.add_fingerprint(f"tune-{seed}", small_fingerprint(seed))
        index.add_score(f"tune-{seed}", small_score(seed))
        index.commit()
    return directory


@pytest.fixture(scope="module")
def battlefield(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each child's folder, the index before and after, and in ``deaths`` how each child ended."""
    folder = tmp_path_factory.mktemp("crashes")
    said = output_of(python("-m", "tests.similarity.crashing", filled(folder / "old"), folder))
    (folder / "deaths").write_text(said)
    return folder


@pytest.mark.parametrize("how", crashing.HOW)
def test_whenever_a_writer_dies_the_index_is_the_old_or_the_new(
    battlefield: Path, how: str
) -> None:
    old, new = (ReferenceIndex.open(battlefield / name).corpus_digest for name in ("old", "new"))
    deaths = [json.loads(line) for line in (battlefield / "deaths").read_text().splitlines()]
    statuses = [death["status"] for death in deaths if death["how"] == how]
    assert statuses == [crashing.KILLED] * (len(statuses) - 1) + [0]
    found = []
    for point in range(len(statuses)):
        directory = battlefield / f"{how}-{point}"
        index = ReferenceIndex.open(directory)
        found.append(index.corpus_digest)
        if point % 4:
            continue
        # What was left behind is in nobody's way.
        index.remove("tune-2")
        index.commit()
        assert "tune-2" not in dict(ReferenceIndex.open(directory).references())
        manifest = index._held.snapshot.manifest
        parts = {path.name for path in (directory / "parts").iterdir()}
        assert parts == {*manifest.parts, *manifest.previous}
    before = found.count(old)
    assert 10 < before < len(found) - 1
    assert found == [old] * before + [new] * (len(found) - before)


def test_two_writers_lose_nothing_and_readers_see_whole_snapshots(tmp_path: Path) -> None:
    directory = filled(tmp_path / "index")
    index = ReferenceIndex.open(directory)
    index.add_recording("anchor", audio(1))
    index.add_score("anchor", small_score(100))
    index.commit()
    staying, moving = ReferenceIndex.open(directory), ReferenceIndex.open(directory)
    answers = staying.search_audio(audio(1)), staying.search_score(small_score(100))
    names, count = ("one", "two"), 8
    writers = [
        python("-m", "tests.similarity.writer", directory, name, str(count)) for name in names
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    before = {reference for reference, _ in staying.references()}
    seen = [before]
    while any(writer.poll() is None for writer in writers):
        moving.refresh()
        for reader in (moving, ReferenceIndex.open(directory)):
            # Each commit brought a reference to both lanes.
            assert all(kinds == set(MatchKind) for _, kinds in reader.references())
            seen.append({reference for reference, _ in reader.references()})
            for reference in sorted(seen[-1] - before)[:1]:
                best = reader.search_score(small_score(seed_of(reference)), top=1)[0]
                assert best.reference == reference
        assert (staying.search_audio(audio(1)), staying.search_score(small_score(100))) == answers
    assert [output_of(writer) for writer in writers] == ["", ""]
    assert all(earlier <= later for earlier, later in pairwise(seen))
    added = {f"{name}-{number}" for name in names for number in range(count)}
    assert dict(ReferenceIndex.open(directory).references()).keys() == before | added
