"""How the two lanes keep what they hold: as immutable parts, named in a snapshot's manifest.

A part is a folder that is written once and never changed. A lane's *state* is a small JSON value
that says which parts are in force and what else must be remembered (which references of a part were
removed since, the null of the corpus). So adding one reference writes one small part, readers of
an older snapshot keep what they had mapped, and a crash leaves nothing that is half written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, Self

if TYPE_CHECKING:
    from pathlib import Path

State = dict[str, Any]
"""JSON. Its key ``parts`` names (str) the parts in force; the rest is the lane's own."""


class Parts(Protocol):
    """The parts of one snapshot."""

    def folder(self, name: str) -> Path:
        """Where a part that is in force lies. Its files may be memory-mapped for as long as wanted.

        Raises:
            IndexCorrupt: the snapshot has no such part.
        """


class NewParts(Parts, Protocol):
    """The parts of a snapshot that is being written."""

    def new(self) -> tuple[str, Path]:
        """A new, empty part: its name and its folder, to be filled before ``save`` returns."""


class Lane(Protocol):
    """What ``ReferenceIndex`` asks of a lane."""

    def save(self, parts: NewParts) -> State:
        """Put into new parts what is in none yet, and say what is in force now."""

    @classmethod
    def load(cls, parts: Parts, state: State) -> Self:
        """Read what ``save`` wrote, ready to search, arrays memory-mapped.

        Raises:
            ValueError, KeyError, OSError, EOFError: the files are damaged or missing.
        """
