"""The recording lane's index: fingerprints in, ranked matches out.

Kept like a log-structured merge tree (O'Neil et al., Acta Informatica 1996): what is new becomes a
small part of its own, parts of like size are merged, so that a recording is written again only some
times however large the corpus grows. What is removed is masked until its part is merged.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from similarity.recording.null import Null
from similarity.recording.part import RecordingPart
from similarity.recording.search import search_recordings
from similarity.recording.view import CorpusView, calibrate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from similarity.match import Match
    from similarity.parts import NewParts, Parts, State
    from similarity.recording.fingerprint import Fingerprint

GROWTH: Final = 4
"""A part is merged with what follows it unless it is so many times larger."""

DRIFT: Final = 0.1
"""The null is measured anew when the corpus has changed by this share since."""


@dataclass(slots=True, eq=False)
class _Held:
    """A part, its name in the snapshot if it is in one, and the numbers of what was removed."""

    part: RecordingPart
    name: str | None = None
    removed: set[int] = field(default_factory=set)

    def alive(self) -> NDArray[np.bool_]:
        alive = np.ones(len(self.part.references), dtype=np.bool_)
        alive[list(self.removed)] = False
        return alive

    def fingerprints(self) -> dict[str, Fingerprint]:
        return {
            reference: self.part.fingerprint(number)
            for number, reference in enumerate(self.part.references)
            if number not in self.removed
        }


class RecordingIndex:
    """Recordings by reference. ``build`` after changes, before ``search`` or ``save``."""

    def __init__(self) -> None:
        self._held: list[_Held] = []
        self._where: dict[str, tuple[_Held, int]] = {}
        self._added: dict[str, Fingerprint] = {}
        self._null = Null()
        self._measured_on = 0
        self._view: CorpusView | None = None

    @property
    def references(self) -> list[str]:
        """All references, sorted."""
        return sorted(self._where.keys() | self._added.keys())

    def add(self, reference: str, fingerprint: Fingerprint) -> None:
        """Add or replace one recording."""
        self._mask(reference)
        self._added[reference] = fingerprint
        self._view = None

    def remove(self, reference: str) -> None:
        """Forget one recording; KeyError when there is none."""
        if not self._mask(reference):
            del self._added[reference]
        self._view = None

    def build(self) -> None:
        """Lay out what is new and measure the null where that is due."""
        if self._view is not None:
            return
        self._merge()
        view = self._laid_out()
        if abs(view.item_count - self._measured_on) > DRIFT * self._measured_on:
            self._null = calibrate(view)
            self._measured_on = view.item_count
        self._view = self._laid_out()

    def search(self, samples: NDArray[np.int16], *, top: int) -> list[Match]:
        """Recordings in mono samples at ``ANALYSIS_RATE``, best first, at most ``top``."""
        if self._view is None:
            raise ValueError("build the index before searching it")
        return search_recordings(self._view, samples, top=top)

    def save(self, parts: NewParts) -> State:
        """Put into new parts what is in none yet, and say what is in force now."""
        if self._view is None:
            raise ValueError("build the index before saving it")
        for held in self._held:
            if held.name is None:
                held.name, folder = parts.new()
                held.part.save(folder)
        return {
            "parts": [held.name for held in self._held],
            "removed": [sorted(held.removed) for held in self._held],
            "null": asdict(self._null),
            "measured_on": self._measured_on,
        }

    @classmethod
    def load(cls, parts: Parts, state: State) -> Self:
        """Read what ``save`` wrote, ready to search, arrays memory-mapped.

        Raises:
            ValueError, KeyError, OSError, EOFError: the files are damaged or missing.
        """
        index = cls()
        for name, removed in zip(state["parts"], state["removed"], strict=True):
            index._hold(_Held(RecordingPart.load(parts.folder(name)), name, set(removed)))
        index._null = Null(**state["null"])
        index._measured_on = state["measured_on"]
        index._view = index._laid_out()
        return index

    def _mask(self, reference: str) -> bool:
        """Remove a recording from the part that holds it, if one does."""
        if reference not in self._where:
            return False
        held, number = self._where.pop(reference)
        held.removed.add(number)
        return True

    def _hold(self, held: _Held) -> None:
        self._held.append(held)
        for number, reference in enumerate(held.part.references):
            if number not in held.removed:
                self._where[reference] = (held, number)

    def _merge(self) -> None:
        """Make a part of what was added, with the last parts as long as they are not much larger,
        and of parts that are mostly removed.
        """
        fresh = dict(self._added)
        size = sum(len(each.items) for each in fresh.values())
        while self._held and self._is_due(self._held[-1], size, added=bool(fresh)):
            last = self._held.pop()
            fresh |= last.fingerprints()
            size += len(last.part.items.values)
        self._added.clear()
        if fresh:
            self._hold(_Held(RecordingPart.of(fresh)))

    @staticmethod
    def _is_due(held: _Held, size: int, *, added: bool) -> bool:
        mostly_removed = 2 * len(held.removed) > len(held.part.references)
        return mostly_removed or (added and len(held.part.items.values) < GROWTH * size)

    def _laid_out(self) -> CorpusView:
        return CorpusView(
            tuple(held.part for held in self._held),
            tuple(held.alive() for held in self._held),
            self._null,
        )
