"""What peaks tell at a glance: where an alignment is about right, and how it lies exactly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from similarity.recording.constellation import NEAR_SPEEDS, Placement, Sky
from similarity.recording.glimpse import CLOSE, QUICK, Alignments, Glimpse
from similarity.recording.peaks import SECONDS_PER_FRAME, unpack

REFERENCE_S = 90.0
INPUT_S = 20.0


def packed(frames: NDArray[np.float64], bins: NDArray[np.float64]) -> NDArray[np.uint32]:
    rows, columns = np.rint(frames).astype(np.uint32), np.rint(bins).astype(np.uint32)
    return np.unique(rows << np.uint32(12) | columns)


def constellation(seed: int) -> NDArray[np.uint32]:
    """Peaks anywhere, eighteen a second: no pitch classes, no beat."""
    dice = np.random.default_rng(seed)
    count = int(REFERENCE_S * 18)
    return packed(
        dice.uniform(0, REFERENCE_S / SECONDS_PER_FRAME, count), dice.uniform(20, 220, count)
    )


def moved(reference: NDArray[np.uint32], place: Placement, seed: int) -> Sky:
    """An input of ``INPUT_S`` that shows six in ten of the peaks there, and as many others."""
    dice = np.random.default_rng(seed)
    frames, bins = unpack(reference)
    at = (frames - place.offset_s / SECONDS_PER_FRAME) / place.speed
    kept = (at >= 0) & (at < INPUT_S / SECONDS_PER_FRAME) & (dice.random(len(at)) < 0.6)
    stray = int(kept.sum())
    return Sky(
        packed(
            np.concatenate((at[kept], dice.uniform(0, INPUT_S / SECONDS_PER_FRAME, stray))),
            np.concatenate(
                (bins[kept] * 2 ** (place.semitones / 12), dice.uniform(20, 470, stray))
            ),
        )
    )


def about(place: Placement, *, speed: float = 1.0, semitones: float = 0.0) -> Alignments:
    """The middle of the input, with an error as large as the plane's spacing leaves open."""
    heard = INPUT_S / 2 / SECONDS_PER_FRAME
    return Alignments(
        heard=np.array([heard]),
        meant=np.array([place.offset_s / SECONDS_PER_FRAME + heard * place.speed]),
        speed=np.array([place.speed * speed]),
        semitones=np.array([place.semitones + semitones]),
    )


places = st.builds(
    Placement,
    speed=st.floats(0.66, 1.5),
    semitones=st.floats(-9, 12),
    offset_s=st.floats(5, 50),
)
speed_errors = st.floats(0.96, 1.04)
pitch_errors = st.floats(-0.25, 0.25)


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    place=places,
    speed=speed_errors,
    semitones=pitch_errors,
    octave=st.sampled_from([-12, 0, 12]),
)
def test_a_true_alignment_stands_out_though_it_is_only_about_right(
    seed: int, place: Placement, speed: float, semitones: float, octave: int
) -> None:
    reference = constellation(seed)
    glimpse = Glimpse(moved(reference, place, seed + 1))
    true = about(place, speed=speed, semitones=semitones + octave)
    strange = constellation(seed + 2)
    for look in (QUICK, CLOSE):
        seen = glimpse.agreement(reference, true, look)[0]
        assert seen > 1.5 * glimpse.agreement(strange, true, look)[0]


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    place=places,
    speed=speed_errors,
    semitones=pitch_errors,
)
def test_it_says_where_exactly(seed: int, place: Placement, speed: float, semitones: float) -> None:
    reference = constellation(seed)
    glimpse = Glimpse(moved(reference, place, seed + 1))
    _, seen = glimpse.placement(reference, about(place, speed=speed, semitones=semitones))
    assert seen.speed == pytest.approx(place.speed, rel=0.025)
    assert seen.semitones == pytest.approx(place.semitones, abs=0.2)
    middle = INPUT_S / 2
    assert seen.offset_s + middle * seen.speed == pytest.approx(
        place.offset_s + middle * place.speed, abs=0.2
    )


def test_too_few_peaks_say_nothing() -> None:
    place = Placement(1.0, 0.0, 10.0)
    reference = constellation(1)
    glimpse = Glimpse(moved(reference, place, 2))
    assert glimpse.agreement(reference[:20], about(place), CLOSE)[0] == 0
    assert Glimpse(Sky(reference[:0])).agreement(reference, about(place), CLOSE)[0] == 0


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    place=places,
    speed=st.sampled_from(NEAR_SPEEDS),
    step=st.integers(-3, 3),
)
def test_settling_turns_a_placement_into_its_place(
    seed: int, place: Placement, speed: float, step: int
) -> None:
    reference = constellation(seed)
    sky = moved(reference, place, seed + 1)
    pivot_s = INPUT_S / 2
    settled = sky.settle(reference, place.turned(pivot_s, speed, step * SECONDS_PER_FRAME), pivot_s)
    assert settled.speed == pytest.approx(place.speed, rel=0.003)
    assert settled.offset_s + pivot_s * settled.speed == pytest.approx(
        place.offset_s + pivot_s * place.speed, abs=3 * SECONDS_PER_FRAME
    )
