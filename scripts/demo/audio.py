"""The demo's audio: renders of its own scores, and recordings of the corpus in disguise."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import av
import numpy as np
from numpy.typing import NDArray

from app.screening.corpus.synthesis import Synthesizer

_RATE: Final = 44_100
_MP3_BIT_RATE: Final = 96_000
_ENCODER: Final = {".mp3": "libmp3lame", ".flac": "flac", ".wav": "pcm_s16le"}


def render(midi: Path, target: Path) -> None:
    """Play a MIDI file with FluidSynth into a WAV file."""
    synthesizer = Synthesizer.find()
    command = [synthesizer.program, "-niq", "-r", str(_RATE), "-F", str(target)]
    subprocess.run(
        [*command, str(synthesizer.soundfont), str(midi)], check=True, capture_output=True
    )


def excerpt(recording: Path, target: Path, start_s: float, length_s: float) -> None:
    """Cut a piece out of a recording and encode it anew, in the format of ``target``'s name."""
    samples = _decode(recording, _RATE)
    first = round(start_s * _RATE)
    _encode(samples[first : first + round(length_s * _RATE)], target)


def faster(recording: Path, target: Path, factor: float) -> None:
    """Play a recording ``factor`` times faster, and so higher, as a turntable does."""
    samples = _decode(recording, round(_RATE / factor))
    _encode(samples, target)


def flip_one_byte(path: Path) -> None:
    """Change a single bit in the middle of a file."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _decode(path: Path, rate: int) -> NDArray[np.int16]:
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=rate)
        pieces = [
            resampled.to_ndarray().reshape(-1)
            for frame in _frames_and_end(container)
            for resampled in resampler.resample(frame)
        ]
    return np.concatenate(pieces)


def _frames_and_end(container: av.container.InputContainer) -> Iterator[av.AudioFrame | None]:
    yield from container.decode(audio=0)
    yield None


def _encode(samples: NDArray[np.int16], target: Path) -> None:
    with av.open(str(target), mode="w") as container:
        stream = container.add_stream(_ENCODER[target.suffix], rate=_RATE, layout="mono")
        assert isinstance(stream, av.AudioStream)  # noqa: S101 -- these encoders are audio's
        if target.suffix == ".mp3":
            stream.bit_rate = _MP3_BIT_RATE
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = _RATE
        resampler = av.AudioResampler(
            format=stream.codec_context.format,
            layout="mono",
            rate=_RATE,
            frame_size=stream.codec_context.frame_size or 1024,
        )
        for piece in (*resampler.resample(frame), *resampler.resample(None)):
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
