"""Measure the melody lane on folders of scores and print the tables of docs/similarity.md.

    python scripts/bench_melody.py --families DIR --references PATH... --strangers PATH...
        [--seed N] [--trials N] [--json FILE]

``--families`` holds scores with a ``labels.tsv`` (file, tune family); ``--references`` are scores
to hide passages in and from; ``--strangers`` are scores unrelated to the references, whose flagged
share is the false-alarm rate. Edits, transpositions and hosts are drawn with the seed; file names
are never looked at, except to join labels.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.bench_melody_corpus import family_labels, load_works
from scripts.bench_melody_tasks import (
    Row,
    calibration,
    false_alarms,
    families,
    planted,
    same_tune_in_disguise,
)
from similarity.melody.index import MelodyIndex
from similarity.melody.score import Score

_PLANTED = ((12, 0.0), (16, 0.0), (24, 0.0), (24, 0.15), (24, 0.3))


def main() -> None:
    """Parse the arguments, run every task, print Markdown, write JSON."""
    options = _arguments()
    rng = np.random.default_rng(options.seed)
    rows: list[Row] = []
    references: dict[str, Score] = load_works(options.references)
    if options.families:
        labels = family_labels(options.families)
        tunes = load_works([options.families])
        rows += families(tunes, labels, {}, "tune families alone")
        if references:
            rows += families(tunes, labels, references, f"among {len(references):,} others")
    if references:
        index, built = _built(references)
        rows.append(built)
        rows += same_tune_in_disguise(index, references, options.trials, rng)
        for notes, edits in _PLANTED:
            rows += planted(index, references, options.trials, rng, notes=notes, edits=edits)
        if options.strangers:
            strangers = list(load_works(options.strangers).values())
            rows += false_alarms(index, strangers, options.trials, rng)
            rows += calibration(index, strangers, options.trials, rng)
    _print(rows, options.seed)
    if options.json:
        options.json.write_text(json.dumps([row._asdict() for row in rows], indent=1) + "\n")


def _built(references: dict[str, Score]) -> tuple[MelodyIndex, Row]:
    index = MelodyIndex()
    for name, score in references.items():
        index.add(name, score)
    started = time.process_time()
    index.build()
    spent = time.process_time() - started
    return index, Row("build", f"CPU seconds for {len(references):,} works", spent, None, None, 1)


def _print(rows: list[Row], seed: int) -> None:
    machine = f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores"
    print(f"Seed {seed}; {machine}; Python {platform.python_version()}.\n")
    print("| task | measure | value | 95 % interval | n |\n|---|---|---|---|---|")
    for row in rows:
        interval = "" if row.low is None else f"{row.low:.3f} to {row.high:.3f}"
        print(f"| {row.task} | {row.measure} | {row.value:.3f} | {interval} | {row.n} |")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--families", type=Path)
    parser.add_argument("--references", type=Path, nargs="*", default=[])
    parser.add_argument("--strangers", type=Path, nargs="*", default=[])
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()
