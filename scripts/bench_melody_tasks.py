"""The tasks of the melody benchmark: each returns rows of measures with intervals."""

from __future__ import annotations

import time
from typing import NamedTuple

import numpy as np

from scripts.bench_melody_edits import in_disguise, passage, stretch, whole_line
from similarity.match import Band, Match
from similarity.melody.index import MelodyIndex
from similarity.melody.score import Score

_BOOTSTRAPS = 1_000
_Z = 1.96


class Row(NamedTuple):
    """One measure with its 95 % interval, over ``n`` queries."""

    task: str
    measure: str
    value: float
    low: float | None
    high: float | None
    n: int


def families(
    tunes: dict[str, Score], labels: dict[str, str], others: dict[str, Score], task: str
) -> list[Row]:
    """Mean average precision and nearest neighbour of tune families, self excluded."""
    index = MelodyIndex()
    for name, score in {**others, **tunes}.items():
        index.add(name, score)
    index.build()
    precisions, nearest, recalls, spent = [], [], [], []
    for name, family in labels.items():
        started = time.process_time()
        matches = index.search(tunes[name], top=len(tunes) + len(others))
        spent.append(time.process_time() - started)
        ranked = [match.reference for match in matches if match.reference != name]
        relevant = np.array([labels.get(reference) == family for reference in ranked])
        size = sum(other == family for other in labels.values()) - 1
        hits = np.flatnonzero(relevant)
        precisions.append(float(np.sum(np.arange(1, len(hits) + 1) / (hits + 1)) / size))
        nearest.append(bool(relevant[0]))
        recalls.append(float(len(hits) / size))
    return [
        _mean(task, "mean average precision", precisions),
        _share(task, "nearest neighbour in the family", nearest),
        _mean(task, "share of the family among the candidates", recalls),
        _mean(task, "CPU ms to rank every candidate with evidence", [1e3 * s for s in spent]),
    ]


def same_tune_in_disguise(
    index: MelodyIndex, works: dict[str, Score], trials: int, rng: np.random.Generator
) -> list[Row]:
    """A whole tune transposed, with changed note lengths, beside a new accompaniment."""
    task = "tune transposed, re-rhythmed, newly accompanied"
    names = sorted(works)
    first, flagged, right = [], [], []
    for _ in range(trials):
        name = names[rng.integers(len(names))]
        query = in_disguise(works[name].voices[0], rng)
        matches = index.search(query)
        first.append(matches[0].reference == name)
        flagged.append(matches[0].band is not Band.NONE)
        right.append(any(m.reference == name and m.band is not Band.NONE for m in matches))
    return [
        _share(task, "top 1", first),
        _share(task, "review or block", flagged),
        _share(task, "the right work in review or block", right),
    ]


def planted(
    index: MelodyIndex,
    works: dict[str, Score],
    trials: int,
    rng: np.random.Generator,
    *,
    notes: int,
    edits: float,
) -> list[Row]:
    """A passage of one work inside 60 notes of another, whose own relatives are left out."""
    task = f"planted {notes} notes, {edits:.0%} edited"
    names = sorted(works)
    first: list[bool] = []
    five: list[bool] = []
    flagged: list[bool] = []
    while len(first) < trials:
        source, host = (names[k] for k in rng.integers(len(names), size=2))
        lines = works[source].voices[0], works[host].voices[0]
        if source == host or len(lines[0]) < notes + 2 or len(lines[1]) < 60:
            continue
        relatives = _relatives(index.search(whole_line(lines[1], 60), top=40)) | {host}
        matches = index.search(passage(*lines, notes, edits, rng), top=60)
        ranked = [m for m in matches if m.reference == source or m.reference not in relatives]
        references = [match.reference for match in ranked]
        first.append(references[:1] == [source])
        five.append(source in references[:5])
        flagged.append(any(m.reference == source and m.band is not Band.NONE for m in ranked))
    return [
        _share(task, "top 1", first),
        _share(task, "top 5", five),
        _share(task, "review or block", flagged),
    ]


def false_alarms(
    index: MelodyIndex, strangers: list[Score], trials: int, rng: np.random.Generator
) -> list[Row]:
    """Unrelated tunes: 60 notes of each, and the whole line that is likeliest the tune."""
    rows = []
    chosen = rng.permutation(len(strangers))[:trials]
    for task, longest in (("strangers, 60 notes", 60), ("strangers, whole tune", None)):
        spent, review, block = [], [], []
        for k in chosen:
            query = stretch(strangers[k].voices[0], longest, rng)
            started = time.process_time()
            matches = index.search(query)
            spent.append(1e3 * (time.process_time() - started))
            bands = {match.band for match in matches}
            review.append(bool(bands - {Band.NONE}))
            block.append(Band.BLOCK in bands)
        rows += [
            _share(task, "flagged at all", review),
            _share(task, "blocked", block),
            _mean(task, "CPU ms per query", spent),
        ]
    return rows


def calibration(
    index: MelodyIndex, strangers: list[Score], trials: int, rng: np.random.Generator
) -> list[Row]:
    """How many chance matches the E-values promise among strangers, and how many there are."""
    rows = []
    for level in (0.1, 1.0):
        counts = []
        for k in rng.permutation(len(strangers))[:trials]:
            matches = index.search(stretch(strangers[k].voices[0], 60, rng), top=50)
            counts.append(float(sum(match.evalue <= level for match in matches)))
        measure = f"matches with E <= {level:g} (promised: {level:g})"
        rows.append(_mean("calibration on strangers", measure, counts))
    return rows


def _relatives(matches: list[Match]) -> set[str]:
    return {match.reference for match in matches if match.evalue < 0.5}


def _share(task: str, measure: str, outcomes: list[bool]) -> Row:
    """A proportion with Wilson's interval."""
    n = len(outcomes)
    p = sum(outcomes) / n
    centre = (p + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    reach = _Z * np.sqrt(p * (1 - p) / n + _Z**2 / (4 * n * n)) / (1 + _Z**2 / n)
    return Row(task, measure, p, float(centre - reach), float(centre + reach), n)


def _mean(task: str, measure: str, values: list[float]) -> Row:
    """A mean with its bootstrap interval."""
    sample = np.random.default_rng(0).choice(values, (_BOOTSTRAPS, len(values)))
    low, high = np.quantile(sample.mean(axis=1), [0.025, 0.975])
    return Row(task, measure, float(np.mean(values)), float(low), float(high), len(values))
