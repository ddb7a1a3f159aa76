"""Damage files of every format and have the library read them: an answer or a named error, always.

    python scripts/fuzz_similarity.py FOLDER... [--files N] [--seed N] [--out DIR] [--jobs N]

Files of all formats are made from the audio and the scores in the folders by ffmpeg, music21 and
Verovio, damaged by seed, and read in processes under watch. Prints a Markdown table. What is
neither answered nor refused by name is kept in ``--out``; then the exit code is 1.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from tqdm import tqdm

# Started as a file, the interpreter looks beside that file only.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.bench.material import find_works
from scripts.bench.report import machine
from scripts.fuzz.mutations import mutated
from scripts.fuzz.originals import Files, originals
from scripts.fuzz.trials import FINE, Ending, Outcome, try_all

ORIGINALS = 20
"""Files of each format that are damaged in ever new ways."""

Count = Counter[tuple[str, Outcome]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Damage, read, count; 1 when a file did what none may do."""
    options = _parser().parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as scratch:
        works = find_works(options.folders, options.out)
        files = originals(works, ORIGINALS, options.seed, Path(scratch))
        if not files:
            print("There is neither audio nor a score to damage.", file=sys.stderr)
            return 1
        make = partial(_damaged, files, options.seed, Path(scratch))
        trials = try_all(make, range(options.files), options.jobs)
        count: Count = Counter()
        for path, outcome in tqdm(trials, total=options.files, disable=None, unit="file"):
            name = path.suffix.removeprefix(".")
            count[name, outcome] += 1
            if outcome.ending not in FINE:
                path.replace(options.out / path.name)
                print(f"{path.name}: {outcome.ending}, {outcome.error}", file=sys.stderr)
            path.unlink(missing_ok=True)
    print(f"`{' '.join(['python scripts/fuzz_similarity.py', *(arguments or sys.argv[1:])])}`\n")
    print(f"{machine()}.\n")
    print("\n".join(table(count)))
    return int(any(outcome.ending not in FINE for _, outcome in count))


def _damaged(files: Files, seed: int, folder: Path, trial: int) -> Path:
    """The file of one trial; the formats come by turns."""
    names = sorted(files)
    name = names[trial % len(names)]
    rng = np.random.default_rng((seed, trial))
    one, other = (files[name][int(rng.integers(len(files[name])))] for _ in range(2))
    path = folder / f"{trial:06d}.{name}"
    path.write_bytes(mutated(one, other, rng))
    return path


def table(count: Count) -> Iterable[str]:
    """Rows of Markdown: each format, then all, then which errors they were."""
    yield f"| format | files | {' | '.join(Ending)} |"
    yield "|" + "---|" * (2 + len(Ending))
    for name in [*sorted({name for name, _ in count}), "all"]:
        endings: Counter[Ending] = Counter()
        for (format_name, outcome), files in count.items():
            if name in (format_name, "all"):
                endings[outcome.ending] += files
        cells = " | ".join(f"{endings[ending]:,}" for ending in Ending)
        yield f"| {name} | {endings.total():,} | {cells} |"
    errors: Counter[str] = Counter()
    for (_, outcome), files in count.items():
        if outcome.error:
            errors[outcome.error] += files
    named = ", ".join(f"{error} {files:,}" for error, files in errors.most_common())
    yield from ("", f"Errors: {named or 'none'}.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--files", type=int, default=10_000, help="%(default)s")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("var/fuzz"), help="%(default)s")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    return parser


if __name__ == "__main__":
    sys.exit(main())
