"""A corpus of recordings as one search sees it: parts, what was removed since, the null."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from similarity.recording.candidates import Candidates, find_candidates
from similarity.recording.null import Null, fit
from similarity.recording.peaks import restored
from similarity.recording.segments import best_segment, contrasted_errors
from similarity.recording.variants import VariantItems

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from similarity.recording.part import RecordingPart

NULL_SEARCHES: Final = 64
NULL_ITEMS: Final = 160
"""Items of one search that has nothing to find: 20 s."""

NULL_CANDIDATES: Final = 40
"""Alignments looked into per search: the best of them is rarely further down."""


@dataclass(frozen=True, eq=False)
class CorpusView:
    """Parts laid out for searching, references numbered through all of them.

    ``alive``: for each part, bool of shape (references,), false for those removed or replaced.
    """

    parts: tuple[RecordingPart, ...]
    alive: tuple[NDArray[np.bool_], ...]
    null: Null

    @cached_property
    def _first(self) -> NDArray[np.int64]:
        return np.cumsum([0, *(len(part.references) for part in self.parts)], dtype=np.int64)

    @cached_property
    def item_count(self) -> int:
        """Items of the references in force."""
        return sum(
            int(np.diff(part.items.starts)[alive].sum())
            for part, alive in zip(self.parts, self.alive, strict=True)
        )

    @cached_property
    def frame_count(self) -> int:
        """Frames of the references in force."""
        return sum(
            int(np.diff(part.landmarks.bases)[alive].sum())
            for part, alive in zip(self.parts, self.alive, strict=True)
        )

    @cached_property
    def numbers(self) -> NDArray[np.int64]:
        """Numbers of the references in force."""
        return np.flatnonzero(np.concatenate((np.zeros(0, dtype=np.bool_), *self.alive)))

    def reference(self, number: int) -> str:
        part, own = self._at(number)
        return part.references[own]

    def tuning(self, number: int) -> float:
        part, own = self._at(number)
        return float(part.tunings[own])

    def duration_s(self, number: int) -> float:
        part, own = self._at(number)
        return float(part.durations[own])

    def items(self, number: int) -> NDArray[np.uint32]:
        part, own = self._at(number)
        return part.items.part(own)

    def peaks(self, number: int) -> NDArray[np.uint32]:
        """Packed peaks."""
        part, own = self._at(number)
        return restored(part.peaks.part(own))

    def candidates(self, query: VariantItems) -> Candidates:
        """Alignments of an input given as its items under each hypothesis, best first."""
        found = [
            find_candidates(query, part.item_postings, alive)
            for part, alive in zip(self.parts, self.alive, strict=True)
        ]
        columns = [
            np.concatenate([getattr(each, field.name) for each in found] or [np.zeros(0)])
            for field in fields(Candidates)
        ]
        shifts = [
            np.full(len(each.worth), first) for each, first in zip(found, self._first, strict=False)
        ]
        columns[2] = columns[2] + np.concatenate(shifts or [np.zeros(0)])
        order = np.argsort(-columns[4], kind="stable")
        return Candidates(*(column[order] for column in columns))

    def landmarks(self, peaks: NDArray[np.uint32]) -> list[tuple[int, float]]:
        """Likely (reference, offset in seconds) of an input given by its peaks, best first."""
        found = [
            (votes, int(self._first[number]) + own, offset_s)
            for number, part in enumerate(self.parts)
            for votes, own, offset_s in part.landmarks.find(peaks)
            if self.alive[number][own]
        ]
        found.sort(key=lambda each: -each[0])
        return [(reference, offset_s) for _, reference, offset_s in found]

    def _at(self, number: int) -> tuple[RecordingPart, int]:
        part = int(np.searchsorted(self._first, number, side="right")) - 1
        return self.parts[part], number - int(self._first[part])


def calibrate(view: CorpusView) -> Null:
    """Measure the null: the corpus's own recordings backwards, searched among all the others."""
    numbers = [int(n) for n in view.numbers if len(view.items(int(n))) >= NULL_ITEMS]
    step = max(1, len(numbers) // NULL_SEARCHES)
    maxima = [
        _best_by_chance(view, view.items(number)[:NULL_ITEMS][::-1].copy(), number)
        for number in numbers[::step][:NULL_SEARCHES]
    ]
    return fit(np.array(maxima), NULL_ITEMS, view.item_count)


def _best_by_chance(view: CorpusView, backwards: NDArray[np.uint32], own: int) -> float:
    query = VariantItems(
        items=backwards,
        margins=np.full((len(backwards), 16), 255, dtype=np.uint8),
        starts=np.array((0, len(backwards))),
    )
    candidates = view.candidates(query)
    best = 0.0
    for number in np.flatnonzero(candidates.reference != own)[:NULL_CANDIDATES]:
        errors = contrasted_errors(
            backwards,
            view.items(int(candidates.reference[number])),
            int(candidates.item[number] - candidates.start[number]),
        )
        best = max(best, best_segment(errors).evidence)
    return best
