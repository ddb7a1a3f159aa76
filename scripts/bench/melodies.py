"""The melody half of the floors table, by the public search of an index of scores."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from scripts.bench.cells import Cell, Figure, Kind
from scripts.bench.edits import in_disguise, passage, stretch, whole_line
from similarity.index import ReferenceIndex
from similarity.match import Band, Match
from similarity.melody.score import Score

Works = dict[str, Score]

PLANTED = ((12, 0.0, None), (16, 0.0, 0.95), (24, 0.0, None), (24, 0.15, 0.97), (24, 0.3, None))
"""Notes of a passage, share of them edited, and the floor of its top 5 where there is one."""

HOST_NOTES = 60
STAGE_ONE = 100
"""Candidates that the floor for recall is about."""

RECALL_FLOOR = 0.95
"""Of the work that a copy was made from, as it was measured elsewhere (.90). The share of a folk
tune's whole family is another thing: .72 at best."""

RELATED = 0.5
"""E-value below which a host's own relatives are not held against the search."""

_BOOTSTRAPS = 1_000


def index_scores(directory: Path, works: Works) -> tuple[ReferenceIndex, Figure]:
    """An index of the works, and what building it took."""
    index = ReferenceIndex.create(directory)
    for name, score in tqdm(works.items(), desc="scores", disable=None):
        index.add_score(name, score)
    began = time.perf_counter()
    index.commit()
    spent = time.perf_counter() - began
    return index, Figure("melody cost", f"build, {len(works):,} works", "s", 1, spent)


def families(
    directory: Path, tunes: Works, labels: dict[str, str], others: Works
) -> Iterator[Cell | Figure]:
    """Tune families, each tune a query and itself left out of its answer."""
    index, _ = index_scores(directory, {**others, **tunes})
    among = f"among {len(others):,} others" if others else "alone"
    precisions, nearest, recalls = [], 0, []
    for name in tqdm(labels, desc=f"families {among}", disable=None):
        family = {other for other in labels if labels[other] == labels[name]} - {name}
        found = index.search_score(tunes[name], top=len(tunes) + len(others))
        ranked = [match.reference for match in found if match.reference != name]
        hits = [place for place, reference in enumerate(ranked) if reference in family]
        precisions.append(sum((k + 1) / (place + 1) for k, place in enumerate(hits)) / len(family))
        nearest += bool(ranked) and ranked[0] in family
        recalls.append(sum(place < STAGE_ONE for place in hits) / len(family))
    group, count = f"tune families, {among}", len(labels)
    floors = (None, None) if others else (0.90, 0.985)
    yield _mean(group, "mean average precision", precisions, floors[0])
    yield Cell(group, "nearest neighbour in the family", count, nearest, floors[1])
    yield _mean(group, f"share of the family in the first {STAGE_ONE}", recalls, None)


def planted(
    index: ReferenceIndex, works: Works, count: int, rng: np.random.Generator
) -> Iterator[Cell | Figure]:
    """Passages of one work inside 60 notes of another, whose own relatives are left out.

    Nothing where there are not two works to take them from.
    """
    if len(_long_enough(works, HOST_NOTES)) < 2:
        return
    ten: list[float] = []
    hundred: list[float] = []
    group = f"planted among {index.size:,}"
    for notes, edits, floor in PLANTED:
        row = f"{notes} notes, {edits:.0%} edited" if edits else f"{notes} notes exact"
        ranks = []
        for _ in tqdm(range(count), desc=row, disable=None):
            plant = _plant(index, works, notes, edits, rng)
            began = time.process_time()
            index.search_score(plant.query)
            answered = time.process_time()
            found = index.search_score(plant.query, top=STAGE_ONE + len(plant.relatives))
            ten.append(1e3 * (answered - began))
            hundred.append(1e3 * (time.process_time() - answered))
            ranks.append(_rank(found, plant))
        yield Cell(group, f"{row}, top 1", count, sum(rank == 0 for rank in ranks))
        yield Cell(group, f"{row}, top 5", count, sum(rank < 5 for rank in ranks), floor)
        recalled = sum(rank < STAGE_ONE for rank in ranks)
        recall_floor = None if floor is None else RECALL_FLOOR
        yield Cell(group, f"{row}, in the first {STAGE_ONE}", count, recalled, recall_floor)
    row = f"a query of some {HOST_NOTES + 20} notes among {index.size:,}"
    yield _mean("melody cost", row, ten, 50.0, unit="ms", kind=Kind.AT_MOST)
    # Every match is proven note by note, which for a hundred of them takes as long as to find them.
    shown = f"{row}, its {STAGE_ONE} best and more"
    yield _mean("melody cost", shown, hundred, None, unit="ms", kind=Kind.AT_MOST)


def in_other_dress(
    index: ReferenceIndex, works: Works, count: int, rng: np.random.Generator
) -> Iterator[Cell]:
    """Whole tunes transposed, with changed note lengths, beside a new accompaniment."""
    names = sorted(works)
    first = accepted = 0
    for _ in tqdm(range(count), desc="disguised", disable=None):
        name = names[rng.integers(len(names))]
        matches = index.search_score(in_disguise(works[name].voices[0], rng), top=10)
        first += bool(matches) and matches[0].reference == name
        accepted += any(
            match.reference == name and match.band is not Band.NONE for match in matches
        )
    group = "tunes transposed, re-rhythmed, newly accompanied"
    yield Cell(group, "top 1", count, first)
    yield Cell(group, "accepted", count, accepted)


def strangers(
    index: ReferenceIndex, unknown: Works, count: int, rng: np.random.Generator
) -> Iterator[Cell]:
    """Tunes held aside: what is accepted, as 60 notes and as whole lines."""
    chosen = [list(unknown.values())[k] for k in rng.permutation(len(unknown))[:count]]
    for row, longest in (("60 notes", HOST_NOTES), ("whole line", None)):
        bands = [
            {match.band for match in index.search_score(_stretch(score, longest, rng), top=10)}
            for score in tqdm(chosen, desc="strangers", disable=None)
        ]
        group, n = "melodies held aside", len(bands)
        yield Cell(group, f"{row}: review or block", n, sum(bool(b - {Band.NONE}) for b in bands))
        yield Cell(group, f"{row}: block", n, sum(Band.BLOCK in found for found in bands))


def smallest_evalues(
    index: ReferenceIndex, unknown: Works, count: int, rng: np.random.Generator
) -> list[float]:
    """For the calibration plot: the best E-value of each unknown tune."""
    chosen = [list(unknown.values())[k] for k in rng.permutation(len(unknown))[:count]]
    found = (index.search_score(_stretch(score, HOST_NOTES, rng), top=1) for score in chosen)
    return [matches[0].evalue if matches else float("inf") for matches in found]


@dataclass(frozen=True, slots=True)
class _Plant:
    """A query, where it is from, and references that may rightly come before it."""

    query: Score
    source: str
    relatives: set[str]


def _plant(
    index: ReferenceIndex, works: Works, notes: int, edits: float, rng: np.random.Generator
) -> _Plant:
    source = str(rng.choice(_long_enough(works, notes + 2)))
    host = str(rng.choice([name for name in _long_enough(works, HOST_NOTES) if name != source]))
    lines = works[source].voices[0], works[host].voices[0]
    of_host = index.search_score(whole_line(lines[1], HOST_NOTES), top=40)
    relatives = {match.reference for match in of_host if match.evalue < RELATED} | {host}
    return _Plant(passage(*lines, notes, edits, rng), source, relatives - {source})


def _long_enough(works: Works, notes: int) -> list[str]:
    return [name for name in sorted(works) if len(works[name].voices[0]) >= notes]


def _rank(matches: Sequence[Match], plant: _Plant) -> int:
    """0 for first; far behind when it is not there."""
    ranked = [match.reference for match in matches if match.reference not in plant.relatives]
    return ranked.index(plant.source) if plant.source in ranked else len(matches) + STAGE_ONE


def _stretch(score: Score, longest: int | None, rng: np.random.Generator) -> Score:
    return stretch(score.voices[0], longest, rng)


def _mean(
    group: str,
    row: str,
    values: Sequence[float],
    floor: float | None,
    *,
    unit: str = "",
    kind: Kind = Kind.AT_LEAST,
) -> Figure:
    """A mean with its bootstrap interval (Efron, Ann. Statist. 1979)."""
    sample = np.random.default_rng(0).choice(values, (_BOOTSTRAPS, len(values)))
    low, high = np.quantile(sample.mean(axis=1), [0.025, 0.975])
    return Figure(
        group, row, unit, len(values), float(np.mean(values)), float(low), float(high), floor, kind
    )
