"""Make the recording part of the floors table from any folder of audio.

    python scripts/bench_similarity.py FOLDER [--per-row 20] [--json FILE]

Two thirds of the files, chosen by seed, become references; the rest is unknown music: it hides
excerpts and must not be found. Names are never looked at. Needs ffmpeg and sox.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from scripts.bench_similarity_recording_distortions import DISGUISES, Disguise, cut
from similarity.audio.decode import DecodedAudio, decode
from similarity.errors import MediaError
from similarity.index import ReferenceIndex
from similarity.match import Band, Match

MARGIN_S = 45.0
"""Files shorter than this give no excerpts: 20 s must fit, wherever they begin."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table: counts out of ``n``, and the mean seconds of one search."""

    name: str
    n: int
    first: int
    found: int
    speed_right: int
    pitch_right: int
    place_right: int
    search_s: float


def interval(count: int, n: int) -> tuple[float, float]:
    """95 % confidence interval of a share (Wilson, JASA 1927)."""
    if n == 0:
        return 0.0, 1.0
    z, share = 1.96, count / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, middle - reach), min(1.0, middle + reach)


class Bench:
    """References indexed, unknown files at hand."""

    def __init__(self, files: Sequence[Path], seed: int, work: Path) -> None:
        self.random = random.Random(seed)  # noqa: S311 (a draw that can be repeated)
        shuffled = sorted(files)
        self.random.shuffle(shuffled)
        split = max(1, len(shuffled) * 2 // 3)
        self.work = work
        self.unknown = shuffled[split:]
        self.index = ReferenceIndex.create(work / "index")
        self.durations: dict[Path, float] = {}
        for path in shuffled[:split]:
            try:
                audio = decode(path, measure_quality=False)
                self.index.add_recording(str(path), audio)
            except MediaError as error:
                print(f"{path}: {error.message}", file=sys.stderr)
                continue
            self.durations[path] = audio.duration_s
        self.index.commit()

    def row(self, disguise: Disguise, n: int) -> Row:
        """Search ``n`` disguised excerpts."""
        long_enough = [path for path, length in self.durations.items() if length >= MARGIN_S]
        verdicts: list[tuple[bool, bool, bool, bool, bool]] = []
        search_s = 0.0
        for _ in range(n if long_enough else 0):
            path = self.random.choice(long_enough)
            start_s = self.random.uniform(0, self.durations[path] - disguise.seconds - 1)
            audio = self._disguised(path, start_s, disguise)
            began = time.perf_counter()
            matches = self.index.search_audio(audio)
            search_s += time.perf_counter() - began
            verdicts.append(judge(matches, str(path), start_s, disguise))
        print(f"{disguise.name}: {len(verdicts)} searched", file=sys.stderr)
        first, found, speed, pitch, place = (
            sum(verdict[number] for verdict in verdicts) for number in range(5)
        )
        count = len(verdicts)
        return Row(
            disguise.name, count, first, found, speed, pitch, place, search_s / max(1, count)
        )

    def _disguised(self, path: Path, start_s: float, disguise: Disguise) -> DecodedAudio:
        source, target = self.work / "excerpt.wav", self.work / "disguised.wav"
        other = self.work / "other.wav"
        cut(path, start_s, disguise.seconds, source)
        if self.unknown:
            cut(self.random.choice(self.unknown), 0, 20, other)
        disguise.apply(source, other, target)
        return decode(target, measure_quality=False)

    def false_accepts(self, seconds: float) -> Iterator[tuple[float, bool]]:
        """Smallest E-value, and whether it was accepted, for every piece of the unknown files."""
        for path in self.unknown:
            try:
                audio = decode(path, measure_quality=False)
            except MediaError:
                continue
            for number in range(int(audio.duration_s // seconds)):
                source = self.work / "unknown.wav"
                cut(path, number * seconds, seconds, source)
                matches = self.index.search_audio(decode(source, measure_quality=False), top=1)
                smallest = matches[0].evalue if matches else math.inf
                yield smallest, any(match.band is not Band.NONE for match in matches)


def judge(
    matches: Sequence[Match], reference: str, start_s: float, disguise: Disguise
) -> tuple[bool, bool, bool, bool, bool]:
    """First; first and accepted; speed within 1 %; pitch within 0.5 st; place within 0.5 s."""
    if not matches or matches[0].reference != reference:
        return False, False, False, False, False
    best = matches[0]
    begins_s = best.reference_span.start_s - best.query_span.start_s * best.speed
    return (
        True,
        best.band is not Band.NONE,
        abs(best.speed / disguise.speed - 1) < 0.01,
        abs(best.pitch_semitones - disguise.semitones) < 0.5,
        abs(begins_s - start_s) < 0.5,
    )


def audio_files(folder: Path) -> list[Path]:
    """All files below a folder; those that are no audio are named when they fail to decode."""
    return [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")]


def machine() -> str:
    """What the figures were measured on."""
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


def markdown(rows: Sequence[Row]) -> str:
    """The table."""
    lines = [
        "| disguise | n | found (95 %) | first | speed 1 % | pitch 0.5 st | place 0.5 s | s |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        low, high = interval(row.found, row.n)
        shares = " | ".join(
            f"{count / max(1, row.n):.2f}"
            for count in (row.first, row.speed_right, row.pitch_right, row.place_right)
        )
        lines.append(
            f"| {row.name} | {row.n} | {row.found / max(1, row.n):.2f} ({low:.2f}-{high:.2f}) "
            f"| {shares} | {row.search_s:.2f} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--per-row", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rows", default="", help="only rows whose name contains this")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        bench = Bench(audio_files(options.folder), options.seed, Path(work))
        if not bench.durations:
            sys.exit(f"There is no audio in {options.folder}.")
        rows = [
            bench.row(disguise, options.per_row)
            for disguise in DISGUISES
            if options.rows in disguise.name
        ]
        unknown = list(bench.false_accepts(20.0)) if not options.rows else []
    accepted = sum(accept for _, accept in unknown)
    hours = sum(bench.durations.values()) / 3600
    print(f"{len(bench.durations)} references, {hours:.2f} h; {machine()}\n")
    print(markdown(rows))
    low, high = interval(accepted, len(unknown))
    print(f"\nFalse accepts: {accepted} of {len(unknown)} ({low:.4f}-{high:.4f})")
    if options.json:
        figures = {
            "machine": machine(),
            "references": len(bench.durations),
            "hours": hours,
            "rows": [asdict(row) for row in rows],
            "unknown": {"n": len(unknown), "accepted": accepted},
            "unknown_evalues": sorted(evalue for evalue, _ in unknown)[:100],
        }
        options.json.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
