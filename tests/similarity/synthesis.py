"""Small pieces of music made from numbers, for tests that need real audio without any file."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 22_050
_SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 4, 7, 9))


def tune(seed: int, seconds: float) -> NDArray[np.int16]:
    """A melody over broken chords and a beat; every seed another piece, another sound."""
    rng = np.random.default_rng(seed)
    scale, root = _SCALES[seed % 3], int(rng.integers(50, 62))
    beat_s = float(rng.uniform(0.3, 0.55))
    voices = np.zeros(int((seconds + 3) * RATE))
    harmonics = rng.uniform(0.1, 1.0, 6) / np.arange(1, 7)
    step = int(rng.integers(0, 7))
    for number in range(int(seconds / beat_s)):
        at = number * beat_s
        step = int(np.clip(step + rng.integers(-3, 4), -4, 12))
        _note(
            voices,
            at,
            root + _pitch(scale, step),
            beat_s * float(rng.choice([0.5, 1, 2])),
            harmonics,
        )
        if number % 4 == 0:
            chord = int(rng.integers(0, 7))
        for part in range(2):
            pitch = root - 12 + _pitch(scale, chord + 2 * int(rng.integers(0, 3)))
            _note(voices, at + part * beat_s / 2, pitch, beat_s, harmonics[::-1] * 0.5)
        _drum(voices, at, rng, loud=0.6 if number % 2 == 0 else 0.3)
    voices = voices[: int(seconds * RATE)]
    return _loud(voices)


def _pitch(scale: tuple[int, ...], step: int) -> int:
    octave, degree = divmod(step, len(scale))
    return 12 * octave + scale[degree]


def _note(
    out: NDArray[np.float64], at: float, pitch: int, seconds: float, harmonics: NDArray[np.float64]
) -> None:
    begin = int(at * RATE)
    time = np.arange(int(seconds * 1.5 * RATE)) / RATE
    hz = 440 * 2 ** ((pitch - 69) / 12)
    waves = sum(
        level * np.sin(2 * np.pi * hz * (number + 1) * time)
        for number, level in enumerate(harmonics)
        if hz * (number + 1) < RATE / 2
    )
    sound = waves * np.exp(-3 * time / seconds) * np.minimum(1, time * 200)
    part = out[begin : begin + len(time)]
    part += sound[: len(part)]


def _drum(out: NDArray[np.float64], at: float, rng: np.random.Generator, loud: float) -> None:
    begin = int(at * RATE)
    sound = loud * rng.standard_normal(2000) * np.exp(-np.arange(2000) / 300)
    part = out[begin : begin + 2000]
    part += sound[: len(part)]


def write_wav(path: Path, samples: NDArray[np.int16], rate: int = RATE) -> Path:
    """A mono WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())
    return path


def resampled(samples: NDArray[np.int16], speed: float) -> NDArray[np.int16]:
    """Played ``speed`` times faster, pitch and all."""
    at = np.arange(0, len(samples) - 1, speed)
    faster: NDArray[np.int16] = np.interp(at, np.arange(len(samples)), samples).astype(np.int16)
    return faster


def mixed(
    samples: NDArray[np.int16], other: NDArray[np.int16], decibels: float
) -> NDArray[np.int16]:
    """``samples`` under ``other``, which is ``-decibels`` louder."""
    one, two = samples.astype(float), other[: len(samples)].astype(float)
    two *= np.sqrt(np.mean(one**2) / np.mean(two**2)) * 10 ** (-decibels / 20)
    return _loud(one + two)


def _loud(wave_form: NDArray[np.float64]) -> NDArray[np.int16]:
    loud: NDArray[np.int16] = (wave_form / np.abs(wave_form).max() * 20_000).astype(np.int16)
    return loud
