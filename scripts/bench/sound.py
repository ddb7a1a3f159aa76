"""Sound by ffmpeg and sox: cutting, coding, mixing, measuring."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 44_100
"""Hz of everything that is cut: what music is sold at."""


def cut(source: Path, start_s: float, seconds: float, target: Path) -> None:
    """A stereo excerpt at ``RATE``."""
    ffmpeg("-ss", start_s, "-t", seconds, "-i", source, "-ac", 2, "-ar", RATE, target)


def mono(source: Path, start_s: float = 0.0, seconds: float | None = None) -> NDArray[np.int16]:
    """Samples at ``RATE``, shape (n,)."""
    length = () if seconds is None else ("-t", seconds)
    command = ["ffmpeg", "-nostdin", "-loglevel", "error", "-ss", start_s, *length, "-i", source]
    form = ["-ac", 1, "-ar", RATE, "-f", "s16le", "-"]
    said = subprocess.run(
        [str(word) for word in (*command, *form)], check=True, capture_output=True
    )
    return np.frombuffer(said.stdout, dtype=np.int16)


def write(samples: NDArray[np.int16], target: Path) -> None:
    """Mono samples at ``RATE`` as FLAC, or whatever the name ends in."""
    command = ["ffmpeg", "-nostdin", "-loglevel", "error", "-y", "-f", "s16le", "-ac", "1"]
    subprocess.run(
        [*command, "-ar", str(RATE), "-i", "-", str(target)], check=True, input=samples.tobytes()
    )


def level(source: Path, start_s: float = 0.0, seconds: float | None = None) -> float:
    """Mean level in dB below full scale (RMS); -91 is silence of 16 bits."""
    length = () if seconds is None else ("-t", seconds)
    command = ["ffmpeg", "-nostats", "-ss", start_s, *length, "-i", source]
    heard = [str(word) for word in (*command, "-af", "volumedetect", "-f", "null", "-")]
    # It prints the file's tags, too, in whatever encoding they have.
    printed = subprocess.run(heard, check=True, capture_output=True).stderr
    said = printed.decode("utf-8", "replace")
    _, found, rest = said.partition("mean_volume:")
    return float(rest.split("dB")[0]) if found else -91.0


def mix(source: Path, other: Path, decibels: float, target: Path) -> None:
    """``other`` on top, so loud that the source lies ``decibels`` above it (RMS)."""
    gain = level(source) - decibels - level(other)
    # Both are lowered alike first: 16 bits would clip what is mixed.
    graph = (
        f"[1:a]aformat=sample_rates={RATE}:channel_layouts=stereo,volume={gain - 12}dB[other];"
        f"[0:a]aformat=sample_rates={RATE}:channel_layouts=stereo,volume=-12dB[source];"
        "[source][other]amix=2:duration=first:normalize=0"
    )
    ffmpeg("-i", source, "-stream_loop", -1, "-i", other, "-filter_complex", graph, target)


def sox(*arguments: object) -> None:
    """Run sox, guarded against clipping and without dither, so that a run can be repeated."""
    run("sox", "-V1", "-D", "-G", *arguments)


def ffmpeg(*arguments: object) -> None:
    """Run ffmpeg, quietly, overwriting."""
    run("ffmpeg", "-nostdin", "-loglevel", "error", "-y", *arguments)


def run(*command: object) -> None:
    """Run a program.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    subprocess.run(
        [str(word) for word in command], check=True, stderr=subprocess.DEVNULL, timeout=1800
    )
