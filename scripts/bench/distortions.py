"""What is done to a recording: each a change that ffmpeg or sox makes, and what it changes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scripts.bench.sound import RATE, cut, ffmpeg, mix, sox


@dataclass(frozen=True, slots=True)
class Scene:
    """What a distortion may draw on: other music of the same length, and a seed for noise."""

    other: Path
    seed: int


@dataclass(frozen=True, slots=True)
class Distortion:
    """``apply(source, target, scene)`` makes the file; the answer should say the rest.

    ``speed`` is how many times faster the result runs through the source, ``semitones`` how much
    higher it sounds; ``suffix`` is the kind of file that is uploaded; ``needs_other`` when it is
    mixed with other music.
    """

    name: str
    apply: Callable[[Path, Path, Scene], None]
    speed: float = 1.0
    semitones: float = 0.0
    suffix: str = ".flac"
    needs_other: bool = False


def effects(name: str, *words: object, speed: float = 1.0, semitones: float = 0.0) -> Distortion:
    """By sox effects."""

    def apply(source: Path, target: Path, _: Scene) -> None:
        sox(source, target, *words)

    return Distortion(name, apply, speed, semitones)


def carried(name: str, suffix: str, *options: object) -> Distortion:
    """By an encoder of ffmpeg's; the coded file is what is uploaded."""

    def apply(source: Path, target: Path, _: Scene) -> None:
        ffmpeg("-i", source, *options, target)

    return Distortion(name, apply, suffix=suffix)


def gsm() -> Distortion:
    """GSM 06.10: what a mobile telephone leaves."""

    def apply(source: Path, target: Path, _: Scene) -> None:
        coded = target.with_suffix(".gsm")
        sox(source, "-r", 8000, "-c", 1, coded)
        sox(coded, target)
        coded.unlink()

    return Distortion("GSM", apply)


def noisy(decibels: float) -> Distortion:
    """White noise on top, ``decibels`` below the music (RMS)."""

    def apply(source: Path, target: Path, scene: Scene) -> None:
        noise = target.with_suffix(".noise.wav")
        colour = f"anoisesrc=color=white:seed={scene.seed}:amplitude=0.5:duration=10:r={RATE}"
        ffmpeg("-f", "lavfi", "-i", colour, noise)
        mix(source, noise, decibels, target)
        noise.unlink()

    return Distortion(f"noise {decibels:g} dB", apply)


def under_music(decibels: float) -> Distortion:
    """Other music on top, the source ``decibels`` above it."""

    def apply(source: Path, target: Path, scene: Scene) -> None:
        mix(source, scene.other, decibels, target)

    name = f"under other music {decibels:g} dB"
    return Distortion(name, apply, needs_other=True)


def with_cover(name: str) -> Distortion:
    """A variable bit rate MP3 with a picture and tags in it, as shops deliver."""

    def apply(source: Path, target: Path, _: Scene) -> None:
        picture = ("-f", "lavfi", "-i", "color=c=teal:s=300x300:d=1", "-map", "0:a", "-map", "1:v")
        video = ("-c:v", "mjpeg", "-frames:v", 1, "-disposition:v", "attached_pic")
        tags = ("-metadata", "title=Untitled", "-id3v2_version", 3)
        ffmpeg("-i", source, *picture, *video, "-c:a", "libmp3lame", "-q:a", 6, *tags, target)

    return Distortion(name, apply, suffix=".mp3")


def offset_of_level(share: float) -> Distortion:
    """A constant added to every sample, ``share`` of full scale."""

    def apply(source: Path, target: Path, _: Scene) -> None:
        ffmpeg("-i", source, "-af", f"volume=-9dB,dcshift=shift={share}", target)

    return Distortion("direct current offset", apply)


def speed(factor: float) -> Distortion:
    """Played faster, and so higher."""
    name = f"speed {100 * factor:.0f} %"
    return effects(name, "speed", factor, speed=factor, semitones=12 * math.log2(factor))


def tempo(factor: float) -> Distortion:
    """Played faster at the same pitch (WSOLA)."""
    return effects(f"tempo {100 * factor:.0f} %", "tempo", "-m", factor, speed=factor)


def pitch(semitones: float) -> Distortion:
    """Played higher at the same tempo."""
    name = f"pitch {semitones:+g} st"
    return effects(name, "pitch", 100 * semitones, semitones=semitones)


def pitch_and_tempo(semitones: float, factor: float) -> Distortion:
    """Pitch and tempo, each by its own factor."""
    name = f"pitch {semitones:+.1f} st and tempo {100 * factor:.0f} %"
    words = ("pitch", 100 * semitones, "tempo", "-m", factor)
    return effects(name, *words, speed=factor, semitones=semitones)


def excerpt(source: Path, start_s: float, seconds: float, target: Path) -> None:
    """The passage that is distorted; the whole file for 0 seconds."""
    if seconds:
        cut(source, start_s, seconds, target)
    else:
        ffmpeg("-i", source, "-ac", 2, "-ar", RATE, target)
