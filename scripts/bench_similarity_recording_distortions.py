"""The disguises of the floors table, each made by ffmpeg or sox from an excerpt."""

from __future__ import annotations

import math
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

RATE = 44_100


@dataclass(frozen=True, slots=True)
class Disguise:
    """One row of the table: what is done, to how many seconds, and what the answer should say."""

    name: str
    apply: Callable[[Path, Path, Path], None]
    seconds: float = 20.0
    speed: float = 1.0
    semitones: float = 0.0


def cut(source: Path, start_s: float, seconds: float, target: Path) -> None:
    """An excerpt as WAV."""
    _ffmpeg("-ss", start_s, "-t", seconds, "-i", source, "-ac", 2, "-ar", RATE, target)


def sox(*effects: object) -> Callable[[Path, Path, Path], None]:
    """A disguise by sox effects; ``-G`` keeps them from clipping."""

    def apply(source: Path, _: Path, target: Path) -> None:
        _run("sox", "-V1", "-G", source, target, *effects)

    return apply


def through(extension: str, *options: object) -> Callable[[Path, Path, Path], None]:
    """A disguise by encoding and decoding."""

    def apply(source: Path, _: Path, target: Path) -> None:
        coded = target.with_suffix(extension)
        if extension == ".gsm":
            _run("sox", "-V1", "-G", source, "-r", 8000, "-c", 1, coded)
            _run("sox", "-V1", coded, target)
        else:
            _ffmpeg("-i", source, *options, coded)
            _ffmpeg("-i", coded, target)
        coded.unlink()

    return apply


def noise(decibels: float) -> Callable[[Path, Path, Path], None]:
    """A disguise by white noise, ``decibels`` below the music."""

    def apply(source: Path, _: Path, target: Path) -> None:
        _mix(source, "anoisesrc=color=white:seed=7:amplitude=0.5", decibels, target, "-f", "lavfi")

    return apply


def under(decibels: float) -> Callable[[Path, Path, Path], None]:
    """A disguise by other music; negative ``decibels`` make the other the louder one."""

    def apply(source: Path, other: Path, target: Path) -> None:
        _mix(source, str(other), decibels, target)

    return apply


def _mix(source: Path, other: str, decibels: float, target: Path, *form: str) -> None:
    level = _mean_volume("-i", source)
    level_of_other = _mean_volume(*form, "-t", 20, "-i", other)
    gain = level - decibels - level_of_other
    _ffmpeg(
        *("-i", source, *form, "-i", other, "-filter_complex"),
        f"[1:a]volume={gain}dB[o];[0:a]volume=0dB[s];"
        "[s][o]amix=2:duration=first:normalize=0,volume=-9dB",
        *("-ar", RATE, target),
    )


def _mean_volume(*source: object) -> float:
    command = ["ffmpeg", "-nostats", *map(str, source), "-af", "volumedetect", "-f", "null", "-"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    return float(said.split("mean_volume:")[1].split("dB")[0])


def _ffmpeg(*arguments: object) -> None:
    _run("ffmpeg", "-nostdin", "-loglevel", "error", "-y", *arguments)


def _run(*command: object) -> None:
    subprocess.run([str(part) for part in command], check=True, stderr=subprocess.DEVNULL)


def _speed(percent: int) -> Disguise:
    factor = percent / 100
    return Disguise(
        f"speed {percent} %", sox("speed", factor), speed=factor, semitones=12 * math.log2(factor)
    )


def _tempo(percent: int) -> Disguise:
    return Disguise(f"tempo {percent} %", sox("tempo", percent / 100), speed=percent / 100)


def _pitch(semitones: float) -> Disguise:
    return Disguise(f"pitch {semitones:+g} st", sox("pitch", 100 * semitones), semitones=semitones)


PLAIN = sox("gain", 0)

DISGUISES: tuple[Disguise, ...] = (
    Disguise("clean, 20 s", PLAIN),
    Disguise("MP3 32 kbit/s", through(".mp3", "-b:a", "32k")),
    Disguise("GSM", through(".gsm")),
    Disguise("band 2 kHz", sox("band", 2000)),
    Disguise("echo", sox("echo", 0.8, 0.9, 500, 0.3)),
    Disguise("reverb", sox("reverb", 70)),
    Disguise("chorus", sox("chorus", 0.7, 0.9, 55, 0.4, 0.25, 2, "-t")),
    Disguise("noise 0 dB", noise(0)),
    *map(_speed, (50, 66, 75, 84, 90, 94, 106, 110, 116, 125, 150)),
    *map(_pitch, (-9, -6, -3, -1, 1, 3, 6, 9, 12)),
    *map(_tempo, (50, 60, 75, 90, 110, 125, 150, 200)),
    *(Disguise(f"under other music {level:+d} dB", under(level)) for level in (3, 0, -3, -6)),
    Disguise("clean, 10 s", PLAIN, seconds=10),
    Disguise("clean, 5 s", PLAIN, seconds=5),
    Disguise("clean, 3 s", PLAIN, seconds=3),
)
