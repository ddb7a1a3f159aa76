"""The same music in many carriers, made by ffmpeg and by hand."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.similarity.synthesis import RATE, tune, write_wav

SECONDS = 5.0


def music() -> NDArray[np.int16]:
    """What every carrier holds."""
    return tune(3, SECONDS)


def reference(folder: Path) -> Path:
    """The music as plain WAV."""
    return write_wav(folder / "reference.wav", music())


def ffmpeg(*arguments: object) -> None:
    """Run ffmpeg; it must succeed."""
    command = ["ffmpeg", "-v", "error", "-y", *map(str, arguments)]
    subprocess.run(command, check=True, capture_output=True)


def carried(folder: Path, name: str, *options: object) -> Path:
    """The music encoded as the name's extension and the options say."""
    path = folder / name
    ffmpeg("-i", reference(folder), *options, path)
    return path


def wav(
    samples: NDArray[np.float64],
    *,
    is_float: bool = False,
    rate: int = RATE,
    mask: int | None = None,
    length: int | None = None,
) -> bytes:
    """A WAV file of shape (n, channels) samples, full scale ±1, with any header.

    ``mask`` makes it WAVE_FORMAT_EXTENSIBLE; ``length`` is what the header says of the data.
    """
    coded = samples.astype("<f4") if is_float else np.round(samples * 32767).astype("<i2")
    channels, width, tag = samples.shape[1], coded.itemsize, 3 if is_float else 1
    rates = (channels, rate, rate * channels * width & 0xFFFFFFFF, channels * width, 8 * width)
    form = struct.pack("<HHIIHH", tag if mask is None else 0xFFFE, *rates)
    if mask is not None:
        form += struct.pack("<HHIH", 22, 8 * width, mask, tag)
        form += bytes.fromhex("000000001000800000aa00389b71")
    data = coded.tobytes()
    said = len(data) if length is None else length
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form
    body += b"data" + struct.pack("<I", said) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def in_channels(*factors: float) -> NDArray[np.float64]:
    """The music in one channel per factor, times that factor: shape (n, channels)."""
    return np.outer(music() / 32768.0, factors)
