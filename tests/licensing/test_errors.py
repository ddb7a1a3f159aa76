"""The error tree: what its docstring draws is what there is, and slugs are unique."""

from __future__ import annotations

import re

from licensing import errors
from licensing.errors import LicensingError


def descendants(root: type[LicensingError]) -> list[type[LicensingError]]:
    children = root.__subclasses__()
    return children + [deeper for child in children for deeper in descendants(child)]


def drawn_parents() -> dict[str, str]:
    """Child to parent, read from the indentation of the drawing."""
    drawing = (errors.__doc__ or "").split("\n\n")[1].splitlines()
    path: dict[int, str] = {}
    parents: dict[str, str] = {}
    for line in drawing:
        found = re.search(r"[A-Z]\w+", line)
        assert found
        depth = (found.start() - 4) // 4
        path[depth] = found[0]
        if depth:
            parents[found[0]] = path[depth - 1]
    return parents


def test_the_docstring_draws_the_tree() -> None:
    assert drawn_parents() == {
        error.__name__: error.__bases__[0].__name__ for error in descendants(LicensingError)
    }


def test_slugs_are_unique_and_spelled_like_the_class() -> None:
    slugs = [error.slug for error in descendants(LicensingError)]
    assert len(slugs) == len(set(slugs))
    for error in descendants(LicensingError):
        words = re.sub(r"(?<!^)(?=[A-Z])", "-", error.__name__).lower()
        assert error.slug == words
