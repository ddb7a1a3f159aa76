"""The index as parts: grown and shrunk without learning anew, kept in files, read back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from similarity.errors import IndexCorrupt
from similarity.match import Band, Match
from similarity.melody.index import MelodyIndex
from similarity.melody.score import Melody
from tests.similarity.melody.folder import FolderParts
from tests.similarity.melody.music import score, transposed


def plain(matches: list[Match]) -> list[tuple[str, float, float]]:
    return [(match.reference, match.score, match.evalue) for match in matches]


@pytest.fixture
def parts(tmp_path: Path) -> FolderParts:
    return FolderParts(tmp_path)


@pytest.fixture
def grown(index: MelodyIndex, parts: FolderParts) -> MelodyIndex:
    """The common index, loaded from files, so that a test may change it."""
    return MelodyIndex.load(parts, index.save(parts))


def contents(parts: FolderParts) -> dict[str, float]:
    return {
        path.relative_to(parts.root).as_posix(): path.stat().st_mtime_ns
        for path in parts.root.rglob("*.*")
    }


def unlike(tunes: list[Melody], number: int) -> Melody:
    """A tune in an idiom of its own: two of ``tunes``, note by note in turn."""
    mixed = tunes[number].pitches.copy()[:32]
    mixed[::2] = tunes[number + 1].pitches[:32:2]
    source = tunes[number]
    return Melody("new", source.onsets_s[:32], source.durations_s[:32], source.onsets_q[:32], mixed)


def test_a_loaded_index_answers_as_the_one_that_was_saved(
    index: MelodyIndex, grown: MelodyIndex, tunes: list[Melody]
) -> None:
    assert grown.references == index.references
    for number in (3, 77):
        query = score(transposed(tunes[number], 2))
        assert grown.search(query, top=10) == index.search(query, top=10)


def test_an_addition_writes_one_small_part_and_is_found(
    grown: MelodyIndex, parts: FolderParts, tunes: list[Melody]
) -> None:
    before = contents(parts)
    new = unlike(tunes, 5)
    grown.add("new", score(new))
    state = json.loads(json.dumps(grown.save(parts)))
    after = contents(parts)
    assert {name: after[name] for name in before} == before
    added = sum((parts.root / name).stat().st_size for name in after.keys() - before.keys())
    assert 0 < added < sum((parts.root / name).stat().st_size for name in before) / 4
    for index in (grown, MelodyIndex.load(parts, state)):
        best = index.search(score(transposed(new, -3)), top=1)[0]
        assert (best.reference, best.score, best.band) == ("new", 1.0, Band.BLOCK)
        assert index.search(score(transposed(tunes[9], 2)), top=1)[0].reference == "tune-009"


def test_a_replaced_work_is_found_as_it_is_now(
    grown: MelodyIndex, parts: FolderParts, tunes: list[Melody]
) -> None:
    new = unlike(tunes, 50)
    grown.add("tune-042", score(new))
    loaded = MelodyIndex.load(parts, grown.save(parts))
    assert len(loaded) == len(tunes)
    assert loaded.search(score(new), top=1)[0].reference == "tune-042"
    found = {match.reference: match for match in loaded.search(score(tunes[42]), top=20)}
    assert "tune-042" not in found or found["tune-042"].band is Band.NONE


def test_a_removed_work_is_found_no_more_and_no_part_is_written(
    grown: MelodyIndex, parts: FolderParts, tunes: list[Melody]
) -> None:
    before = contents(parts)
    grown.remove("tune-007")
    loaded = MelodyIndex.load(parts, grown.save(parts))
    assert contents(parts) == before
    assert "tune-007" not in loaded
    for index in (grown, loaded):
        found = index.search(score(tunes[7]), top=len(tunes))
        assert "tune-007" not in {match.reference for match in found}
    with pytest.raises(KeyError):
        loaded.remove("tune-007")


def test_many_additions_leave_few_parts(
    grown: MelodyIndex, parts: FolderParts, tunes: list[Melody]
) -> None:
    for number in range(12):
        grown.add(f"new-{number:02}", score(unlike(tunes, 3 * number)))
        state = grown.save(parts)
    assert len(state["parts"]) <= 4
    loaded = MelodyIndex.load(parts, state)
    assert len(loaded) == len(tunes) + 12
    for number in (0, 5, 11):
        query = score(transposed(unlike(tunes, 3 * number), 4))
        assert loaded.search(query, top=1)[0].reference == f"new-{number:02}"


def test_a_save_into_a_snapshot_that_never_came_to_be_is_made_good(
    grown: MelodyIndex,
    parts: FolderParts,
    tunes: list[Melody],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    grown.add("new", score(unlike(tunes, 5)))
    elsewhere = FolderParts(tmp_path_factory.mktemp("lost"))
    grown.save(elsewhere)
    loaded = MelodyIndex.load(parts, grown.save(parts))
    assert loaded.search(score(unlike(tunes, 5)), top=1)[0].reference == "new"


def test_a_small_corpus_depends_on_its_works_alone(tunes: list[Melody], parts: FolderParts) -> None:
    grown = MelodyIndex()
    for number in range(30, 0, -1):
        grown.add(f"tune-{number:03}", score(tunes[number]))
    grown = MelodyIndex.load(parts, grown.save(parts))
    grown.remove("tune-007")
    grown.add("tune-000", score(tunes[0]))
    grown.build()
    fresh = MelodyIndex()
    for number in [*range(7), *range(8, 31)]:
        fresh.add(f"tune-{number:03}", score(tunes[number]))
    fresh.build()
    query = score(transposed(tunes[5], 1))
    assert plain(grown.search(query, top=40)) == plain(fresh.search(query, top=40))
    assert "tune-007" not in grown


def test_an_emptied_index_finds_nothing(parts: FolderParts, tunes: list[Melody]) -> None:
    index = MelodyIndex()
    index.add("only", score(tunes[0]))
    index.save(parts)
    index.remove("only")
    loaded = MelodyIndex.load(parts, index.save(parts))
    assert len(loaded) == 0
    assert loaded.search(score(tunes[0])) == []


@pytest.mark.parametrize("victim", ["segments.pitches.npy", "names.json", "model.json"])
def test_a_damaged_file_is_an_error_not_a_crash(
    index: MelodyIndex, parts: FolderParts, victim: str
) -> None:
    state = index.save(parts)
    path = parts.folder(state["parts"][0]) / victim
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises((ValueError, KeyError, OSError, EOFError)):
        MelodyIndex.load(parts, state)


def test_a_missing_part_is_named(index: MelodyIndex, parts: FolderParts) -> None:
    state = index.save(parts)
    with pytest.raises(IndexCorrupt):
        MelodyIndex.load(parts, {**state, "parts": ["part-999"]})
