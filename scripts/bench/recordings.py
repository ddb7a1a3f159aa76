"""The recording half of the floors table: jobs to do, and cells made of their answers."""

from __future__ import annotations

import hashlib
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import similarity
from scripts.bench import noises
from scripts.bench.cells import Cell, Figure, Kind
from scripts.bench.judging import MISSED, NEAR_FACTOR, NEAR_S, NEAR_SEMITONES, Outcome
from scripts.bench.material import Split
from scripts.bench.montage import IN_A_ROW, PER_HOUR
from scripts.bench.rows import EXCERPT_S, mixed_rows, rows
from scripts.bench.searching import Answer, Job, Setting, Task, noise_file
from scripts.bench.uploads import unknown_pieces
from similarity.batch import build_index
from similarity.index import EXTRACTORS
from similarity.manifest import read_manifest
from similarity.snapshot import MANIFEST

UNKNOWN_SECONDS = (20.0, 5.0)
"""Lengths of unknown pieces: what the floor is about, and the length that chance likes better."""

NO_ACCEPTS = 0.0

Wanted = Callable[[str], bool]
"""Whether a row is to be run, by its name."""

REFERENCE_SEED = 1_000_000
"""Noise references are numbered from here, noise queries from 0: no two are the same sound."""


@dataclass(frozen=True, slots=True)
class Size:
    """How many queries of each sort."""

    per_row: int
    whole: int
    hours: int
    joined: int
    unknown: int
    noises: int


def build(setting: Setting) -> dict[str, object]:
    """Index all references and some noises; returns what the index says of itself.

    An index of the same references by the same engine is used again.
    """
    if setting.index.exists():
        return {"index": str(setting.index), "errors": []}
    paths = [str(work.path) for work in setting.split.references]
    paths += [
        str(noise_file(setting.uploads, kind, REFERENCE_SEED)) for kind in noises.REFERENCE_KINDS
    ]
    pending = setting.index.with_suffix(".pending")
    summary = build_index(pending, paths, progress=True)
    pending.rename(setting.index)
    return summary


def bytes_in_force(index: Path) -> int:
    """Size of the parts that the manifest names, without those of the generation before."""
    parts = read_manifest(index / MANIFEST, EXTRACTORS).parts
    return sum(file.size for part in parts.values() for file in part.values())


def engine_digest() -> str:
    """SHA-256 (hex) of the engine's source: what was measured, to the letter."""
    return _source_digest(Path(similarity.__file__).parent)


def _source_digest(package: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(package.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def index_key(split: Split) -> str:
    """Names an index: its references and the engine that made it."""
    return hashlib.sha256(f"{references_key(split)}/{engine_digest()}".encode()).hexdigest()[:16]


def answers_key(setting: Setting) -> str:
    """Names answers: everything that they depend on."""
    asked = "/".join(work.digest for work in (*setting.split.sources, *setting.split.unknown))
    circumstances = (setting.seed, setting.hour_s, setting.unknown_pieces, setting.baselines)
    whole = f"{setting.index.name}/{asked}/{circumstances}/{_source_digest(Path(__file__).parent)}"
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


def references_key(split: Split) -> str:
    """Names a set of references."""
    digests = "/".join(sorted(work.digest for work in split.references))
    return hashlib.sha256(digests.encode()).hexdigest()[:16]


def jobs(setting: Setting, size: Size, wanted: Wanted) -> list[Job]:
    """All jobs of the rows that are ``wanted`` by name."""
    found: list[Job] = []
    for row in rows():
        name = f"{row.group}/{row.name}"
        count = size.per_row if row.seconds else size.whole
        if wanted(name):
            found += [Job(Task.EXCERPT, name, number) for number in range(count)]
    if wanted("hidden in an hour"):
        found += [Job(Task.HIDDEN, "", number) for number in range(size.hours)]
    if wanted("several sources"):
        found += [Job(Task.IN_A_ROW, "", number) for number in range(size.joined)]
    for seconds in UNKNOWN_SECONDS:
        if wanted(f"unknown music, {seconds:g} s"):
            pieces = unknown_pieces(setting.split.unknown, seconds, size.unknown, setting.seed)
            found += [Job(Task.UNKNOWN, f"{seconds:g}", k) for k in range(len(pieces))]
    each = -(-size.noises // len(noises.KINDS))
    for kind in noises.KINDS:
        if wanted(f"noises, {kind}"):
            found += [Job(Task.NOISE, kind, number) for number in range(each)]
    return found


def tables(answers: Sequence[Answer], index: Path, hours: float) -> list[Cell | Figure]:
    """All cells, in the order of the table."""
    return [
        *_row_cells(answers),
        *_montage_cells(answers, Task.HIDDEN, f"hidden in an hour, {PER_HOUR} an hour"),
        *_montage_cells(answers, Task.IN_A_ROW, f"several sources, {IN_A_ROW} end to end"),
        *_false_accepts(answers),
        *_places(answers),
        *_costs(answers, index, hours),
    ]


def _row_cells(answers: Sequence[Answer]) -> Iterable[Cell]:
    for row in rows():
        own = [answer for answer in answers if answer.job.row == f"{row.group}/{row.name}"]
        if own:
            yield _cell(row.group, row.name, row.floor, [it for a in own for it in _looks(a)])


def _montage_cells(answers: Sequence[Answer], task: Task, group: str) -> Iterable[Cell]:
    looks = [look for answer in answers if answer.job.task is task for look in _looks(answer)]
    for row in mixed_rows():
        own = [look for look in looks if look.row == row.name]
        if own:
            yield _cell(group, row.name, row.floor, own)


@dataclass(frozen=True, slots=True)
class _Look:
    """One source looked for, by us and by the peers."""

    row: str
    outcome: Outcome
    peers: dict[str, bool]


def _looks(answer: Answer) -> Iterable[_Look]:
    for number, row in enumerate(answer.rows):
        yield _Look(
            row,
            answer.outcomes[number] if answer.outcomes else MISSED,
            {peer: hits[number] for peer, hits in answer.baselines.items()},
        )


def _cell(group: str, row: str, floor: float | None, looks: Sequence[_Look]) -> Cell:
    hits = sum(look.outcome.hit for look in looks)
    beside = sum(look.outcome.accepted and not look.outcome.first for look in looks)
    note = f"{beside} accepted, but behind another reference" if beside else ""
    peers = {
        peer: statistics.fmean(look.peers.get(peer, False) for look in looks)
        for peer in looks[0].peers
    }
    return Cell(group, row, len(looks), hits, floor, note=note, peers=peers)


def _false_accepts(answers: Sequence[Answer]) -> Iterable[Cell]:
    group = "false accepts"
    for seconds in UNKNOWN_SECONDS:
        own = [it for it in answers if it.job.task is Task.UNKNOWN and it.job.row == f"{seconds:g}"]
        if own:
            yield _accepts(group, f"unknown music, {seconds:g} s", own)
    noise = [answer for answer in answers if answer.job.task is Task.NOISE]
    if noise:
        yield _accepts(group, "noises, tones, drones, silence, speech", noise)
        for kind in dict.fromkeys(answer.job.row for answer in noise):
            yield _accepts("of these", kind, [it for it in noise if it.job.row == kind])
    known = [answer for answer in answers if answer.outcomes]
    if known:
        accepts = sum(bool(answer.wrong) for answer in known)
        note = "may be the same music in another file: see the JSON"
        yield Cell(group, "beside what is there, in all rows", len(known), accepts, note=note)


def _accepts(group: str, row: str, answers: Sequence[Answer]) -> Cell:
    hits = sum(bool(answer.wrong) for answer in answers)
    peers = {
        peer: statistics.fmean(answer.baselines[peer][0] for answer in answers if answer.baselines)
        for peer in answers[0].baselines
    }
    return Cell(group, row, len(answers), hits, NO_ACCEPTS, Kind.AT_MOST, peers=peers)


def _places(answers: Sequence[Answer]) -> Iterable[Cell | Figure]:
    """What is reported of hits, over all rows with a truth."""
    hits = [outcome for answer in answers for outcome in answer.outcomes if outcome.hit]
    if not hits:
        return
    group = "what hits report"
    measures: tuple[tuple[str, Callable[[Outcome], float], float, str], ...] = (
        (f"both ends within {NEAR_S:g} s", lambda it: it.place_s, NEAR_S, "s"),
        ("speed within 1 %", lambda it: it.speed_error, NEAR_FACTOR, "of the speed"),
        ("pitch within half a semitone", lambda it: it.semitone_error, NEAR_SEMITONES, "semitones"),
    )
    for row, value, near, unit in measures:
        errors = [value(outcome) for outcome in hits]
        right = sum(error <= near for error in errors)
        median, high = np.quantile(errors, [0.5, 0.95])
        note = f"median error {median:.3g}, 95 % below {high:.3g} {unit}"
        yield Cell(group, row, len(hits), right, None, note=note)
    overlap = statistics.fmean(outcome.overlap for outcome in hits)
    yield Figure(
        group, "reported and true stretch, intersection over union", "", len(hits), overlap
    )


def _costs(answers: Sequence[Answer], index: Path, hours: float) -> Iterable[Figure]:
    group = "cost"
    size = bytes_in_force(index)
    yield Figure(group, "index size", "MB per hour", 1, size / 1e6 / max(hours, 1e-9), floor=0.5)
    for name, low, high in (("20 s", 19, 21), ("3 to 5 min", 180, 300), ("an hour", 3500, 3700)):
        spent = [answer.cpu_s for answer in answers if low <= answer.seconds <= high]
        if spent:
            near = EXCERPT_S if high < 60 else 0
            note = "processor time of the search, without decoding" if near else ""
            yield Figure(
                group,
                f"one search, input of {name}",
                "s",
                len(spent),
                statistics.fmean(spent),
                note=note,
            )
