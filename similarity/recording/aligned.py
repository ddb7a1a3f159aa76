"""The item lane: what an input's items align with, at any pitch and tempo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from similarity.recording.chance import Chance, chance_of
from similarity.recording.hypotheses import hypotheses
from similarity.recording.refine import Alignment, refine
from similarity.recording.variants import variant_items
from similarity.recording.voting import WINDOW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from similarity.recording.chroma import Pitchgram
    from similarity.recording.refine import Refined
    from similarity.recording.view import CorpusView

REFINED: Final = 8
"""References per stretch and lane whose speed, pitch and place are worked out."""

DECOYS: Final = 4
"""References looked into for the input backwards."""

HYPOTHESES: Final = tuple(hypotheses())


def best_alignments(
    view: CorpusView, grid: Pitchgram, count: int = REFINED
) -> Iterator[tuple[int, Refined]]:
    """The best alignment with each of the ``count`` most promising references."""
    candidates = view.candidates(variant_items(grid, HYPOTHESES, margins=True))
    for number in best_per_reference(candidates.reference, count):
        variant = HYPOTHESES[int(candidates.variant[number])]
        coarse = Alignment(
            variant=variant,
            query_item=(int(candidates.start[number]) + WINDOW // 2) / variant.speed,
            reference_item=float(candidates.item[number] + WINDOW // 2),
        )
        reference = int(candidates.reference[number])
        yield reference, refine(grid, view.items(reference), coarse)


def chance_for(view: CorpusView, grid: Pitchgram) -> Chance:
    """What chance achieves for this input: itself backwards, searched in the same way.

    Backwards it is as simple or as rich as forwards, and matches nothing: a decoy (Elias and Gygi,
    "Target-decoy search strategy", Nature Methods 2007).
    """
    decoys = [
        refined.segment.evidence for _, refined in best_alignments(view, grid.backwards(), DECOYS)
    ]
    return chance_of(decoys, view.null, len(grid) / grid.frames_per_item, view.item_count)


def best_per_reference(references: NDArray[np.int64], count: int) -> NDArray[np.intp]:
    """Where, in a list sorted best first, each of the ``count`` best references comes first."""
    _, first = np.unique(references, return_index=True)
    return np.sort(first)[:count]
