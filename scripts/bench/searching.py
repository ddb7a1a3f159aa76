"""Make an upload, search for it, judge the answer: what one worker does with one job."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from multiprocessing import get_context
from pathlib import Path

from tqdm import tqdm

from scripts.bench import montage, noises
from scripts.bench.baselines import Baseline, load_baselines
from scripts.bench.judging import Outcome, judge
from scripts.bench.material import Split
from scripts.bench.rows import EXCERPT_S, rows
from scripts.bench.uploads import Upload, plan, unknown_pieces
from similarity.audio.decode import decode
from similarity.errors import MediaError
from similarity.index import ReferenceIndex
from similarity.match import Band

TOP = 60
"""Matches asked for: an hour may hold six sources, and as many chance matches above none."""


class Task(StrEnum):
    """What an upload is."""

    EXCERPT = "excerpt"
    HIDDEN = "hidden"
    IN_A_ROW = "in a row"
    UNKNOWN = "unknown"
    NOISE = "noise"


@dataclass(frozen=True, slots=True)
class Job:
    """Upload ``number`` of a task; ``row`` names a row, a kind of noise, or a length."""

    task: Task
    row: str
    number: int


@dataclass(frozen=True, slots=True)
class Accepted:
    """A match in block or review of something that is not in the upload."""

    reference: str
    evalue: float
    band: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one job.

    ``upload`` is the name of its file. ``rows`` are the rows of the ``outcomes``; ``evalue`` is the
    smallest of all that are not true; ``cpu_s`` the processor time of the search alone.
    ``baselines`` holds hits by name of the peer, or, of unknown audio, whether anything was found.
    """

    job: Job
    upload: str
    rows: tuple[str, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    wrong: tuple[Accepted, ...] = ()
    evalue: float = float("inf")
    seconds: float = 0.0
    cpu_s: float = 0.0
    baselines: dict[str, tuple[bool, ...]] = field(default_factory=dict)
    unread: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """All that a worker needs to know."""

    split: Split
    seed: int
    index: Path
    uploads: Path
    hour_s: float
    unknown_pieces: int
    baselines: Path | None


class Searcher:
    """The opened index and the material."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._index = ReferenceIndex.open(setting.index)
        self._rows = {f"{row.group}/{row.name}": row for row in rows()}
        self._baselines: Sequence[Baseline] = (
            load_baselines(setting.baselines) if setting.baselines else ()
        )

    def __call__(self, job: Job) -> Answer:
        """Run one job; an upload that cannot be read is a miss."""
        upload, names = self._upload(job)
        try:
            audio = decode(upload.path, measure_quality=False)
        except MediaError as error:
            return Answer(job, upload.path.name, names, unread=f"{upload.path}: {error.message}")
        began = time.process_time()
        matches = self._index.search_audio(audio, top=TOP)
        spent = time.process_time() - began
        alone = len(upload.truths) == 1
        true = {truth.reference for truth in upload.truths}
        strangers = [match for match in matches if match.reference not in true]
        return Answer(
            job,
            upload.path.name,
            names,
            tuple(judge(matches, truth, alone=alone) for truth in upload.truths),
            tuple(
                Accepted(match.reference, match.evalue, match.band.value)
                for match in strangers
                if match.band is not Band.NONE
            ),
            min((match.evalue for match in strangers), default=float("inf")),
            audio.duration_s,
            spent,
            {
                baseline.name: baseline.answer(audio, [truth.reference for truth in upload.truths])
                for baseline in self._baselines
            },
        )

    def _upload(self, job: Job) -> tuple[Upload, tuple[str, ...]]:
        split, seed, folder = self._setting.split, self._setting.seed, self._setting.uploads
        match job.task:
            case Task.EXCERPT:
                row = self._rows[job.row]
                chosen = plan(
                    row, job.number, seed=seed, sources=split.sources, others=split.unknown
                )
                return chosen.make(folder), (row.name,)
            case Task.HIDDEN:
                long = montage.hidden(
                    job.number,
                    seed=seed,
                    sources=split.sources,
                    others=split.unknown,
                    hour_s=self._setting.hour_s,
                )
                return long.make(folder), long.rows
            case Task.IN_A_ROW:
                joined = montage.in_a_row(
                    job.number, seed=seed, sources=split.sources, others=split.unknown
                )
                return joined.make(folder), joined.rows
            case Task.UNKNOWN:
                pieces = unknown_pieces(
                    split.unknown, float(job.row), self._setting.unknown_pieces, seed
                )
                made = pieces[job.number].make(folder)
                return Upload(made.path, ()), ()
            case Task.NOISE:
                return Upload(noise_file(folder, job.row, job.number), ()), ()


def noise_file(folder: Path, kind: str, number: int) -> Path:
    """One sound of a kind, made unless it is there."""
    target = folder / f"{kind.replace(' ', '-')}-{number}.flac"
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        pending = target.with_suffix(".pending.flac")
        noises.make(kind, number, EXCERPT_S, pending)
        pending.replace(target)
    return target


_searchers: list[Searcher] = []
"""One per worker process: opening an index takes longer than searching it."""


def _open(setting: Setting) -> None:
    _searchers[:] = [Searcher(setting)]


def _run(job: Job) -> Answer:
    return _searchers[0](job)


def search_all(setting: Setting, jobs: Sequence[Job], workers: int) -> Iterator[Answer]:
    """Answers in the order of the jobs."""
    if workers == 1:
        searcher = Searcher(setting)
        yield from _told(map(searcher, jobs), len(jobs))
        return
    # A fresh interpreter each: threads of numeric libraries do not survive a fork.
    with ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_open, initargs=(setting,)
    ) as pool:
        yield from _told(pool.map(_run, jobs), len(jobs))


def _told(answers: Iterable[Answer], count: int) -> Iterable[Answer]:
    return tqdm(answers, total=count, desc="searches", disable=None)  # type: ignore[no-any-return]
