"""How material is divided, and that what is made of it can be made again."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scripts.bench import noises
from scripts.bench.material import Part, Work, divide, find_works
from scripts.bench.rows import rows
from scripts.bench.sound import mono
from scripts.bench.uploads import plan
from similarity.media import MediaKind
from tests.similarity.synthesis import tune, write_wav


def work(number: int) -> Work:
    digest = hashlib.sha256(str(number).encode()).hexdigest()
    return Work(Path(f"{number}.wav"), digest, MediaKind.AUDIO, 100.0)


def test_names_do_not_decide(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    for number in range(4):
        write_wav(one / f"{number}.wav", tune(number, 2.0))
        shutil.copy(one / f"{number}.wav", other / f"{9 - number}.wav")
    splits = [
        divide(find_works([folder], tmp_path / "memory"), seed=3, aside=0.5, part=Part.ALL)
        for folder in (one, other)
    ]
    digests = [[work.digest for work in split.references] for split in splits]
    assert digests[0] == digests[1]


def test_a_file_is_known_once(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", tune(1, 2.0))
    shutil.copy(tmp_path / "a.wav", tmp_path / "b.wav")
    (tmp_path / "notes.txt").write_text("neither audio nor a score")
    first = find_works([tmp_path], tmp_path / "memory")
    assert len(first) == 1
    assert [work.digest for work in find_works([tmp_path], tmp_path / "memory")] == [
        first[0].digest
    ]


def test_references_and_unknown_share_nothing() -> None:
    works = [work(number) for number in range(200)]
    tuning = divide(works, seed=1, aside=0.4, part=Part.TUNE)
    report = divide(works, seed=1, aside=0.4, part=Part.REPORT)
    assert tuning.references == report.references
    assert not set(tuning.references) & {*tuning.unknown, *report.unknown}
    assert set(tuning.sources) | set(report.sources) == set(tuning.references)
    assert not set(tuning.sources) & set(report.sources)
    assert not set(tuning.unknown) & set(report.unknown)
    assert 50 < len(tuning.unknown) + len(report.unknown) < 110


def test_another_seed_is_another_split() -> None:
    works = [work(number) for number in range(50)]
    splits = [divide(works, seed=seed, aside=0.4, part=Part.ALL) for seed in (1, 2)]
    assert splits[0].references != splits[1].references


def test_a_query_is_the_same_whatever_else_is_asked(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "tune.wav", tune(5, 60.0))
    source = replace(work(5), path=path, seconds=60.0)
    row = next(row for row in rows() if row.name == "noise 0 dB")
    plans = [plan(row, 7, seed=1, sources=[source], others=[]) for _ in range(2)]
    assert plans[0] == plans[1]
    made = [plans[0].make(tmp_path / folder).path for folder in ("first", "second")]
    assert made[0].name == made[1].name
    assert np.array_equal(mono(made[0]), mono(made[1]))
    assert plan(row, 8, seed=1, sources=[source], others=[]) != plans[0]


def test_a_made_file_is_kept(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "tune.wav", tune(5, 60.0))
    source = replace(work(5), path=path, seconds=60.0)
    chosen = plan(rows()[0], 0, seed=1, sources=[source], others=[])
    made = chosen.make(tmp_path / "uploads").path
    made.write_bytes(b"kept")
    assert chosen.make(tmp_path / "uploads").path.read_bytes() == b"kept"


def test_sources_that_are_too_short_are_named() -> None:
    short = replace(work(1), seconds=10.0)
    with pytest.raises(ValueError, match="as long as 45 s"):
        plan(rows()[0], 0, seed=1, sources=[short], others=[])


def test_noises_of_a_kind_differ_and_can_be_repeated(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("again", 1), ("b", 2)):
        noises.make("drone", seed, 1.0, tmp_path / f"{name}.flac")
    one, again, other = (mono(tmp_path / f"{name}.flac") for name in ("a", "again", "b"))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_silence_is_silent(tmp_path: Path) -> None:
    noises.make("digital silence", 1, 1.0, tmp_path / "silence.flac")
    assert not mono(tmp_path / "silence.flac").any()
