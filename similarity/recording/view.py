"""A corpus of recordings laid out for searching, and its null measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from similarity.recording.candidates import find_candidates
from similarity.recording.corpus import Laid
from similarity.recording.landmarks import LandmarkPostings
from similarity.recording.null import Null, fit
from similarity.recording.postings import ItemPostings
from similarity.recording.segments import best_segment, contrasted_errors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from similarity.recording.fingerprint import Fingerprint

NULL_SEARCHES: Final = 64
NULL_ITEMS: Final = 160
"""Items of one search that has nothing to find: 20 s."""

NULL_CANDIDATES: Final = 40
"""Alignments looked into per search: the best of them is rarely further down."""


@dataclass(frozen=True, slots=True, eq=False)
class CorpusView:
    """A corpus laid out for searching; the sequences run parallel, one entry per reference."""

    references: tuple[str, ...]
    tunings: tuple[float, ...]
    durations_s: tuple[float, ...]
    items: Laid
    peaks: Laid
    postings: ItemPostings
    landmarks: LandmarkPostings
    null: Null

    @classmethod
    def of(cls, references: Sequence[str], fingerprints: Sequence[Fingerprint], null: Null) -> Self:
        items = Laid.of(fingerprint.items for fingerprint in fingerprints)
        peaks = Laid.of(fingerprint.peaks for fingerprint in fingerprints)
        return cls(
            references=tuple(references),
            tunings=tuple(fingerprint.tuning for fingerprint in fingerprints),
            durations_s=tuple(fingerprint.duration_s for fingerprint in fingerprints),
            items=items,
            peaks=peaks,
            postings=ItemPostings(items.values),
            landmarks=LandmarkPostings(peaks),
            null=null,
        )


def calibrate(view: CorpusView) -> Null:
    """Measure the null: the corpus's own recordings backwards, searched among all the others."""
    numbers = [n for n in range(len(view.items)) if len(view.items.part(n)) >= NULL_ITEMS]
    step = max(1, len(numbers) // NULL_SEARCHES)
    maxima = [
        _best_by_chance(view, view.items.part(n)[:NULL_ITEMS][::-1], n) for n in numbers[::step]
    ]
    return fit(np.array(maxima), NULL_ITEMS, len(view.items.values))


def _best_by_chance(view: CorpusView, backwards: NDArray[np.uint32], own: int) -> float:
    candidates = find_candidates([backwards], view.items, view.postings)
    best = 0.0
    for number in np.flatnonzero(candidates.reference != own)[:NULL_CANDIDATES]:
        reference = int(candidates.reference[number])
        start = candidates.place[number] - candidates.start[number]
        errors = contrasted_errors(
            backwards, view.items.part(reference), int(start - view.items.starts[reference])
        )
        best = max(best, best_segment(errors).evidence)
    return best
