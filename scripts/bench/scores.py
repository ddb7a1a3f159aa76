"""Scores from folders, each tune of a tune book a work of its own."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tqdm import tqdm

from similarity.errors import MediaError
from similarity.melody.reading import read_score
from similarity.melody.score import Score

MIN_NOTES = 16
"""Shorter tunes are within reach of chance, so nothing could be learnt from them."""


def load_works(paths: Iterable[Path]) -> dict[str, Score]:
    """All readable scores under the paths; those that cannot be read are counted aloud."""
    files = sorted(file for path in paths for file in _files(path))
    works: dict[str, Score] = {}
    unread = 0
    with ProcessPoolExecutor() as pool:
        for file, score in zip(
            files, tqdm(pool.map(_read, files, chunksize=8), total=len(files)), strict=True
        ):
            unread += score is None
            works |= dict(_tunes(file, score)) if score else {}
    if unread:
        print(f"{unread} of {len(files)} files could not be read.", file=sys.stderr)
    return works


def family_labels(folder: Path) -> dict[str, str]:
    """Tune family by path, from ``labels.tsv``."""
    with (folder / "labels.tsv").open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter="\t")
        next(rows)
        return {str(folder / name): family for name, family in rows}


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return [file for file in path.rglob("*") if file.is_file() and file.suffix != ".tsv"]


def _read(file: Path) -> Score | None:
    try:
        return read_score(file)
    except MediaError:
        return None


def _tunes(file: Path, score: Score) -> Iterable[tuple[str, Score]]:
    is_book = file.suffix == ".abc" and len(score.voices) > 1
    if not is_book:
        if len(score.voices[0]) >= MIN_NOTES:
            yield str(file), score
        return
    for number, voice in enumerate(score.voices):
        if len(voice) >= MIN_NOTES:
            yield f"{file}#{number}", Score((voice,), score.duration_s)
