"""The item lane: what an input's items align with, at any pitch and tempo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from similarity.recording.glimpse import CLOSE, QUICK, Alignments, Glimpse
from similarity.recording.hypotheses import hypotheses
from similarity.recording.refine import Alignment
from similarity.recording.voting import WINDOW

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from similarity.recording.candidates import Candidates
    from similarity.recording.variants import Variant
    from similarity.recording.view import CorpusView

HYPOTHESES: Final = tuple(hypotheses())

LOOKS: Final = ((QUICK, 1000), (CLOSE, 300))
"""How closely the peaks of how many of the best candidates are looked at."""

ITEMS_WEIGHT: Final = 2.0
"""What items say of a candidate, against what peaks say."""


def promising(candidates: Candidates, tried: Sequence[Variant]) -> Iterator[tuple[int, Alignment]]:
    """The first alignment with each candidate reference, and its number, in their order."""
    for number in first_per_reference(candidates.reference):
        yield int(candidates.reference[number]), _coarse(candidates, number, tried)


def _coarse(candidates: Candidates, number: np.intp, tried: Sequence[Variant]) -> Alignment:
    """A candidate, turning on the middle of its window."""
    variant = tried[int(candidates.variant[number])]
    return Alignment(
        variant=variant,
        query_item=(int(candidates.start[number]) + WINDOW // 2) / variant.speed,
        reference_item=float(candidates.item[number] + WINDOW // 2),
    )


def sorted_by_peaks(
    view: CorpusView,
    candidates: Candidates,
    tried: Sequence[Variant],
    glimpse: Glimpse,
) -> Candidates:
    """The best candidates in the order of what items and peaks say together."""
    for look, count in LOOKS:
        candidates = candidates.first(count)
        agreement = np.zeros(len(candidates.worth))
        for reference in np.unique(candidates.reference):
            own = np.flatnonzero(candidates.reference == reference)
            coarse = [_coarse(candidates, row, tried) for row in own]
            agreement[own] = glimpse.agreement(
                view.peaks(int(reference)),
                Alignments.of(coarse, view.tuning(int(reference))),
                look,
            )
        candidates = candidates.sorted_by(agreement + ITEMS_WEIGHT * candidates.worth)
    return candidates


def first_per_reference(references: NDArray[np.int64]) -> NDArray[np.intp]:
    """Where, in a list sorted best first, each reference comes first."""
    _, first = np.unique(references, return_index=True)
    return np.sort(first)
