"""The reference corpus: real works, real audio, and a builder that can be stopped at any point."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from app.screening.commands import corpus as commands
from app.screening.corpus import synthesis
from app.screening.corpus.additions import Addition, add_work
from app.screening.corpus.build import CorpusSize, build_corpus
from app.screening.corpus.errors import (
    CorpusBusy,
    CorpusDamaged,
    CorpusMissing,
    SynthesizerMissing,
    WorkUnusable,
)
from app.screening.corpus.folder import CorpusFolder
from app.screening.corpus.instrumentations import FOR_PARTS, FOR_TUNES
from app.screening.corpus.scores import load_score, save_score
from app.screening.corpus.sources import COLLECTIONS, corpus_root, plan
from app.screening.corpus.synthesis import Synthesizer, arrange
from app.screening.references import works_of
from similarity.audio.decode import decode
from similarity.index import ReferenceIndex
from similarity.match import MatchKind
from similarity.melody.reading import parse_score
from similarity.melody.score import Melody, Score
from tests.screening.conftest import CORPUS_SIZE

DEADLINE_S = 120.0


def test_every_work_says_what_it_is_and_whose(corpus: Path) -> None:
    works = list(works_of(corpus))
    assert len(works) == CORPUS_SIZE.works
    for work in works:
        assert work.title
        assert work.composer
        assert work.source.startswith("music21/corpus/")
        assert "public domain" in work.rights
        assert work.note_count > 0
    assert {work.source.split("/")[2] for work in works} >= {"ryansMammoth", "airdsAirs", "bach"}


def test_recordings_are_real_and_differ_in_their_instruments(corpus: Path) -> None:
    recordings = [recording for work in works_of(corpus) for recording in work.recordings]
    assert len(recordings) == CORPUS_SIZE.recordings
    assert len({recording.instrumentation for recording in recordings}) > 1
    for recording in recordings:
        audio = decode(corpus / recording.file)
        assert audio.duration_s == pytest.approx(recording.duration_s, abs=0.01)
        assert audio.quality is not None
        assert audio.quality.silent_share < 0.5
        assert len(recording.peaks) == 600
        assert max(recording.peaks) > 0.5


def test_index_catalogue_and_manifest_agree(corpus: Path) -> None:
    folder = CorpusFolder(corpus)
    index, works = ReferenceIndex.open(folder.index), works_of(corpus)
    manifest = folder.manifest()
    assert manifest.digest == index.corpus_digest
    known = dict(index.references())
    assert sum(MatchKind.MELODY in kinds for kinds in known.values()) == manifest.works
    assert sum(MatchKind.RECORDING in kinds for kinds in known.values()) == manifest.recordings
    assert all(works.find(reference) is not None for reference in known)


def test_building_again_changes_nothing_and_growing_adds(corpus: Path, tmp_path: Path) -> None:
    copy = tmp_path / "corpus"
    shutil.copytree(corpus, copy)
    before = CorpusFolder(copy).manifest()
    written = CorpusFolder(copy).catalogue.stat().st_mtime_ns
    assert build_corpus(copy, CORPUS_SIZE, quiet=True) == before
    assert CorpusFolder(copy).catalogue.stat().st_mtime_ns == written
    grown = build_corpus(copy, CorpusSize(works=30, recordings=5), quiet=True)
    assert (grown.works, grown.recordings) == (30, 5)
    assert grown.digest != before.digest


def test_a_damaged_index_is_made_again(corpus: Path, tmp_path: Path) -> None:
    copy = tmp_path / "corpus"
    shutil.copytree(corpus, copy)
    largest = max(CorpusFolder(copy).index.rglob("*"), key=lambda path: path.stat().st_size)
    damaged = bytearray(largest.read_bytes())
    damaged[len(damaged) // 2] ^= 0xFF
    largest.write_bytes(damaged)
    manifest = build_corpus(copy, CORPUS_SIZE, quiet=True)
    assert ReferenceIndex.open(CorpusFolder(copy).index).corpus_digest == manifest.digest
    assert manifest.works == CORPUS_SIZE.works


@pytest.mark.parametrize("after", ["works", "audio"])
def test_a_killed_build_goes_on_where_it_stopped(tmp_path: Path, after: str) -> None:
    root = tmp_path / "corpus"
    program = (
        "from pathlib import Path\n"
        "from app.screening.corpus.build import CorpusSize, build_corpus\n"
        "if __name__ == '__main__':\n"
        f"    build_corpus(Path({str(root)!r}), CorpusSize(8, 2), quiet=True)\n"
    )
    script = tmp_path / "build.py"
    script.write_text(program)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    builder = subprocess.Popen([sys.executable, script], env=environment, start_new_session=True)
    deadline = time.monotonic() + DEADLINE_S
    while not any((root / after).glob("ref_*")) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(builder.pid, signal.SIGKILL)
    builder.wait()
    assert any((root / after).glob("ref_*"))
    with pytest.raises(CorpusMissing):
        CorpusFolder(root).manifest()
    size = CorpusSize(works=8, recordings=2)
    manifest = build_corpus(root, size, quiet=True)
    assert (manifest.works, manifest.recordings) == (size.works, size.recordings)
    wanted = {item.reference for item in plan(size.works, corpus_root())}
    assert {work.reference for work in works_of(root)} == wanted


def test_two_builders_do_not_meet(tmp_path: Path) -> None:
    with CorpusFolder(tmp_path).locked(), pytest.raises(CorpusBusy):
        build_corpus(tmp_path, CORPUS_SIZE, quiet=True)


def test_a_missing_synthesizer_names_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synthesis, "_SOUNDFONTS", ())
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SynthesizerMissing, match="apt-get install fluidsynth"):
        Synthesizer.find()
    monkeypatch.setattr(shutil, "which", lambda _name: "/usr/bin/fluidsynth")
    with pytest.raises(SynthesizerMissing, match="timgm6mb-soundfont"):
        Synthesizer.find()


def test_an_empty_folder_is_no_corpus(tmp_path: Path) -> None:
    with pytest.raises(CorpusMissing, match="countersign corpus build"):
        works_of(tmp_path)
    (tmp_path / "corpus.json").write_text('{"digest": "x", "works": 1, "recordings": 0}')
    (tmp_path / "works.jsonl").write_text("not a work\n")
    with pytest.raises(CorpusDamaged):
        works_of(tmp_path)


def test_the_plan_takes_only_what_its_terms_allow() -> None:
    items = plan(10**6, corpus_root())
    assert len({item.reference for item in items}) == len(items) > 4000
    assert {item.source.split("/")[2] for item in items} == {c.folder for c in COLLECTIONS}
    few = plan(100, corpus_root())
    assert len(few) == 100
    assert {item.reference for item in few} <= {item.reference for item in items}


def test_melodic_lines_come_back_as_they_were(tmp_path: Path) -> None:
    item = plan(1, corpus_root())[0]
    score = parse_score(item.read())
    without_metre = Melody("free", *(getattr(score.voices[0], c) for c in _COLUMNS))
    path = tmp_path / "score.npz"
    save_score(path, Score((*score.voices, without_metre), score.duration_s))
    loaded = load_score(path)
    assert loaded.duration_s == score.duration_s
    for ours, theirs in zip(loaded.voices, (*score.voices, without_metre), strict=True):
        assert ours.name == theirs.name
        for column in _COLUMNS:
            np.testing.assert_array_equal(getattr(ours, column), getattr(theirs, column))
    assert loaded.voices[-1].beat_strength is None
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(CorpusDamaged):
        load_score(path)


_COLUMNS = ("onsets_s", "durations_s", "onsets_q", "pitches")


def test_an_arrangement_keeps_every_note() -> None:
    score = parse_score(plan(1, corpus_root())[0].read())
    for ensemble in (*FOR_TUNES, *FOR_PARTS):
        midi = arrange(score, ensemble)
        assert sum(len(track.notes) for track in midi.tracks) == score.note_count
        assert {track.program for track in midi.tracks} <= set(ensemble.programs)


def test_a_work_of_ones_own_is_added_once(corpus: Path, tmp_path: Path) -> None:
    copy = tmp_path / "corpus"
    shutil.copytree(corpus, copy)
    recording = next(iter((copy / "audio").glob("*.ogg")))
    own = tmp_path / "own song.ogg"
    shutil.copyfile(recording, own)
    tune = tmp_path / "tune.abc"
    tune.write_text("X:1\nT:Own\nM:4/4\nL:1/8\nK:G\n" + "GABc dedB|dedB dedB|c2ec B2dB|\n" * 4)
    addition = Addition([own, tune], "Own Song", "Ada", "All rights: Ada")
    work, manifest = add_work(copy, addition)
    again, unchanged = add_work(copy, addition)
    assert (again, unchanged) == (work, manifest)
    assert manifest.works == CORPUS_SIZE.works + 1
    assert work.recordings[0].instrumentation == "as supplied"
    found = works_of(copy).find(work.reference)
    assert found is not None
    assert found.work.rights == "All rights: Ada"
    index = ReferenceIndex.open(CorpusFolder(copy).index)
    assert dict(index.references())[work.reference] == set(MatchKind)
    assert index.search_audio(decode(own), top=2)[0].reference in {
        work.reference,
        recording.stem,
    }
    with pytest.raises(WorkUnusable):
        add_work(copy, Addition([tune, tune], "Two", "Ada", "Ada"))


def test_list_is_readable_by_scripts(corpus: Path) -> None:
    outcome = CliRunner().invoke(commands, ["list", "--json", "--corpus", str(corpus)])
    assert outcome.exit_code == 0
    works = [json.loads(line) for line in outcome.stdout.splitlines()]
    assert len(works) == CORPUS_SIZE.works
    assert {"reference", "title", "composer", "source", "rights"} <= set(works[0])
