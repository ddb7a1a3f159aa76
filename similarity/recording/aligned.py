"""The item lane: what an input's items align with, at any pitch and tempo."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

import numpy as np

from similarity.recording.chance import Chance, chance_of
from similarity.recording.hypotheses import hypotheses
from similarity.recording.refine import Alignment, refine
from similarity.recording.variants import variant_items
from similarity.recording.voting import WINDOW

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from similarity.recording.chroma import Pitchgram
    from similarity.recording.refine import Refined
    from similarity.recording.variants import Variant
    from similarity.recording.view import CorpusView

DECOYS: Final = 4
"""References looked into for the input backwards."""

HYPOTHESES: Final = tuple(hypotheses())

DECOY_SHARE: Final = 5
"""One in so many hypotheses is tried on the input backwards: enough to see what chance does. Five
shares no factor with 24, so that all pitches are among them."""


def best_alignments(
    view: CorpusView, grid: Pitchgram, tried: Sequence[Variant] = HYPOTHESES
) -> Iterator[tuple[int, Refined]]:
    """The best alignment with each candidate reference, the most promising first.

    Each is worked out as it is asked for, which is what costs.
    """
    candidates = view.candidates(variant_items(grid, tried, margins=True))
    for number in first_per_reference(candidates.reference):
        variant = tried[int(candidates.variant[number])]
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
    some = best_alignments(view, grid.backwards(), HYPOTHESES[::DECOY_SHARE])
    decoys = [refined.segment.evidence for _, refined in islice(some, DECOYS)]
    chance = chance_of(decoys, view.null, len(grid) / grid.frames_per_item, view.item_count)
    return chance.of_searches(DECOY_SHARE)


def first_per_reference(references: NDArray[np.int64]) -> NDArray[np.intp]:
    """Where, in a list sorted best first, each reference comes first."""
    _, first = np.unique(references, return_index=True)
    return np.sort(first)
