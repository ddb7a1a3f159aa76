"""Sounds that are no music and must match nothing: noises, tones, drones, silence, speech.

Stationary sound is where fingerprints go wrong: all white noises have nearly the same Chromaprint
items. So some of these are put into the index as references, too.
"""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scripts.bench.draws import draw
from scripts.bench.sound import RATE, write

Samples = NDArray[np.float64]
Maker = Callable[[np.random.Generator, int], Samples]

_WORDS = (
    *("river", "window", "morning", "paper", "under", "seven", "children", "because"),
    *("mountain", "quiet", "answer", "yellow", "train", "garden", "never", "between"),
    *("kitchen", "letter", "winter", "people", "always", "bridge", "corner", "silver"),
)
_VOICES = ("en-us", "en-gb", "de", "fr", "es", "it", "nl", "pl")
_VOWELS = ((730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480))
"""Formants in Hz of a, i, u and e (Peterson and Barney, JASA 1952)."""


def make(kind: str, seed: int, seconds: float, target: Path) -> None:
    """Write one sound of a kind of ``KINDS`` as a file."""
    rng = np.random.default_rng([seed, *kind.encode()])
    if kind == "speech" and _speaker():
        _spoken(draw(f"{kind}/{seed}"), seconds, target)
        return
    sound = KINDS[kind](rng, int(seconds * RATE))
    peak = float(np.max(np.abs(sound), initial=1e-9))
    loud = 0.0003 if kind == "near silence" else float(rng.uniform(0.1, 0.9))
    write(np.round(sound / peak * loud * 32767).astype(np.int16), target)


def speech_by() -> str:
    """What speaks: a synthesiser that is installed, or formants of our own."""
    return _speaker() or "formant synthesis (espeak-ng is not installed)"


def _speaker() -> str | None:
    return "espeak-ng" if shutil.which("espeak-ng") else None


def _spoken(rng: random.Random, seconds: float, target: Path) -> None:
    """A seeded string of words by a seeded voice, cut to length."""
    text = " ".join(rng.choice(_WORDS) + rng.choice(("", "", "", ",", ".")) for _ in range(400))
    spoken = target.with_suffix(".spoken.wav")
    voice = ["-v", rng.choice(_VOICES), "-p", str(rng.randrange(20, 80))]
    speak = ["espeak-ng", *voice, "-s", str(rng.randrange(130, 200)), "-w", str(spoken), text]
    subprocess.run(speak, check=True, capture_output=True)
    begin = rng.uniform(0, 5)
    shaped = ["ffmpeg", "-nostdin", "-loglevel", "error", "-y", "-ss", str(begin)]
    subprocess.run(
        [*shaped, "-t", str(seconds), "-i", str(spoken), "-ar", str(RATE), str(target)], check=True
    )
    spoken.unlink()


def _coloured(exponent: float) -> Maker:
    """Noise whose power falls as frequency to the ``exponent``."""

    def sound(rng: np.random.Generator, count: int) -> Samples:
        spectrum = np.fft.rfft(rng.standard_normal(count))
        hz = np.fft.rfftfreq(count, 1 / RATE)
        return np.fft.irfft(spectrum * np.maximum(hz, 20.0) ** (-exponent / 2), count)

    return sound


def _band_noise(rng: np.random.Generator, count: int) -> Samples:
    spectrum = np.fft.rfft(rng.standard_normal(count))
    hz = np.fft.rfftfreq(count, 1 / RATE)
    low = float(rng.uniform(100, 2000))
    return np.fft.irfft(spectrum * ((hz > low) & (hz < low * rng.uniform(1.2, 4))), count)


def _waves(rng: np.random.Generator, count: int, pitches: list[float]) -> Samples:
    """Tones of one timbre at these MIDI pitches."""
    time = np.arange(count) / RATE
    levels = rng.uniform(0, 1, 8) / np.arange(1, 9) * (rng.random(8) < 0.7)
    levels[0] = 1.0
    sound = np.zeros(count)
    for pitch in pitches:
        hz = 440 * 2 ** ((pitch - 69) / 12)
        for number, loud in enumerate(levels, start=1):
            if loud and hz * number < RATE / 2:
                phase = rng.uniform(0, 2 * np.pi)
                sound += loud * np.sin(2 * np.pi * hz * number * time + phase)
    return sound


def _tone(rng: np.random.Generator, count: int) -> Samples:
    hz = 440 * 2 ** ((rng.uniform(36, 100) - 69) / 12)
    phase = 2 * np.pi * hz * np.arange(count) / RATE
    return np.sin(phase) if rng.random() < 0.5 else np.sign(np.sin(phase))


def _chord(rng: np.random.Generator, count: int) -> Samples:
    root = rng.uniform(40, 60)
    return _waves(rng, count, [root + step for step in rng.choice([0, 3, 4, 7, 10, 12, 16], 4)])


def _drone(rng: np.random.Generator, count: int) -> Samples:
    """Root and fifth, detuned, swelling slowly."""
    root, time = rng.uniform(28, 48), np.arange(count) / RATE
    sound = _waves(rng, count, [root, root + 0.05, root + 7, root + 12.03])
    return sound * (1 + 0.4 * np.sin(2 * np.pi * rng.uniform(0.05, 0.3) * time))


def _clicks(rng: np.random.Generator, count: int) -> Samples:
    """A metronome."""
    sound = np.zeros(count)
    click = np.sin(2 * np.pi * rng.uniform(800, 2500) * np.arange(1500) / RATE)
    click *= np.exp(-np.arange(1500) / 200)
    for start in range(0, count - 1500, int(RATE * 60 / rng.uniform(50, 180))):
        sound[start : start + 1500] += click
    return sound


def _keypad(rng: np.random.Generator, count: int) -> Samples:
    """Telephone dialling: two sines a key (ITU-T Q.23)."""
    sound, time = np.zeros(count), np.arange(int(0.15 * RATE)) / RATE
    for start in range(0, count - len(time), int(0.3 * RATE)):
        low, high = rng.choice([697, 770, 852, 941]), rng.choice([1209, 1336, 1477])
        sound[start : start + len(time)] = np.sin(2 * np.pi * low * time)
        sound[start : start + len(time)] += np.sin(2 * np.pi * high * time)
    return sound


def _hum(rng: np.random.Generator, count: int) -> Samples:
    """Mains, with its harmonics and some noise."""
    mains = 69 + 12 * np.log2(float(rng.choice([50, 60])) / 440)
    return _waves(rng, count, [mains]) + 0.05 * rng.standard_normal(count)


def _silence(_: np.random.Generator, count: int) -> Samples:
    return np.zeros(count)


def _babble(rng: np.random.Generator, count: int) -> Samples:
    """Speech-like: a voice's pulses through the formants of changing vowels, with pauses."""
    sound, place = np.zeros(count), 0
    while place < count:
        length = min(int(rng.uniform(0.08, 0.25) * RATE), count - place)
        time, hz = np.arange(length) / RATE, rng.uniform(90, 220)
        for number in range(1, int(4000 / hz)):
            peaks = _VOWELS[int(rng.integers(len(_VOWELS)))]
            loud = sum(1 / (1 + ((number * hz - peak) / 90) ** 2) for peak in peaks)
            sound[place : place + length] += loud * np.sin(2 * np.pi * number * hz * time)
        sound[place : place + length] *= np.hanning(max(length, 1))
        place += length + int(rng.uniform(0, 0.2) * RATE)
    return sound


KINDS: dict[str, Maker] = {
    "white noise": _coloured(0),
    "pink noise": _coloured(1),
    "brown noise": _coloured(2),
    "blue noise": _coloured(-1),
    "band noise": _band_noise,
    "tone": _tone,
    "chord": _chord,
    "drone": _drone,
    "mains hum": _hum,
    "clicks": _clicks,
    "telephone keys": _keypad,
    "digital silence": _silence,
    "near silence": _coloured(0),
    "speech": _babble,
}

REFERENCE_KINDS = ("white noise", "pink noise", "brown noise", "drone", "chord", "clicks", "speech")
"""Put into the index, with other seeds than any query's. No tones or silences: two of those can be
the same sound, and a match of the two would be right."""
