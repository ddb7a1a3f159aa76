"""The opened-up front end against libchromaprint, and what tuning buys."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from similarity.errors import MediaTooShort
from similarity.recording.chroma import pitchgram
from similarity.recording.fingerprint import chromaprint_items, fingerprint
from similarity.recording.keys import SILENT_ITEM, signs_of
from similarity.recording.variants import Variant, variant_items
from tests.similarity.synthesis import RATE, resampled, tune


def bit_error(one: NDArray[np.uint32], two: NDArray[np.uint32]) -> float:
    size = min(len(one), len(two))
    return float(np.bitwise_count(one[:size] ^ two[:size]).mean()) / 32


@pytest.mark.parametrize("seed", range(4))
def test_makes_the_librarys_own_items(seed: int) -> None:
    samples = tune(seed, 20)
    theirs = chromaprint_items(samples, RATE)
    ours = variant_items(pitchgram(samples), [Variant(0.0, 1.0)]).items
    assert len(ours) == len(theirs)
    # Ties at the thresholds round differently in the last bit of a float.
    assert bit_error(ours, theirs) < 0.002


@pytest.mark.parametrize("speed", [0.8, 0.97, 1.03, 1.25])
def test_undoes_a_change_of_speed(speed: float) -> None:
    samples = tune(5, 30)
    reference = fingerprint(samples, RATE)
    semitones = 12 * float(np.log2(speed))
    changed = pitchgram(resampled(samples, speed))
    tried = variant_items(
        changed, [Variant(semitones + reference.tuning, speed), Variant(reference.tuning, 1.0)]
    )
    assert bit_error(tried.part(0), reference.items) < 0.12
    assert bit_error(tried.part(1), reference.items) > 0.3


def test_a_quarter_tone_off_still_reads_the_same_classes() -> None:
    samples = tune(6, 30)
    reference = fingerprint(samples, RATE)
    off = [Variant(reference.tuning + shift, 1.0) for shift in (-0.25, 0.25)]
    tried = variant_items(pitchgram(samples), off)
    for number in range(len(off)):
        assert bit_error(tried.part(number), reference.items) < 0.12


def test_digital_silence_is_one_known_item() -> None:
    items = fingerprint(np.zeros(RATE * 10, dtype=np.int16), RATE).items
    assert set(items.tolist()) == {int(SILENT_ITEM)}


def test_refuses_less_than_a_second_and_other_rates() -> None:
    with pytest.raises(MediaTooShort):
        fingerprint(tune(1, 2.0)[:10_000], RATE)
    with pytest.raises(ValueError, match="22050"):
        fingerprint(tune(1, 5), 44_100)


def test_signs_are_every_second_bit() -> None:
    rng = np.random.default_rng(1)
    for item in rng.integers(0, 2**32, 200, dtype=np.uint32):
        signs = sum(((int(item) >> (2 * bit + 1)) & 1) << bit for bit in range(16))
        assert signs_of(item) == signs
