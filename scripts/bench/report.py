"""The report: Markdown for people, JSON for machines, and what it was measured on."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from scripts.bench.cells import Cell, Figure, Kind

_PACKAGES = ("numpy", "scipy", "faiss-cpu", "numba", "av", "pyacoustid", "symusic", "music21")
_PROGRAMS = (("ffmpeg", "-version"), ("sox", "--version"), ("espeak-ng", "--version"))


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What somebody needs to know to get the same figures."""

    command: str
    engine: str
    machine: str
    versions: tuple[str, ...]
    material: tuple[str, ...]


def machine() -> str:
    """Processor, cores, memory and Python."""
    processor = next(iter(_said("/proc/cpuinfo", r"model name\s*:\s*(.*)")), platform.machine())
    kib = next(iter(_said("/proc/meminfo", r"MemTotal:\s*(\d+)")), "0")
    return (
        f"{processor}, {os.cpu_count()} cores, {int(kib) / 2**20:.0f} GiB; "
        f"{platform.system()}, Python {platform.python_version()}"
    )


def versions() -> tuple[str, ...]:
    """Libraries and programs that took part."""
    programs = (_program(*command) for command in _PROGRAMS)
    return (
        *(f"{package} {version(package)}" for package in _PACKAGES),
        *(program for program in programs if program),
    )


def markdown(cells: Sequence[Cell | Figure], about: Circumstances, peers: Sequence[str]) -> str:
    """All tables, one for each group."""
    lines = [f"`{about.command}`", "", f"{about.machine}. Engine {about.engine[:12]}."]
    lines += [", ".join(about.versions) + ".", "", *(f"- {line}" for line in about.material)]
    for group in dict.fromkeys(cell.group for cell in cells):
        own = [cell for cell in cells if cell.group == group]
        lines += ["", f"**{group[0].upper() + group[1:]}**", "", *_table(own, peers)]
    missed = [cell for cell in cells if cell.passed is False]
    lines += ["", f"{len(missed)} below their floor."]
    lines += [f"- {cell.group}: {cell.row}" for cell in missed]
    return "\n".join(lines) + "\n"


def to_json(cells: Sequence[Cell | Figure], about: Circumstances, more: dict[str, object]) -> str:
    """The same, with whatever else is worth keeping."""
    rows = [
        asdict(cell)
        | ({"share": cell.share, "interval": cell.interval} if isinstance(cell, Cell) else {})
        | {"passed": cell.passed}
        for cell in cells
    ]
    return json.dumps(asdict(about) | {"cells": rows} | more, indent=1, ensure_ascii=False) + "\n"


def _table(cells: Sequence[Cell | Figure], peers: Sequence[str]) -> Iterable[str]:
    shares = [cell for cell in cells if isinstance(cell, Cell)]
    if shares:
        beside = [peer for peer in peers if any(peer in cell.peers for cell in shares)]
        head = ["row", "n", "hits", "share", "95 %", "floor", "", *beside, "note"]
        yield f"| {' | '.join(head)} |"
        yield "|" + "---|" * len(head)
        for cell in shares:
            low, high = cell.interval
            numbers = [str(cell.n), str(cell.hits), _digits(cell.share), f"{low:.3f} to {high:.3f}"]
            others = [_digits(cell.peers[peer]) if peer in cell.peers else "" for peer in beside]
            words = [cell.row, *numbers, _floor(cell), _verdict(cell), *others, cell.note]
            yield f"| {' | '.join(words)} |"
    figures = [cell for cell in cells if isinstance(cell, Figure)]
    if figures:
        yield from [
            "",
            "| what | n | mean | 95 % | floor | | note |",
            "|---|---|---|---|---|---|---|",
        ]
        for figure in figures:
            mean = f"{figure.value:.3g} {figure.unit}".strip()
            spread = "" if figure.low is None else f"{figure.low:.3f} to {figure.high:.3f}"
            words = [figure.row, str(figure.n), mean, spread, _floor(figure), _verdict(figure)]
            yield f"| {' | '.join([*words, figure.note])} |"


def _digits(share: float) -> str:
    return f"{share:.3f}".rstrip("0").removesuffix(".") if share in (0, 1) else f"{share:.3f}"


def _floor(cell: Cell | Figure) -> str:
    if cell.floor is None:
        return ""
    return f"{'≥' if cell.kind is Kind.AT_LEAST else '≤'} {cell.floor:g}"


def _verdict(cell: Cell | Figure) -> str:
    return {True: "pass", False: "**miss**", None: ""}[cell.passed]


def _said(file: str, pattern: str) -> list[str]:
    path = Path(file)
    return re.findall(pattern, path.read_text()) if path.exists() else []


def _program(name: str, option: str) -> str:
    try:
        said = subprocess.run([name, option], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    found = re.search(r"\d+(\.\d+)+", said.stdout)
    return f"{name} {found.group()}" if found else ""
