"""The machine contract of matching: ``python -m similarity index|search``.

    python -m similarity index --out DIR PATH…
    python -m similarity search --index DIR [--kind recording|melody|both] [--top N] PATH…

``index`` prints one JSON object; ``search`` one per input, in order. ``index`` goes on with an
index that it finds: files that are in it already, unchanged, are not read again. Exit status:
0 when every file was read, 3 when some were not, 2 for wrong usage or an index that cannot be used.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from similarity.batch import build_index, search_files
from similarity.errors import ReferenceIndexError
from similarity.index import ReferenceIndex
from similarity.match import MatchKind

if TYPE_CHECKING:
    from collections.abc import Sequence

EXIT_OK = 0
EXIT_USAGE = 2
EXIT_SOME_UNREAD = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        return _index(options) if options.command == "index" else _search(options)
    except ReferenceIndexError as error:
        print(error.message, file=sys.stderr)
        return EXIT_USAGE


def _index(options: argparse.Namespace) -> int:
    summary = build_index(options.out, options.paths, progress=True)
    print(json.dumps(summary, ensure_ascii=False))
    print(_in_words(summary), file=sys.stderr)
    return EXIT_SOME_UNREAD if summary["errors"] else EXIT_OK


def _in_words(summary: dict[str, Any]) -> str:
    return (
        f"{summary['index']}: {summary['recordings']} recordings, {summary['melodies']} melodies"
        f" ({summary['unchanged']} unchanged), {len(summary['ignored'])} files ignored,"
        f" {len(summary['errors'])} unreadable, {summary['elapsed_s']:.1f} s"
    )


def _search(options: argparse.Namespace) -> int:
    index = ReferenceIndex.open(options.index)
    status = EXIT_OK
    kinds = set(MatchKind) if options.kind == "both" else {MatchKind(options.kind)}
    for answer in search_files(index, options.paths, kinds=kinds, top=options.top):
        print(json.dumps(answer, ensure_ascii=False), flush=True)
        if "error" in answer:
            status = EXIT_SOME_UNREAD
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m similarity",
        description="Find recordings and melodies that resemble each other.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    index = commands.add_parser(
        "index", help="build an index of audio and score files, or go on with one"
    )
    index.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the index")
    index.add_argument("paths", nargs="+", metavar="PATH", help="files; folders are walked")
    search = commands.add_parser("search", help="search files in an index")
    search.add_argument("--index", type=Path, required=True, metavar="DIR")
    search.add_argument("--kind", choices=["recording", "melody", "both"], default="both")
    search.add_argument("--top", type=_positive, default=10, metavar="N", help="10 unless given")
    search.add_argument("paths", nargs="+", metavar="PATH")
    return parser


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


if __name__ == "__main__":
    # File names that are not UTF-8 come out as JSON escapes.
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    sys.exit(main())
