"""The reference index: what is kept, what is found again, how several processes share it."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from similarity.errors import IndexMissing, MediaTooShort, ReferenceIndexError
from similarity.index import ReferenceIndex
from similarity.match import Band, Match, MatchKind
from similarity.melody.score import Score
from similarity.parts import NewParts
from similarity.recording.fingerprint import fingerprint
from similarity.recording.index import RecordingIndex
from tests.similarity.small import audio, small_fingerprint, small_score
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
    """A copy of a committed index that a test may change."""
    return Path(shutil.copytree(template, tmp_path / "index"))


def matches_of(index: ReferenceIndex, seed: int) -> list[Match]:
    return index.search_audio(audio(seed), top=3)


def findings_of(index: ReferenceIndex, seed: int) -> list[tuple[str, Band]]:
    """Without the weak matches, whose order is chance."""
    return [
        (match.reference, match.band)
        for match in matches_of(index, seed)
        if match.band is not Band.NONE
    ]


def test_opens_with_the_answers_it_was_closed_with(tmp_path: Path) -> None:
    written = filled(tmp_path / "index", range(3))
    opened = ReferenceIndex.open(tmp_path / "index")
    assert matches_of(opened, 1) == matches_of(written, 1)
    assert matches_of(opened, 1)[0].reference == "tune-1"
    assert opened.corpus_digest == written.corpus_digest
    assert opened.references() == [
        (f"tune-{seed}", frozenset({MatchKind.RECORDING})) for seed in range(3)
    ]


def test_finds_every_copy_of_a_recording_that_sixteen_references_hold(directory: Path) -> None:
    index = ReferenceIndex.open(directory)
    copies = {f"copy-{number}" for number in range(15)}
    for name in copies:
        index.add_fingerprint(name, fingerprint(tune(1, SECONDS), RATE))
    index.commit()
    found = index.search_audio(audio(1), top=100)
    assert {each.reference for each in found if each.band is Band.BLOCK} == copies | {"tune-1"}


def test_grows_and_shrinks_to_what_a_rebuild_would_give(directory: Path, tmp_path: Path) -> None:
    index = ReferenceIndex.open(directory)
    index.add_fingerprint("tune-4", fingerprint(tune(4, SECONDS), RATE))
    index.remove("tune-0")
    index.commit()
    rebuilt = filled(tmp_path / "rebuilt", range(1, 5))
    opened = ReferenceIndex.open(directory)
    assert opened.size == 4
    for seed, expected in ((0, []), (4, [("tune-4", Band.BLOCK)])):
        assert findings_of(opened, seed) == findings_of(rebuilt, seed) == expected


def test_replaces_a_reference(directory: Path) -> None:
    index = ReferenceIndex.open(directory)
    index.add_recording("tune-0", audio(50))
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
    assert index.search_score(small_score(1)) == []


def test_one_reference_is_enough(tmp_path: Path) -> None:
    assert matches_of(filled(tmp_path / "index", range(1)), 0)[0].band == "block"


def test_does_not_write_over_an_index(directory: Path) -> None:
    with pytest.raises(ReferenceIndexError, match="already"):
        ReferenceIndex.create(directory)


def test_names_a_missing_index(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match="no index"):
        ReferenceIndex.open(tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ReferenceIndexError, match="file/index cannot be written"):
        ReferenceIndex.create(tmp_path / "file" / "index")


def test_searches_see_changes_after_the_commit(directory: Path) -> None:
    index = ReferenceIndex.open(directory)
    index.remove("tune-0")
    index.add_score("tune-1", small_score(1))
    assert index.references()[0] == ("tune-1", frozenset(MatchKind))
    assert index.size == 3
    assert matches_of(index, 0)[0].reference == "tune-0"
    assert index.search_score(small_score(1)) == []
    index.commit()
    assert all(match.reference != "tune-0" for match in matches_of(index, 0))
    assert index.search_score(small_score(1))[0].reference == "tune-1"


def test_a_commit_without_changes_writes_nothing(directory: Path) -> None:
    index = ReferenceIndex.open(directory)
    before = index.corpus_digest
    index.commit()
    assert ReferenceIndex.open(directory).corpus_digest == before == index.corpus_digest


def test_remembers_what_references_were_made_of(directory: Path) -> None:
    index = ReferenceIndex.open(directory)
    for seed in range(20):
        index.add_score(f"score-{seed}", small_score(seed), source=f"digest-{seed}")
        index.commit()
    index.remove("score-3")
    index.add_score("score-4", small_score(4))
    index.add_fingerprint("score-5", small_fingerprint(5), source="of audio")
    index.commit()
    for held in (index, ReferenceIndex.open(directory)):
        known = [held.source(MatchKind.MELODY, f"score-{seed}") for seed in range(6)]
        assert known == ["digest-0", "digest-1", "digest-2", None, None, "digest-5"]
        assert held.source(MatchKind.RECORDING, "score-5") == "of audio"
        assert held.source(MatchKind.RECORDING, "tune-1") is None


def test_a_failed_commit_leaves_the_old_state_and_can_be_repeated(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ReferenceIndex.open(directory).corpus_digest

    def fill_the_disk(_: RecordingIndex, parts: NewParts) -> None:
        (parts.new()[1] / "items.npy").write_bytes(b"half of it")
        raise OSError(28, "No space left on device")

    index = ReferenceIndex.open(directory)
    index.add_fingerprint("tune-9", small_fingerprint(9))
    with monkeypatch.context() as patch:
        patch.setattr(RecordingIndex, "save", fill_the_disk)
        with pytest.raises(ReferenceIndexError, match="No space left"):
            index.commit()
    assert index.corpus_digest == ReferenceIndex.open(directory).corpus_digest == before
    assert matches_of(index, 1)[0].reference == "tune-1"
    index.commit()
    assert ReferenceIndex.open(directory).size == 5


def test_a_second_writer_keeps_what_the_first_wrote(directory: Path) -> None:
    first, second = ReferenceIndex.open(directory), ReferenceIndex.open(directory)
    first.remove("tune-0")
    first.remove("tune-1")
    first.add_fingerprint("of both", small_fingerprint(1))
    first.add_fingerprint("of the first", small_fingerprint(2))
    second.remove("tune-1")
    second.add_fingerprint("of both", fingerprint(tune(7, SECONDS), RATE))
    second.add_score("of the second", small_score(3))
    first.commit()
    second.commit()
    expected = ["of both", "of the first", "of the second", "tune-2", "tune-3"]
    for index in (second, ReferenceIndex.open(directory)):
        assert [reference for reference, _ in index.references()] == expected
        assert matches_of(index, 7)[0].reference == "of both"


def test_a_reader_stays_where_it_is_until_it_moves(directory: Path) -> None:
    reader, writer = ReferenceIndex.open(directory), ReferenceIndex.open(directory)
    assert not reader.refresh()
    answers = matches_of(reader, 2)
    for number in range(3):
        writer.add_fingerprint("tune-2", small_fingerprint(number))
        writer.commit()
    assert matches_of(reader, 2) == answers
    assert reader.refresh()
    assert reader.corpus_digest == writer.corpus_digest
    assert not reader.refresh()
    assert all(match.reference != "tune-2" for match in matches_of(reader, 2))


def test_a_reader_reads_only_parts_that_are_new(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, reader = ReferenceIndex.open(directory), ReferenceIndex.open(directory)
    writer.add_score("a", small_score(1), source="digest")
    writer.commit()
    reader.refresh()
    writer.add_score("b", small_score(2))
    writer.commit()
    held = set(reader._held.snapshot.manifest.parts)
    read: list[str] = []
    monkeypatch.setattr(
        "similarity.snapshot.fault_of", lambda path, _: read.append(path.parent.name) or ""
    )
    reader.refresh()
    kept = held & set(reader._held.snapshot.manifest.parts)
    assert kept
    assert read
    assert kept.isdisjoint(read)


def test_audio_is_searched_for_recordings_and_tunes_together(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = ReferenceIndex.open(directory)
    upload, silent = audio(1), audio(2)
    heard: list[NDArray[np.int16]] = []

    def listen(samples: NDArray[np.int16], _: int) -> Score:
        heard.append(samples)
        if samples is silent.samples:
            raise MediaTooShort("No notes.")
        return small_score(7)

    monkeypatch.setattr("similarity.index.transcribe", listen)
    assert index.search_audio(upload, kinds=set(MatchKind)) == index.search_audio(upload)
    assert index.search_audio(upload, kinds={MatchKind.MELODY}) == []
    assert heard == []
    for seed in range(5, 9):
        index.add_score(f"score-{seed}", small_score(seed))
    index.commit()
    assert {match.kind for match in index.search_audio(upload)} == {MatchKind.RECORDING}
    assert heard == []
    (tune_found,) = index.search_audio(upload, kinds={MatchKind.MELODY}, top=1)
    assert (tune_found.kind, tune_found.reference) == (MatchKind.MELODY, "score-7")
    both = index.search_audio(upload, kinds=set(MatchKind), top=4)
    assert len(both) == 4
    assert {("tune-1", MatchKind.RECORDING), ("score-7", MatchKind.MELODY)} < {
        (match.reference, match.kind) for match in both
    }
    evalues = [match.evalue for match in both]
    assert evalues == sorted(evalues)
    assert [samples is upload.samples for samples in heard] == [True, True]
    assert index.search_audio(silent, kinds={MatchKind.MELODY}) == []
