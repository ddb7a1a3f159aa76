"""The folder of an index: what is damaged is noticed and named, what is in nobody's way is kept."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from similarity.errors import IndexCorrupt, IndexVersionMismatch, ReferenceIndexError
from similarity.index import EXTRACTORS, ReferenceIndex
from similarity.snapshot import Snapshot, read_newest
from tests.similarity.small import small_fingerprint, small_score


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("index") / "index"
    index = ReferenceIndex.create(directory)
    for seed in range(3):
        index.add_fingerprint(f"tune-{seed}", small_fingerprint(seed), source=f"digest-{seed}")
        index.add_score(f"tune-{seed}", small_score(seed))
    index.commit()
    return directory


@pytest.fixture
def directory(template: Path, tmp_path: Path) -> Path:
    """A copy of a committed index that a test may spoil."""
    return Path(shutil.copytree(template, tmp_path / "index"))


def files_of(directory: Path) -> list[Path]:
    manifest = ReferenceIndex.open(directory)._held.snapshot.manifest
    return [
        directory / "parts" / name / file for name, part in manifest.parts.items() for file in part
    ]


def rewritten(directory: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the manifest's content as its writer could have."""
    path = directory / "manifest.json"
    document = json.loads(path.read_text())
    change(document["content"])
    content = json.dumps(document["content"], indent=1, sort_keys=True).encode()
    document["sha256"] = hashlib.sha256(content).hexdigest()
    path.write_text(json.dumps(document, indent=1, sort_keys=True))


def test_notices_changed_bytes_in_any_part(directory: Path) -> None:
    files = files_of(directory)
    assert len(files) > 5
    for path in files:
        content = path.read_bytes()
        for place in {*range(0, len(content), max(1, len(content) // 16)), len(content) - 1}:
            damaged = bytearray(content)
            damaged[place] ^= 1 << (place % 8)
            path.write_bytes(damaged)
            with pytest.raises(IndexCorrupt, match=f"{path.name} does not match its checksum"):
                ReferenceIndex.open(directory)
        path.write_bytes(content)
    ReferenceIndex.open(directory)


def test_notices_missing_and_cut_files(directory: Path) -> None:
    for path in files_of(directory):
        content = path.read_bytes()
        for length in {0, 1, len(content) // 2, len(content) - 1}:
            path.write_bytes(content[:length])
            with pytest.raises(IndexCorrupt, match=f"{path.name} has {length} bytes instead"):
                ReferenceIndex.open(directory)
        path.unlink()
        with pytest.raises(IndexCorrupt, match=f"{path.name} is missing"):
            ReferenceIndex.open(directory)
        path.write_bytes(content)
    ReferenceIndex.open(directory)


def test_notices_changed_bytes_of_the_manifest(directory: Path) -> None:
    path = directory / "manifest.json"
    content = path.read_bytes()
    for place in range(0, len(content), 3):
        damaged = bytearray(content)
        damaged[place] ^= 1 << (place % 8)
        path.write_bytes(damaged)
        # Another number in place of the format's reads as another version.
        with pytest.raises((IndexCorrupt, IndexVersionMismatch), match=str(directory)):
            ReferenceIndex.open(directory)
    path.write_bytes(content)
    ReferenceIndex.open(directory)


@pytest.mark.parametrize("cut", [0, 1, 100, -1])
def test_notices_a_cut_manifest(directory: Path, cut: int) -> None:
    path = directory / "manifest.json"
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(IndexCorrupt, match=r"manifest.*build the index again"):
        ReferenceIndex.open(directory)


@pytest.mark.parametrize("content", ["{", "[]", "null", '{"format": 3}', "[" * 100_000])
def test_notices_a_manifest_that_is_none(directory: Path, content: str) -> None:
    (directory / "manifest.json").write_text(content)
    with pytest.raises(IndexCorrupt, match="manifest"):
        ReferenceIndex.open(directory)


def test_refuses_another_format(directory: Path) -> None:
    (directory / "manifest.json").write_text('{"format": 1, "generation": 3}')
    with pytest.raises(IndexVersionMismatch, match=r"format 1.*build it again"):
        ReferenceIndex.open(directory)


@pytest.mark.parametrize("lane", ["recording", "melody"])
def test_refuses_another_extractor(directory: Path, lane: str) -> None:
    rewritten(directory, lambda content: content["extractors"].update({lane: "of tomorrow"}))
    with pytest.raises(IndexVersionMismatch, match=f"{lane} extractor of tomorrow.*again"):
        ReferenceIndex.open(directory)


@pytest.mark.parametrize("name", ["../../secret", "/etc/passwd", ""])
def test_a_manifest_cannot_name_files_elsewhere(directory: Path, name: str) -> None:
    total = {"size": 1, "sha256": "0" * 64}
    rewritten(directory, lambda content: content["parts"].update({name: {"file": total}}))
    with pytest.raises(IndexCorrupt, match="manifest"):
        ReferenceIndex.open(directory)


def test_a_lane_cannot_ask_for_a_part_that_is_not_there(directory: Path) -> None:
    rewritten(directory, lambda content: content["lanes"]["melody"].update(parts=["000001-9"]))
    with pytest.raises(IndexCorrupt, match="no part 000001-9"):
        ReferenceIndex.open(directory)


def test_a_damaged_index_is_not_written_to(directory: Path) -> None:
    index = ReferenceIndex.open(directory)
    index.remove("tune-0")
    manifest = directory / "manifest.json"
    content = manifest.read_bytes()
    manifest.write_bytes(content[:-1])
    with pytest.raises(IndexCorrupt):
        index.commit()
    manifest.write_bytes(content)
    assert ReferenceIndex.open(directory).size == 3
    shutil.rmtree(directory)
    with pytest.raises(ReferenceIndexError, match="no index"):
        index.commit()


def parts_on_disk(directory: Path) -> set[str]:
    return {path.name for path in (directory / "parts").iterdir()}


def test_parts_are_kept_for_one_generation_after_their_own(directory: Path) -> None:
    index = ReferenceIndex.open(directory)
    generations = [set(index._held.snapshot.manifest.parts)]
    for seed in range(3):
        index.add_score(f"tune-{seed}", small_score(seed + 10))
        index.commit()
        generations.append(set(index._held.snapshot.manifest.parts))
        assert parts_on_disk(directory) == generations[-1] | generations[-2]


def test_debris_is_swept_by_the_next_writer_and_nothing_else_is(directory: Path) -> None:
    parts = directory / "parts"
    for debris in ("000003-0", "000009-1"):
        (parts / debris / "recording").mkdir(parents=True)
        (parts / debris / "recording" / "items.npy").write_bytes(b"half of it")
    (parts / "mine").mkdir()
    (parts / "notes.txt").write_text("not the index's")
    (directory / "manifest.json.new").write_text("half of")
    index = ReferenceIndex.open(directory)
    index.remove("tune-2")
    index.commit()
    assert ReferenceIndex.open(directory).size == 2
    assert {"mine", "notes.txt"} < parts_on_disk(directory)
    assert "000009-1" not in parts_on_disk(directory)
    assert not (directory / "manifest.json.new").exists()


def test_a_reader_that_writers_overtake_begins_again(directory: Path) -> None:
    asked: list[int] = []

    def load(found: Snapshot) -> int:
        asked.append(found.manifest.generation)
        if len(asked) == 1:
            writer = ReferenceIndex.open(directory)
            for seed in range(2):
                writer.add_fingerprint("tune-0", small_fingerprint(seed + 10))
                writer.commit()
        return sum(
            (found.folder(name) / file).stat().st_size
            for name, part in found.manifest.parts.items()
            for file in part
        )

    assert read_newest(directory, EXTRACTORS, load) > 0
    assert asked == [2, 4]
