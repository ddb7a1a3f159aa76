"""The rows of the floors table: which distortion, how long, and what share must be found."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

from scripts.bench.distortions import (
    Distortion,
    carried,
    effects,
    gsm,
    noisy,
    offset_of_level,
    pitch,
    pitch_and_tempo,
    speed,
    tempo,
    under_music,
    with_cover,
)

Draw = Callable[[random.Random], Distortion]


@dataclass(frozen=True, slots=True)
class Row:
    """``draw`` gives the distortion of one query; ``seconds`` of source are distorted, 0: all."""

    group: str
    name: str
    draw: Draw
    seconds: float
    floor: float | None


EXCERPT_S = 20.0
PLAIN = effects("clean", "gain", 0)

CHANNELS: tuple[Distortion, ...] = (
    PLAIN,
    carried("MP3 32 kbit/s", ".mp3", "-c:a", "libmp3lame", "-b:a", "32k"),
    gsm(),
    effects("band 2 kHz", "band", 2000),
    effects("echo", "echo", 0.8, 0.9, 500, 0.3),
    effects("reverb", "reverb", 70),
    effects("chorus", "chorus", 0.7, 0.9, 55, 0.4, 0.25, 2, "-t"),
    noisy(0),
)
"""What recordings go through; effects as in the evaluation scripts of Panako and Olaf (J. Six)."""

CARRIERS: tuple[Distortion, ...] = (
    carried("WAV 8 kHz 8 bit mono", ".wav", "-ac", 1, "-ar", 8000, "-c:a", "pcm_u8"),
    carried("WAV 32 bit float", ".wav", "-c:a", "pcm_f32le"),
    carried("FLAC 192 kHz 24 bit", ".flac", "-ar", 192_000, "-sample_fmt", "s32"),
    carried("FLAC 5.1", ".flac", "-ac", 6),
    carried("Opus 24 kbit/s", ".opus", "-c:a", "libopus", "-b:a", "24k"),
    carried("Vorbis q0", ".ogg", "-c:a", "libvorbis", "-q:a", 0),
    carried("AAC 64 kbit/s", ".m4a", "-c:a", "aac", "-b:a", "64k"),
    carried("AIFF", ".aiff", "-c:a", "pcm_s16be"),
    with_cover("MP3 variable, cover and tags"),
    offset_of_level(0.3),
)

_SPEEDS = (0.75, 0.84, 0.90, 1.10, 1.16, 1.25)
_PITCHES = (-9, -7, -5, -3, -2, -1, 1, 2, 3, 5, 7, 9, 12)
_TEMPOS = (0.5, 0.6, 0.75, 0.9, 1.1, 1.25, 1.5, 2.0)
_NEAR = (0.75, 1.25)
"""Tempos between which the higher floor holds."""


def rows() -> list[Row]:
    """The whole table for recordings, excerpts first."""
    return [
        *(_fixed("channels, 20 s", it, EXCERPT_S, 0.99) for it in CHANNELS),
        *(_fixed("carriers, 20 s", it, EXCERPT_S, 0.99) for it in CARRIERS),
        *(_fixed("speed, 20 s", speed(factor), EXCERPT_S, 0.97) for factor in _SPEEDS),
        Row("speed, 20 s", "speed drawn from 50 to 150 %", _speeds(0.5, 1.5), EXCERPT_S, 0.95),
        *(_fixed("pitch, 20 s", pitch(steps), EXCERPT_S, 0.95) for steps in _PITCHES),
        Row("pitch, 20 s", "pitch drawn from -9 to +12 st", _pitches(-9, 12), EXCERPT_S, 0.95),
        Row("both, 20 s", "pitch and tempo each drawn from 66 to 150 %", _both, EXCERPT_S, 0.95),
        *(_tempo_row(factor) for factor in _TEMPOS),
        Row("tempo, 20 s", "tempo drawn from 75 to 125 %", _tempos(*_NEAR), EXCERPT_S, 0.97),
        Row("tempo, 20 s", "tempo drawn from 50 to 200 %", _tempos(0.5, 2.0), EXCERPT_S, 0.90),
        _fixed("under other music, 20 s", under_music(0), EXCERPT_S, 0.97),
        _fixed("under other music, 20 s", under_music(-3), EXCERPT_S, 0.90),
        _fixed("under other music, 20 s", under_music(-6), EXCERPT_S, 0.75),
        _fixed("short", PLAIN, 10.0, 0.99),
        _fixed("short", PLAIN, 5.0, 0.97),
        _fixed("short", PLAIN, 3.0, 0.90),
        *(Row(f"whole files, {it.group}", it.name, it.draw, 0.0, it.floor) for it in mixed_rows()),
    ]


def mixed_rows() -> list[Row]:
    """One row of every family, for whole files and for excerpts hidden in long uploads."""
    return [
        *(_fixed("channels", it, EXCERPT_S, 0.99) for it in CHANNELS),
        Row("speed", "speed drawn from 75 to 125 %", _speeds(*_NEAR), EXCERPT_S, 0.97),
        Row("pitch", "pitch drawn from -9 to +12 st", _pitches(-9, 12), EXCERPT_S, 0.95),
        Row("tempo", "tempo drawn from 75 to 125 %", _tempos(*_NEAR), EXCERPT_S, 0.97),
        _fixed("under other music", under_music(0), EXCERPT_S, 0.97),
    ]


def _fixed(group: str, distortion: Distortion, seconds: float, floor: float) -> Row:
    name = f"clean, {seconds:g} s" if group == "short" else distortion.name
    return Row(group, name, lambda _: distortion, seconds, floor)


def _tempo_row(factor: float) -> Row:
    near = _NEAR[0] <= factor <= _NEAR[1]
    return _fixed("tempo, 20 s", tempo(factor), EXCERPT_S, 0.97 if near else 0.90)


def _speeds(low: float, high: float) -> Draw:
    return lambda rng: speed(_factor(rng, low, high))


def _tempos(low: float, high: float) -> Draw:
    return lambda rng: tempo(_factor(rng, low, high))


def _pitches(low: float, high: float) -> Draw:
    return lambda rng: pitch(round(rng.uniform(low, high), 2))


def _both(rng: random.Random) -> Distortion:
    return pitch_and_tempo(12 * math.log2(_factor(rng, 0.66, 1.5)), _factor(rng, 0.66, 1.5))


def _factor(rng: random.Random, low: float, high: float) -> float:
    """Uniform in the logarithm, so that half speed is as likely as double."""
    return round(math.exp(rng.uniform(math.log(low), math.log(high))), 4)
