"""Write docs/problems.md: every problem type that the service can answer with.

Usage: python -m scripts.list_problems > docs/problems.md
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import app.cli
import app.main
from app.core.errors import ServiceError
from app.core.problems import PROBLEM_BASE
from licensing.errors import LicensingError
from similarity.errors import SimilarityError

FRONT_DOORS = (app.main.create_app, app.cli.main)
"""Importing what wires the rooms together makes all their errors known."""

_OURS = frozenset({"app", "licensing", "similarity"})

_HEAD = f"""# Problems

Every refusal is an RFC 9457 problem document: `type` (below, after `{PROBLEM_BASE}`), `title`,
`status`, a `detail` that says what to do, and further members where they help a program. Types are
stable: programs may rely on them. This page is written by `python -m scripts.list_problems`, and a
test compares it with the code.

| type | status | meaning |
|---|---|---|"""


def problems() -> dict[str, tuple[int, str]]:
    """Status and meaning of each problem type."""
    found: dict[str, tuple[int, str]] = {}
    # Rooms may share a type; which one describes it must not depend on what was imported first.
    for error in sorted(_below(ServiceError), key=lambda error: error.__module__):
        found.setdefault(error.slug, (error.status, _first_sentence(error)))
    for root in (LicensingError, SimilarityError):
        for error in _below(root):
            found.setdefault(error.slug, (422, _first_sentence(error)))
    return dict(sorted(found.items()))


def page() -> str:
    rows = [f"| `{slug}` | {status} | {text} |" for slug, (status, text) in problems().items()]
    return "\n".join([_HEAD, *rows]) + "\n"


def _below(root: type[Any]) -> Iterator[type[Any]]:
    if root.__module__.partition(".")[0] in _OURS:  # not what tests derive
        yield root
    for child in root.__subclasses__():
        yield from _below(child)


def _first_sentence(error: type[Any]) -> str:
    text = inspect.getdoc(error) or ""
    return " ".join(text.split("\n\n")[0].split()).replace("|", "\\|")


if __name__ == "__main__":
    print(page(), end="")
