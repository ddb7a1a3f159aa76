"""Where the time of one search goes, module by module.

    python scripts/profile_search.py INDEX UPLOAD

Searches the upload twice, the first time to load what is compiled and mapped, and prints a Markdown
table of the second: decoding and searching, by the time spent in each module of ``similarity``
itself and in what it calls outside.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

# Started as a file, the interpreter looks beside that file only.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import similarity
from scripts.bench.report import machine
from similarity.audio.decode import decode
from similarity.errors import MediaError, ReferenceIndexError
from similarity.index import ReferenceIndex

_ROOT = Path(similarity.__file__).resolve().parent

LEAST_SHARE = 0.005
"""Modules with less are summed up in one row."""

Function = tuple[str, int, str]


def main(arguments: Sequence[str] | None = None) -> int:
    """Profile one search and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("index", type=Path, metavar="INDEX")
    parser.add_argument("upload", type=Path, metavar="UPLOAD")
    options = parser.parse_args(arguments)
    try:
        index = ReferenceIndex.open(options.index)
        index.search_audio(decode(options.upload), top=5)
    except (MediaError, ReferenceIndexError) as error:
        print(error, file=sys.stderr)
        return 1
    profile = cProfile.Profile()
    profile.enable()
    upload = decode(options.upload)
    index.search_audio(upload, top=5)
    profile.disable()
    print(
        f"{machine()}; {len(index.references()):,} references, {upload.duration_s:.0f} s of input."
    )
    print("\n".join(("", *table(seconds_by_module(pstats.Stats(profile))))))
    return 0


def seconds_by_module(stats: pstats.Stats) -> dict[str, float]:
    """Seconds of each module of ``similarity``, with those of the libraries that it called."""
    seconds: defaultdict[str, float] = defaultdict(float)
    for function, (_, _, own, _, callers) in stats.stats.items():  # type: ignore[attr-defined]
        module = _module(function)
        if module is not None:
            seconds[module] += own
            continue
        # What a library calls in turn is in the time of the function that was called by us.
        for caller, (_, _, _, whole) in callers.items():
            if (asking := _module(caller)) is not None:
                seconds[asking] += whole
    return dict(seconds)


def table(seconds: dict[str, float]) -> Iterable[str]:
    """Rows of Markdown, the most expensive module first."""
    whole = sum(seconds.values())
    yield from ("| module | seconds | share |", "|---|---|---|")
    rest = 0.0
    for module, own in sorted(seconds.items(), key=lambda each: -each[1]):
        if own < LEAST_SHARE * whole:
            rest += own
            continue
        yield f"| {module} | {own:.3f} | {own / whole:.0%} |"
    yield f"| others | {rest:.3f} | {rest / whole:.0%} |"
    yield f"| together | {whole:.3f} | |"


def _module(function: Function) -> str | None:
    path = Path(function[0])
    if not path.is_relative_to(_ROOT):
        return None
    return ".".join(("similarity", *path.relative_to(_ROOT).with_suffix("").parts))


if __name__ == "__main__":
    sys.exit(main())
