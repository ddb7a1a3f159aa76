"""What each reference was made of: the digests of its files, so that a build can be resumed.

Kept as a log: each commit writes a small part with its changes, later parts overrule earlier ones,
and parts of like size are merged as in the logarithmic method of J. L. Bentley and J. B. Saxe,
"Decomposable searching problems", J. Algorithms 1, 1980. So n commits write O(n log n) entries.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from similarity.match import MatchKind
    from similarity.parts import NewParts, Parts, State

_FILE: Final = "sources.json"

_Key = tuple[str, str]


class Sources:
    """SHA-256 (hex) of the file that each lane's reference was made of, where it is known."""

    def __init__(self) -> None:
        self._digests: dict[_Key, str | None] = {}
        self._changed: dict[_Key, str | None] = {}
        self._parts: list[tuple[str, int]] = []

    def get(self, kind: MatchKind, reference: str) -> str | None:
        """The digest, or None where it is not known."""
        return self._digests.get((kind.value, reference))

    def set(self, kind: MatchKind, reference: str, digest: str | None) -> None:
        """Remember what a reference was made of; None forgets it."""
        key = (kind.value, reference)
        if self._digests.get(key) != digest:
            self._digests[key] = self._changed[key] = digest

    def save(self, parts: NewParts) -> State:
        """Write what has changed, together with those of the last parts that are no larger."""
        if self._changed:
            entries = self._changed
            while self._parts and self._parts[-1][1] <= 2 * len(entries):
                name, _ = self._parts.pop()
                entries = {**_read(parts, name), **entries}
            if not self._parts:
                entries = {key: digest for key, digest in entries.items() if digest is not None}
            name, folder = parts.new()
            rows = [[*key, digest] for key, digest in entries.items()]
            (folder / _FILE).write_text(json.dumps(rows), encoding="ascii")
            self._parts.append((name, len(entries)))
            self._changed = {}
        return {
            "parts": [name for name, _ in self._parts],
            "entries": [entries for _, entries in self._parts],
        }

    @classmethod
    def load(cls, parts: Parts, state: State) -> Self:
        """Read what ``save`` wrote.

        Raises:
            ValueError, KeyError, OSError: the files are damaged or missing.
        """
        sources = cls()
        sources._parts = list(zip(state["parts"], state["entries"], strict=True))
        for name in state["parts"]:
            sources._digests.update(_read(parts, name))
        return sources


def _read(parts: Parts, name: str) -> dict[_Key, str | None]:
    rows = json.loads((parts.folder(name) / _FILE).read_text(encoding="ascii"))
    return {(kind, reference): digest for kind, reference, digest in rows}
