"""The reference index as a folder: what is kept, what is noticed, what a crash leaves."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from similarity import snapshot
from similarity.errors import (
    IndexCorrupt,
    IndexMissing,
    IndexVersionMismatch,
    ReferenceIndexError,
)
from similarity.index import ReferenceIndex
from similarity.match import Match, MatchKind
from similarity.recording.fingerprint import fingerprint
from similarity.recording.index import RecordingIndex
from tests.similarity.synthesis import RATE, tune

SECONDS = 20


def filled(directory: Path, seeds: range) -> ReferenceIndex:
    index = ReferenceIndex.create(directory)
    for seed in seeds:
        index.add_fingerprint(f"tune-{seed}", fingerprint(tune(seed, SECONDS), RATE))
    index.commit()
    return index


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("index") / "index"
    filled(directory, range(4))
    return directory


@pytest.fixture
def directory(template: Path, tmp_path: Path) -> Path:
    """A copy of a committed index that a test may spoil."""
    return Path(shutil.copytree(template, tmp_path / "index"))


def matches_of(index: ReferenceIndex, seed: int) -> list[Match]:
    return index._recordings.search(tune(seed, SECONDS), top=3)


def test_opens_with_the_answers_it_was_closed_with(tmp_path: Path) -> None:
    written = filled(tmp_path / "index", range(3))
    opened = ReferenceIndex.open(tmp_path / "index")
    assert matches_of(opened, 1) == matches_of(written, 1)
    assert matches_of(opened, 1)[0].reference == "tune-1"
    assert opened.corpus_digest == written.corpus_digest
    assert opened.references() == [
        (f"tune-{seed}", frozenset({MatchKind.RECORDING})) for seed in range(3)
    ]


def test_grows_and_shrinks_to_what_a_rebuild_would_give(directory: Path, tmp_path: Path) -> None:
    index = ReferenceIndex.open(directory)
    index.add_fingerprint("tune-4", fingerprint(tune(4, SECONDS), RATE))
    index.remove("tune-0")
    index.commit()
    rebuilt = filled(tmp_path / "rebuilt", range(1, 5))
    opened = ReferenceIndex.open(directory)
    assert opened.size == 4
    for seed in (0, 4):
        assert matches_of(opened, seed) == matches_of(rebuilt, seed)


def test_replaces_a_reference(directory: Path) -> None:
    index = ReferenceIndex.open(directory)
    index.add_fingerprint("tune-0", fingerprint(tune(50, SECONDS), RATE))
    index.commit()
    assert index.size == 4
    assert matches_of(index, 50)[0].reference == "tune-0"
    with pytest.raises(KeyError):
        index.remove("never heard of")


def test_an_empty_index_answers(tmp_path: Path) -> None:
    ReferenceIndex.create(tmp_path / "index")
    index = ReferenceIndex.open(tmp_path / "index")
    assert index.size == 0
    assert matches_of(index, 1) == []


def test_one_reference_is_enough(tmp_path: Path) -> None:
    assert matches_of(filled(tmp_path / "index", range(1)), 0)[0].band == "block"


def test_does_not_write_over_an_index(directory: Path) -> None:
    with pytest.raises(ReferenceIndexError, match="already"):
        ReferenceIndex.create(directory)


def test_names_a_missing_index(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match="no index"):
        ReferenceIndex.open(tmp_path)


def parts_of(directory: Path) -> list[Path]:
    current = snapshot.open_verified(directory)[1]
    return sorted(path for path in current.rglob("*") if path.is_file())


def test_notices_one_changed_byte_in_any_part(directory: Path) -> None:
    for path in parts_of(directory):
        content = path.read_bytes()
        for place in (0, len(content) // 2, len(content) - 1):
            damaged = bytearray(content)
            damaged[place] ^= 1
            path.write_bytes(damaged)
            with pytest.raises(IndexCorrupt, match=path.name):
                ReferenceIndex.open(directory)
        path.write_bytes(content)
    ReferenceIndex.open(directory)


def test_notices_a_missing_or_cut_part(directory: Path) -> None:
    path = parts_of(directory)[0]
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    with pytest.raises(IndexCorrupt):
        ReferenceIndex.open(directory)
    path.unlink()
    with pytest.raises(IndexCorrupt, match="missing"):
        ReferenceIndex.open(directory)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 1}', "null"])
def test_notices_a_damaged_manifest(directory: Path, content: str) -> None:
    (directory / "manifest.json").write_text(content)
    with pytest.raises(IndexCorrupt, match="manifest"):
        ReferenceIndex.open(directory)


@pytest.mark.parametrize("field", ["format", "extractor"])
def test_refuses_another_version(directory: Path, field: str) -> None:
    path = directory / "manifest.json"
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps({**manifest, field: "of tomorrow"}))
    with pytest.raises(IndexVersionMismatch, match="build it again"):
        ReferenceIndex.open(directory)


def test_a_manifest_cannot_name_files_elsewhere(directory: Path) -> None:
    path = directory / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["files"]["../../secret"] = "0" * 64
    path.write_text(json.dumps(manifest))
    with pytest.raises(IndexCorrupt, match="outside"):
        ReferenceIndex.open(directory)


def test_a_crash_while_writing_leaves_the_old_state(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ReferenceIndex.open(directory).corpus_digest

    def crash(_: RecordingIndex, part: Path) -> None:
        (part / "items.npy").write_bytes(b"half of it")
        raise KeyboardInterrupt

    index = ReferenceIndex.open(directory)
    index.add_fingerprint("tune-9", fingerprint(tune(9, SECONDS), RATE))
    with monkeypatch.context() as patch:
        patch.setattr(RecordingIndex, "save", crash)
        with pytest.raises(KeyboardInterrupt):
            index.commit()
    assert ReferenceIndex.open(directory).corpus_digest == before
    index.commit()
    assert ReferenceIndex.open(directory).size == 5


def test_debris_of_a_killed_writer_is_written_over(directory: Path) -> None:
    current = snapshot.open_verified(directory)[1]
    generation = int(current.name.rpartition("-")[2]) + 1
    debris = directory / f"snapshot-{generation:06d}"
    (debris / "recording").mkdir(parents=True)
    (debris / "recording" / "items.npy").write_bytes(b"half of it")
    index = ReferenceIndex.open(directory)
    index.remove("tune-3")
    index.commit()
    assert ReferenceIndex.open(directory).size == 3


def test_a_second_writer_is_told_to_open_again(directory: Path) -> None:
    first, second = ReferenceIndex.open(directory), ReferenceIndex.open(directory)
    first.remove("tune-0")
    first.commit()
    second.remove("tune-1")
    with pytest.raises(ReferenceIndexError, match="another process"):
        second.commit()
    assert ReferenceIndex.open(directory).size == 3


def test_old_snapshots_are_swept(directory: Path) -> None:
    for seed in range(3):
        index = ReferenceIndex.open(directory)
        index.remove(f"tune-{seed}")
        index.commit()
    assert len(list(directory.glob("snapshot-*"))) == 2
