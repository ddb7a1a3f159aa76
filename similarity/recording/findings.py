"""What each lane found at one alignment, in seconds and with its weight."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Self

from similarity.match import Span
from similarity.recording.constellation import MASKED, Likeness, Placement, Sky
from similarity.recording.curve import error_curve
from similarity.recording.fingerprint import ITEM_SPAN_S, SECONDS_PER_ITEM
from similarity.recording.landmark_null import MASKED_NULL

if TYPE_CHECKING:
    from similarity.recording.chance import Chance
    from similarity.recording.hidden import Hidden
    from similarity.recording.refine import Refined
    from similarity.recording.segments import Segment
    from similarity.recording.view import CorpusView

SAME_PITCH: Final = 0.35
"""Semitones within which a pitch is taken for the plain one: twice the error of our estimate."""

SAME_SPEED: Final = 0.0035
"""Likewise for speed."""

EARLY_S: Final = 0.7
LATE_S: Final = 1.7
"""By how much a run of items overstates a passage inside an input (measured, medians)."""

EDGE_S: Final = 0.5
"""A run that ends this close to the end of the input ends with it."""

PLAIN_BONUS: Final = 4.0
"""Nats: a recording as it is, or run at another speed, is likelier than one in another octave."""


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


def item_finding(
    view: CorpusView,
    sky: Sky,
    reference: int,
    refined: Refined,
    *,
    input_s: float,
    chance: Chance,
) -> Finding:
    """What Chromaprint items say about a refined alignment, with the peaks' word on it."""
    segment = refined.segment
    place, likeness = _placed(view, sky, reference, refined)
    query = _heard(segment, place.speed, input_s)
    return Finding(
        reference=reference,
        placement=place,
        query_span=query,
        reference_span=Span(
            max(0.0, query.start_s * place.speed + place.offset_s),
            min(view.duration_s(reference), query.end_s * place.speed + place.offset_s),
        ),
        log10_evalue=chance.log10_evalue(segment.evidence)
        + MASKED_NULL.agreement_log10(likeness.evidence, input_s)
        + math.log10(2),
        bit_error=refined.bit_error,
        items=segment.stop - segment.start,
        landmarks=likeness.hits,
        error_curve=error_curve(refined.errors),
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


def _placed(
    view: CorpusView, sky: Sky, reference: int, refined: Refined
) -> tuple[Placement, Likeness]:
    """The alignment in plain terms: pitch classes leave the octave open, the peaks decide it."""
    speed = refined.variant.speed
    measured = refined.variant.semitones - view.tuning(reference)
    middle = (refined.segment.start + refined.segment.stop) / 2 * SECONDS_PER_ITEM
    pivot_s = middle / speed
    offset_s = refined.offset * SECONDS_PER_ITEM
    peaks = view.peaks(reference)
    seen = []
    for octave in (0.0, -12.0, 12.0):
        plain = Placement(speed, _plain_pitch(measured + octave, speed), offset_s)
        place = _plain_speed(sky.settle(peaks, plain, pivot_s), pivot_s)
        likeness = sky.likeness(peaks, place, MASKED)
        usual = PLAIN_BONUS if place.is_speed_change or place.semitones == 0 else 0.0
        seen.append((likeness.evidence + usual, -abs(place.semitones), place, likeness))
    _, _, place, likeness = max(seen, key=lambda answer: answer[:2])
    return place, likeness


def _plain_speed(place: Placement, pivot_s: float) -> Placement:
    """As it is, when the speed is within our error of that."""
    if abs(place.speed - 1) >= SAME_SPEED:
        return place
    turned = place.turned(pivot_s, 1 / place.speed, 0.0)
    return Placement(1.0, turned.semitones, turned.offset_s)


def _plain_pitch(semitones: float, speed: float) -> float:
    """The measured pitch, or the exact one when it is as played, or as played faster or slower."""
    for plain in (12 * math.log2(speed), 0.0):
        if abs(semitones - plain) < SAME_PITCH:
            return plain
    return semitones
