"""Draw what E-values promise against what unknown inputs get, from reports of the benchmark.

    python scripts/bench_calibration.py REPORT.json... --out docs/pictures/calibration.svg

For every claimed E-value: the share of inputs with nothing to be found whose best match claims at
most that. If the claims are true it is 1 - exp(-E): the chance of at least one event where E are
expected (Karlin and Altschul, PNAS 1990). Curves below that line are cautious, above it boastful.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

# Started as a file, the interpreter looks beside that file only.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from scripts.bench.cells import clopper_pearson

CLAIMS = np.logspace(-6, 1, 71)
"""E-values at which the shares are drawn; nobody has enough unknown music for smaller ones."""

_COLOURS = ("#0b6e75", "#b4511e", "#5a3e8e", "#4a6b1a")


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the reports, draw, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("reports", nargs="+", type=Path, metavar="REPORT.json")
    parser.add_argument("--out", type=Path, required=True, help="an SVG or PNG file to write")
    options = parser.parse_args(arguments)
    samples = [sample for report in options.reports for sample in read(report)]
    if not samples:
        print("No report holds inputs with nothing to be found.", file=sys.stderr)
        return 1
    draw(samples, options.out)
    return 0


def read(report: Path) -> Iterable[tuple[str, int, list[float]]]:
    """Name, number of inputs, and the smallest E-values, of each sample in a report."""
    content = json.loads(report.read_text())
    for key in ("chance", "melody_chance"):
        for name, sample in content.get(key, {}).items():
            if sample["n"]:
                yield name, sample["n"], sample["evalues"]


def draw(samples: Sequence[tuple[str, int, Sequence[float]]], target: Path) -> None:
    """Write the figure; the same samples give the same bytes."""
    with mpl.rc_context({"svg.hashsalt": "countersign", "font.size": 9}):
        figure = Figure(figsize=(5.5, 4.5), layout="constrained")
        axes = figure.subplots()
        axes.plot(CLAIMS, 1 - np.exp(-CLAIMS), color="#888888", ls="--", label="as promised")
        for (name, n, evalues), colour in zip(samples, _COLOURS, strict=False):
            counts = np.searchsorted(np.sort(evalues), CLAIMS, side="right")
            intervals = np.array([clopper_pearson(int(count), n) for count in counts])
            label = f"{name} ({n:,} inputs)"
            shown = counts > 0
            axes.plot(CLAIMS[shown], counts[shown] / n, color=colour, label=label)
            axes.fill_between(CLAIMS, *intervals.T, color=colour, alpha=0.15, lw=0)
        axes.set(xscale="log", yscale="log", xlim=(1e-6, 10), ylim=(1e-4, 1.5))
        axes.set_xlabel("claimed: chance matches this good per input (E-value)")
        axes.set_ylabel("observed: share of unknown inputs with one")
        axes.grid(alpha=0.3)
        axes.legend(loc="upper left")
        target.parent.mkdir(parents=True, exist_ok=True)
        undated = {"Date": None} if target.suffix == ".svg" else {}
        figure.savefig(target, dpi=150, metadata=undated)


if __name__ == "__main__":
    sys.exit(main())
