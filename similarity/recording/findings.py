"""What each lane found at one alignment, in seconds and with its weight."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Self

from similarity.match import Span
from similarity.recording.constellation import Placement
from similarity.recording.curve import error_curve
from similarity.recording.fingerprint import ITEM_SPAN_S, SECONDS_PER_ITEM
from similarity.recording.glimpse import Alignments
from similarity.recording.landmark_null import agreement_log10
from similarity.recording.placing import placed, seen_place
from similarity.recording.refine import fitted
from similarity.recording.variants import Variant

if TYPE_CHECKING:
    from similarity.recording.chroma import Pitchgram
    from similarity.recording.constellation import Likeness, Sky
    from similarity.recording.decoys import Chances
    from similarity.recording.glimpse import Glimpse
    from similarity.recording.hidden import Hidden
    from similarity.recording.refine import Refined
    from similarity.recording.segments import Segment
    from similarity.recording.view import CorpusView

EARLY_S: Final = 0.7
LATE_S: Final = 1.7
"""By how much a run of items overstates a passage inside an input (measured, medians)."""

EDGE_S: Final = 0.5
"""A run that ends this close to the end of the input ends with it."""

UNSEEN: Final = 9.0
"""Agreement of peaks below which nothing is seen at an alignment of items: of 210 true alignments
one showed less, of those that unknown music reached with an E-value up to .01 most did."""

UNSEEN_DOUBT: Final = 2.0
"""log10: how much rarer that is among true alignments."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One reference found at one place, by either lane."""

    reference: int
    placement: Placement
    query_span: Span
    reference_span: Span
    log10_evalue: float
    bit_error: float
    items: int
    landmarks: int
    error_curve: tuple[float, ...] = ()

    def later(self, seconds: float) -> Self:
        """The same in an input whose first ``seconds`` had been left out."""
        span = Span(self.query_span.start_s + seconds, self.query_span.end_s + seconds)
        return replace(self, query_span=span)


def hidden_finding(hidden: Hidden, input_s: float) -> Finding:
    """What peaks say about the input as it is."""
    likeness, offset_s = hidden.likeness, hidden.offset_s
    return Finding(
        reference=hidden.reference,
        placement=Placement(1.0, 0.0, offset_s),
        query_span=Span(
            max(0.0, likeness.start_s - offset_s), min(input_s, likeness.stop_s - offset_s)
        ),
        reference_span=Span(likeness.start_s, likeness.stop_s),
        # Two lanes look, so each may err half as often.
        log10_evalue=hidden.log10_evalue + math.log10(2),
        bit_error=0.5,
        items=0,
        landmarks=likeness.hits,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """An input as both lanes hear it, its length, and what chance makes of it."""

    sky: Sky
    glimpse: Glimpse
    grid: Pitchgram
    seconds: float
    chances: Chances


def item_finding(view: CorpusView, heard: Heard, reference: int, refined: Refined) -> Finding:
    """What Chromaprint items say about a refined alignment, with the peaks' word on it."""
    segment = refined.segment
    place, likeness = placed(view, heard.sky, reference, refined)
    query = _heard(segment, place.speed, heard.seconds)
    middle_s = (query.start_s + query.end_s) / 2
    agreement, _ = heard.glimpse.placement(
        view.peaks(reference), Alignments.around(place, middle_s)
    )
    return Finding(
        reference=reference,
        placement=place,
        query_span=query,
        reference_span=Span(
            max(0.0, query.start_s * place.speed + place.offset_s),
            min(view.duration_s(reference), query.end_s * place.speed + place.offset_s),
        ),
        log10_evalue=_log10_evalue(heard, refined, likeness)
        + (UNSEEN_DOUBT if agreement < UNSEEN else 0.0),
        bit_error=refined.bit_error,
        items=segment.stop - segment.start,
        landmarks=likeness.hits,
        error_curve=error_curve(refined.errors),
    )


def moved_finding(
    view: CorpusView, heard: Heard, reference: int, about: Placement, pivot_s: float
) -> Finding:
    """What peaks say about an input that was moved, with the items' word on it.

    Args:
        view: the corpus.
        heard: the input.
        reference: number of the reference.
        about: where its peaks were seen.
        pivot_s: time in the input at which that is surest.
    """
    place, likeness = seen_place(heard.sky, view.peaks(reference), about, pivot_s)
    pitch_class = (place.semitones + view.tuning(reference) + 6) % 12 - 6
    fit = fitted(
        heard.grid,
        view.items(reference),
        Variant(pitch_class, place.speed),
        round(place.offset_s / SECONDS_PER_ITEM),
    )
    return Finding(
        reference=reference,
        placement=place,
        query_span=Span(
            max(0.0, (likeness.start_s - place.offset_s) / place.speed),
            min(heard.seconds, (likeness.stop_s - place.offset_s) / place.speed),
        ),
        reference_span=Span(likeness.start_s, likeness.stop_s),
        log10_evalue=_log10_evalue(heard, fit, likeness),
        bit_error=fit.bit_error,
        items=fit.segment.stop - fit.segment.start,
        landmarks=likeness.hits,
        error_curve=error_curve(fit.errors),
    )


def _log10_evalue(heard: Heard, fit: Refined, likeness: Likeness) -> float:
    """Of items and peaks together; two lanes look, so each may err half as often."""
    return (
        heard.chances.items.log10_evalue(fit.segment.evidence)
        + agreement_log10(likeness.evidence, heard.chances.peaks)
        + math.log10(2)
    )


def _heard(segment: Segment, speed: float, input_s: float) -> Span:
    """The stretch of input behind a run of items.

    An item still agrees when part of its window lies beyond the common passage, so that inside an
    input a run begins too early and ends too late.
    """
    start_s = segment.start * SECONDS_PER_ITEM
    stop_s = (segment.stop - 1) * SECONDS_PER_ITEM + ITEM_SPAN_S
    if segment.start > 0:
        start_s += EARLY_S
    if stop_s / speed < input_s - EDGE_S:
        stop_s -= LATE_S
    return Span(min(start_s, stop_s) / speed, min(input_s, stop_s / speed))
