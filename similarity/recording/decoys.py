"""What chance achieves for one input: itself backwards, searched in the same way.

Backwards an input is as simple or as rich as forwards, as dense and as rhythmical, and matches
nothing: a decoy (Elias and Gygi, "Target-decoy search strategy", Nature Methods 2007).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from similarity.recording.aligned import HYPOTHESES, promising, sorted_by_peaks
from similarity.recording.chance import Chance, chance_of
from similarity.recording.fingerprint import SECONDS_PER_ITEM
from similarity.recording.glimpse import Alignments, Glimpse
from similarity.recording.landmark_null import MASKED_NULL
from similarity.recording.placing import seen_place
from similarity.recording.refine import refine
from similarity.recording.variants import variant_items

if TYPE_CHECKING:
    from similarity.recording.chroma import Pitchgram
    from similarity.recording.constellation import Sky
    from similarity.recording.view import CorpusView

DECOYS: Final = 4
"""References looked into for the input backwards."""

DECOY_SHARE: Final = 5
"""One in so many hypotheses is tried on the input backwards: enough to see what chance does. Five
shares no factor with 24, so that all pitches are among them."""

_TRIED: Final = HYPOTHESES[::DECOY_SHARE]


@dataclass(frozen=True, slots=True)
class Chances:
    """What chance makes of an input's items, and of its peaks where items say."""

    items: Chance
    peaks: Chance


def chances_for(view: CorpusView, sky: Sky, grid: Pitchgram) -> Chances:
    """Chance's share in a search of this input in this corpus."""
    backwards = grid.backwards()
    candidates = view.candidates(variant_items(backwards, _TRIED, margins=True))
    items = [
        refine(backwards, view.items(reference), coarse).segment.evidence
        for reference, coarse in islice(promising(candidates, _TRIED), DECOYS)
    ]
    input_s = len(grid) / grid.frames_per_item * SECONDS_PER_ITEM
    mirror = sky.backwards()
    glimpse = Glimpse(mirror)
    sighted = sorted_by_peaks(view, candidates, _TRIED, glimpse)
    peaks = []
    for reference, coarse in islice(promising(sighted, _TRIED), DECOYS):
        own = view.peaks(reference)
        _, about = glimpse.placement(own, Alignments.of([coarse], view.tuning(reference)))
        _, likeness = seen_place(mirror, own, about, coarse.query_item * SECONDS_PER_ITEM)
        peaks.append(likeness.evidence)
    by_items = chance_of(items, view.null, len(grid) / grid.frames_per_item, view.item_count)
    by_peaks = MASKED_NULL.chance_at_alignments(sorted(peaks, reverse=True), input_s)
    return Chances(by_items.of_searches(DECOY_SHARE), by_peaks)
