"""What the recording lane finds under each disguise, and what it must not find."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from similarity.match import Band, Match, verdict_of
from similarity.recording.fingerprint import fingerprint
from similarity.recording.index import RecordingIndex
from tests.similarity.synthesis import RATE, mixed, resampled, tune

REFERENCES = range(12)
UNKNOWN = range(100, 112)
SECONDS = 45


@pytest.fixture(scope="module")
def index() -> RecordingIndex:
    index = RecordingIndex()
    for seed in REFERENCES:
        index.add(f"tune-{seed}", fingerprint(tune(seed, SECONDS), RATE))
    index.build()
    return index


def excerpt(seed: int, start_s: float, seconds: float) -> NDArray[np.int16]:
    return tune(seed, SECONDS)[int(start_s * RATE) : int((start_s + seconds) * RATE)]


def best(index: RecordingIndex, samples: NDArray[np.int16]) -> Match:
    return index.search(samples, top=3)[0]


def narrow(samples: NDArray[np.int16]) -> NDArray[np.int16]:
    """Nothing above 2 kHz."""
    spectrum = np.fft.rfft(samples)
    spectrum[int(2000 / RATE * len(samples)) :] = 0
    return np.fft.irfft(spectrum, len(samples)).astype(np.int16)


def noisy(samples: NDArray[np.int16]) -> NDArray[np.int16]:
    """White noise as loud as the music."""
    noise = np.random.default_rng(9).standard_normal(len(samples)) * 10_000
    return mixed(samples, noise.astype(np.int16), 0)


def echoed(samples: NDArray[np.int16]) -> NDArray[np.int16]:
    """Half a second later again."""
    late = np.concatenate((np.zeros(RATE // 2), samples[: -RATE // 2] * 0.5))
    return ((samples + late) * 0.6).astype(np.int16)


DISGUISES: dict[str, Callable[[NDArray[np.int16]], NDArray[np.int16]]] = {
    "as it is": lambda samples: samples,
    "half as loud": lambda samples: samples // 2,
    "up to 2 kHz": narrow,
    "under noise": noisy,
    "with an echo": echoed,
    "under other music": lambda samples: mixed(samples, tune(500, 30), 0),
    "under louder music": lambda samples: mixed(samples, tune(501, 30), -3),
}


@pytest.mark.parametrize("name", DISGUISES)
@pytest.mark.parametrize("seed", [1, 4, 8])
def test_finds_a_disguised_excerpt_and_its_place(
    index: RecordingIndex, name: str, seed: int
) -> None:
    match = best(index, DISGUISES[name](excerpt(seed, 12.3, 20)))
    assert (match.reference, match.band) == (f"tune-{seed}", Band.BLOCK)
    offset = match.reference_span.start_s - match.query_span.start_s
    assert offset == pytest.approx(12.3, abs=0.5)
    assert match.speed == pytest.approx(1.0, abs=0.01)
    assert match.pitch_semitones == pytest.approx(0.0, abs=0.3)


@pytest.mark.parametrize("speed", [0.75, 0.9, 1.06, 1.25])
def test_finds_another_speed_and_says_which(index: RecordingIndex, speed: float) -> None:
    match = best(index, resampled(excerpt(3, 8, 25), speed))
    assert (match.reference, match.band) == ("tune-3", Band.BLOCK)
    assert match.speed == pytest.approx(speed, rel=0.01)
    assert match.pitch_semitones == pytest.approx(12 * np.log2(speed), abs=0.3)
    start = match.reference_span.start_s - match.query_span.start_s * match.speed
    assert start == pytest.approx(8, abs=0.5)


@pytest.mark.parametrize("seconds", [3, 5, 10])
def test_finds_short_excerpts(index: RecordingIndex, seconds: int) -> None:
    for seed in (2, 5, 7):
        assert best(index, excerpt(seed, 20.7, seconds)).reference == f"tune-{seed}"


def test_finds_several_sources_in_one_upload(index: RecordingIndex) -> None:
    upload = np.concatenate(
        (tune(200, 60), excerpt(6, 10, 15), tune(201, 40), resampled(excerpt(9, 5, 20), 1.1))
    )
    found = {match.reference: match for match in index.search(upload, top=5)}
    assert found["tune-6"].band is Band.BLOCK
    assert found["tune-9"].band is Band.BLOCK
    assert found["tune-6"].query_span.start_s == pytest.approx(60, abs=1.5)
    assert found["tune-6"].query_span.end_s == pytest.approx(75, abs=1.5)
    assert found["tune-9"].speed == pytest.approx(1.1, rel=0.01)


def test_a_long_upload_is_searched_to_its_end(index: RecordingIndex) -> None:
    # Longer than one stretch, the excerpt across the seam and then in the last one.
    filler = [tune(seed, 75) for seed in range(300, 308)]
    upload = np.concatenate(filler)
    for seed, at_s in ((1, 285), (2, 560)):
        part = excerpt(seed, 10, 20)
        upload[at_s * RATE : at_s * RATE + len(part)] = part
    found = {match.reference: match for match in index.search(upload, top=3)}
    assert found["tune-1"].query_span.start_s == pytest.approx(285, abs=1.5)
    assert found["tune-2"].query_span.start_s == pytest.approx(560, abs=1.5)


@pytest.mark.parametrize(("seconds", "speed"), [(5, 1.0), (8, 1.1)])
def test_a_jingle_is_found_in_a_minute(seconds: int, speed: float) -> None:
    index = RecordingIndex()
    for seed in range(6):
        index.add(f"jingle-{seed}", fingerprint(tune(seed, seconds), RATE))
    index.build()
    jingle = resampled(tune(2, seconds), speed)
    match = best(index, np.concatenate((tune(400, 30), jingle, tune(401, 30))))
    assert match.reference == "jingle-2"
    assert match.band is not Band.NONE
    assert match.query_span.start_s == pytest.approx(30, abs=1.0)


@pytest.mark.parametrize("samples", [0, 1, 2047, 8191, 15_000])
def test_next_to_nothing_is_clear(index: RecordingIndex, samples: int) -> None:
    assert verdict_of(index.search(excerpt(1, 5, 5)[:samples], top=5)) == "clear"


def test_unknown_music_is_clear(index: RecordingIndex) -> None:
    for seed in UNKNOWN:
        assert verdict_of(index.search(tune(seed, 20), top=5)) == "clear"


def steady_sounds() -> dict[str, NDArray[np.int16]]:
    rng = np.random.default_rng(4)
    time = np.arange(20 * RATE) / RATE
    drone = sum(np.sin(2 * np.pi * 55 * n * time) / n for n in range(1, 9))
    sounds = {
        "silence": np.zeros(len(time)),
        "near silence": rng.standard_normal(len(time)) * 1e-4,
        "white noise": rng.standard_normal(len(time)) * 0.2,
        "brown noise": np.cumsum(rng.standard_normal(len(time))) * 0.002,
        "tone": np.sin(2 * np.pi * 440 * time) * 0.5,
        "drone": np.asarray(drone) * 0.2,
        "sweep": np.sin(2 * np.pi * (100 * time + 50 * time**2)) * 0.5,
        "clicks": (np.arange(len(time)) % (RATE // 2) == 0) * 0.8,
    }
    return {name: (np.clip(wave, -1, 1) * 20_000).astype(np.int16) for name, wave in sounds.items()}


@pytest.mark.parametrize("name", steady_sounds())
def test_steady_sounds_are_clear(index: RecordingIndex, name: str) -> None:
    assert verdict_of(index.search(steady_sounds()[name], top=5)) == "clear"


def test_steady_references_attract_nothing() -> None:
    index = RecordingIndex()
    for name, samples in steady_sounds().items():
        index.add(name, fingerprint(samples, RATE))
    index.build()
    rng = np.random.default_rng(77)
    time = np.arange(20 * RATE) / RATE
    for wave in (
        rng.standard_normal(len(time)) * 0.2,
        np.sin(2 * np.pi * 311 * time) * 0.5,
        np.cumsum(rng.standard_normal(len(time))) * 0.002,
        np.zeros(len(time)),
    ):
        matches = index.search((np.clip(wave, -1, 1) * 20_000).astype(np.int16), top=5)
        assert verdict_of(matches) == "clear"


def clatter(
    seed: int, seconds: float, *, pitch: float = 1.0, speed: float = 1.0
) -> NDArray[np.int16]:
    """Struck metal: partials anywhere, struck at any time, and so no pitch classes and no beat."""
    dice = np.random.default_rng(seed)
    out = np.zeros(int((seconds / speed + 1) * RATE))
    time = np.arange(int(0.4 * RATE)) / RATE
    for at in np.sort(dice.uniform(0, seconds, int(6 * seconds))):
        partials = dice.uniform(150, 2400, 3) * pitch
        sound = np.sin(2 * np.pi * partials[:, None] * time).sum(axis=0) * np.exp(-12 * time)
        begin = int(at / speed * RATE)
        out[begin : begin + len(time)] += sound[: len(out) - begin]
    loud: NDArray[np.int16] = (out / np.abs(out).max() * 20_000).astype(np.int16)
    return loud


@pytest.mark.parametrize(
    ("semitones", "speed"), [(3.3, 1.0), (-4.7, 1.0), (0.0, 1.23), (2.6, 0.88)]
)
def test_finds_what_has_no_pitch_classes_when_it_was_moved(semitones: float, speed: float) -> None:
    index = RecordingIndex()
    for seed in range(8):
        index.add(f"clatter-{seed}", fingerprint(clatter(seed, 60), RATE))
    index.build()
    sound = clatter(5, 60, pitch=2 ** (semitones / 12), speed=speed)
    match = best(index, sound[int(20 * RATE) : int(40 * RATE)])
    assert (match.reference, match.band) == ("clatter-5", Band.BLOCK)
    assert match.speed == pytest.approx(speed, rel=0.01)
    assert match.pitch_semitones == pytest.approx(semitones, abs=0.3)
    at = match.query_span.start_s
    assert match.reference_span.start_s == pytest.approx((20 + at) * speed, abs=0.5)
