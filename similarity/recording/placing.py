"""Where an alignment lies exactly, in plain terms: offset, speed and pitch as peaks show them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from similarity.recording.constellation import FAR_SPEEDS, MASKED, Likeness, Placement, Sky
from similarity.recording.fingerprint import SECONDS_PER_ITEM

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from similarity.recording.refine import Refined
    from similarity.recording.view import CorpusView

SAME_PITCH: Final = 0.35
"""Semitones within which a pitch is taken for the plain one: twice the error of our estimate."""

SAME_SPEED: Final = 0.0035
"""Likewise for speed."""

PLAIN_BONUS: Final = 4.0
"""Nats: a recording as it is, or run at another speed, is likelier than one in another octave."""


def seen_place(
    sky: Sky, peaks: NDArray[np.uint32], about: Placement, pivot_s: float
) -> tuple[Placement, Likeness]:
    """The placement that a glimpse saw, settled.

    Args:
        sky, peaks: of the input, and packed those of the reference.
        about: where they were seen.
        pivot_s: time in the input at which that is surest.
    """
    far = sky.settle(peaks, about, pivot_s, FAR_SPEEDS)
    plain = replace(far, semitones=_plain_pitch(far.semitones, far.speed))
    place = _plain_speed(sky.settle(peaks, plain, pivot_s), pivot_s)
    return place, sky.likeness(peaks, place, MASKED)


def placed(
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
