"""Lanes that still save all they hold, kept as one part that every save writes anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self, TypeVar

if TYPE_CHECKING:
    from pathlib import Path

    from similarity.parts import NewParts, Parts, State


class _Whole(Protocol):
    def save(self, directory: Path) -> None: ...

    @classmethod
    def load(cls, directory: Path) -> Self: ...


_W = TypeVar("_W", bound=_Whole)


def save_whole(lane: _Whole, parts: NewParts) -> State:
    """Write the lane into one new part."""
    name, folder = parts.new()
    lane.save(folder)
    return {"parts": [name]}


def load_whole(lane: type[_W], parts: Parts, state: State) -> _W:
    """Read what ``save_whole`` wrote."""
    return lane.load(parts.folder(state["parts"][0]))
