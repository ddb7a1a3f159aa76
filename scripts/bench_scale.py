"""How cost grows with the corpus: 1,000, 10,000, 100,000 tracks of three minutes.

    python scripts/bench_scale.py FOLDER... [--tracks N...] [--out DIR] [--needles N]

Most tracks are fabricated from the fingerprints of the folder's recordings (see
``scripts/bench/fabricate.py``; how alike they are is printed first). Real recordings are indexed
among them and searched for, as they are and sped up; unknown music is searched for, too. Prints a
table, and writes it with JSON and a plot to ``--out``.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

# Started as a file, the interpreter looks beside that file only.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import matplotlib as mpl
from matplotlib.figure import Figure

from scripts.bench import scale
from scripts.bench.fabricate import Statistics, fabricate, statistics_of
from scripts.bench.material import Part, divide, find_works
from scripts.bench.report import machine, versions
from scripts.bench.scale import TRACK_S, Built, Searched
from similarity.media import MediaKind

Sizes = Sequence[tuple[Built, Searched]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure every size, smallest first; 1 without enough music."""
    options = _parser().parse_args(arguments)
    works = find_works(options.folders, options.out)
    audio = [work for work in works if work.kind is MediaKind.AUDIO]
    split = divide(audio, seed=options.seed, aside=0.2, part=Part.ALL)
    wanted = scale.needles(split, options.needles)
    rest = [work for work in split.references if work not in wanted]
    if not wanted or not rest:
        print("There are too few recordings of three minutes here.", file=sys.stderr)
        return 1
    pool = scale.real_fingerprints(rest)
    known = list(
        zip([str(work.path) for work in wanted], scale.real_fingerprints(wanted), strict=True)
    )
    files = scale.uploads(split, wanted, options.seed, options.out / "uploads")
    likeness = (
        statistics_of(pool),
        statistics_of([fabricate(pool, number, TRACK_S) for number in range(len(pool))]),
    )
    sizes: list[tuple[Built, Searched]] = []
    for tracks in sorted(options.tracks):
        directory = options.out / f"index-{tracks}"
        shutil.rmtree(directory, ignore_errors=True)
        sizes.append((scale.build(directory, pool, known, tracks), scale.search(directory, files)))
        if not options.keep:
            shutil.rmtree(directory)
        command = " ".join(["python scripts/bench_scale.py", *(arguments or sys.argv[1:])])
        report = "\n".join(_report(command, likeness, sizes)) + "\n"
        # After every size: the largest may not fit on the machine.
        (options.out / "scale.md").write_text(report)
        (options.out / "scale.json").write_text(json.dumps(_content(command, likeness, sizes)))
        draw(sizes, options.out / "scale.svg")
    print(report)
    return 0


def _content(
    command: str, likeness: tuple[Statistics, Statistics], sizes: Sizes
) -> dict[str, object]:
    return {
        "command": command,
        "machine": machine(),
        "real": asdict(likeness[0]),
        "fabricated": asdict(likeness[1]),
        "sizes": [asdict(built) | asdict(searched) for built, searched in sizes],
    }


def _report(command: str, likeness: tuple[Statistics, Statistics], sizes: Sizes) -> Iterable[str]:
    yield from [f"`{command}`", "", f"{machine()}; {', '.join(versions()[:5])}.", ""]
    yield from ["| fingerprints | real | fabricated |", "|---|---|---|"]
    fabricated = asdict(likeness[1])
    for name, value in asdict(likeness[0]).items():
        yield f"| {name.replace('_', ' ')} | {value:.4g} | {fabricated[name]:.4g} |"
    yield ""
    head = ("tracks", "hours", "build s", "build CPU s", "build peak MiB", "MB per hour", "open s")
    more = ("own MiB", "mapped MiB", "search CPU s, median", "largest", "decode CPU s")
    words = [*head, *more, "by the clock s, median", "found", "false accepts"]
    yield f"| {' | '.join(words)} |"
    yield "|" + "---|" * len(words)
    for built, searched in sizes:
        numbers = [
            f"{built.tracks:,}",
            f"{built.hours:,.0f}",
            f"{built.wall_s:.0f}",
            f"{built.cpu_s:.0f}",
            f"{built.peak_mib:,.0f}",
            f"{built.megabytes / built.hours:.3f}",
            f"{searched.open_s:.2f}",
            f"{searched.private_mib:,.0f}",
            f"{searched.shared_mib:,.0f}",
            f"{searched.median_s:.2f}",
            f"{max(searched.search_s):.2f}",
            f"{statistics.median(searched.decode_s):.2f}",
            f"{statistics.median(searched.wall_s):.2f}",
            f"{searched.found} of {searched.present}",
            f"{searched.false_accepts} of {len(searched.search_s)}",
        ]
        yield f"| {' | '.join(numbers)} |"


def draw(sizes: Sizes, target: Path) -> None:
    """Growth in double logarithms: a straight line of slope one is growth in proportion."""
    tracks = [built.tracks for built, _ in sizes]
    panels = (
        ("build, CPU s", [built.cpu_s for built, _ in sizes]),
        ("on disk, MB", [built.megabytes for built, _ in sizes]),
        ("memory of a reader, MiB", [it.private_mib + it.shared_mib for _, it in sizes]),
        ("one search, CPU s", [searched.median_s for _, searched in sizes]),
    )
    with mpl.rc_context({"svg.hashsalt": "countersign", "font.size": 9}):
        figure = Figure(figsize=(7, 5), layout="constrained")
        for axes, (name, values) in zip(figure.subplots(2, 2).flat, panels, strict=True):
            axes.plot(tracks, values, "o-", color="#0b6e75", label="measured")
            proportional = [values[0] * number / tracks[0] for number in tracks]
            axes.plot(tracks, proportional, "--", color="#888888", label="in proportion")
            axes.set(xscale="log", yscale="log", title=name, xlabel="tracks of 3 min")
            axes.grid(alpha=0.3)
        axes.legend()
        figure.savefig(target, metadata={"Date": None})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--out", type=Path, default=Path("var/scale"), help="%(default)s")
    parser.add_argument("--tracks", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--needles", type=int, default=10, help="real recordings searched for")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="leave the indexes there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
