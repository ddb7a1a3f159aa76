"""Stream one audio file through FFmpeg: PCM for analysis out, measures taken on the way."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import av
import numpy as np
from av.audio.resampler import AudioResampler

from similarity.audio.limits import (
    ANALYSIS_RATE,
    MAX_CHANNELS,
    MIN_SECONDS,
    TRUNCATION_SLACK_S,
    TRUNCATION_SLACK_SHARE,
)
from similarity.audio.loudness import LoudnessMeter
from similarity.audio.quality import Quality, SampleMeter
from similarity.audio.riff import missing_share
from similarity.errors import MediaTooLong, MediaTooShort, UnreadableMedia, UnsupportedMedia

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer

FORMATS: Final = (
    "wav,w64,aiff,au,caf,flac,mp3,aac,ogg,mov,matroska,asf,wv,tta,ape,mpc,mpc8,amr,gsm,ac3,eac3,dts"
)
"""Containers we accept. Play lists and others that open further files or addresses are not."""

EXACT_DURATION: Final = frozenset({"wav", "w64", "aiff", "au", "caf", "flac", "mov", "matroska"})
"""Containers that state how long they are, so that a shorter stream means lost audio."""

MAX_DAMAGED_SHARE: Final = 0.05
"""A stream in which more packets than this fail is not the recording any more."""


def decode_stream(
    path: str, out: BinaryIO, *, max_seconds: float, measure_quality: bool
) -> dict[str, Any]:
    """Write mono int16 PCM at ``ANALYSIS_RATE`` to ``out``; the report names what was found.

    Raises:
        UnreadableMedia, UnsupportedMedia, MediaTooLong, MediaTooShort: see ``decode``.
    """
    with _open(path) as container:
        stream = _audio_stream(container)
        name = container.format.name.split(",")[0]
        declared_s = float(container.duration or 0) / 1e6
        if declared_s > max_seconds and name in EXACT_DURATION:
            raise _too_long(max_seconds)
        samples = _Samples(out, max_seconds)
        meters = _Meters() if measure_quality else None
        for frame in _frames(container, stream):
            if meters is not None:
                meters.add(frame)
            samples.add(frame)
        samples.flush()
        duration_s = samples.written / ANALYSIS_RATE
        if duration_s < MIN_SECONDS:
            raise MediaTooShort("The file contains no audio to match.")
        if name == "wav":
            declared_s = duration_s / max(1 - missing_share(Path(path)), 1e-6)
        if name in EXACT_DURATION:
            _require_whole(declared_s, duration_s)
        return {
            "rate": ANALYSIS_RATE,
            "duration_s": duration_s,
            "codec": stream.codec_context.name,
            "container": name,
            "channels": stream.codec_context.channels,
            "source_rate": stream.codec_context.sample_rate,
            "quality": asdict(meters.quality()) if meters is not None else None,
        }


def _open(path: str) -> InputContainer:
    # The whitelists keep a hostile file from naming other files or addresses to open.
    options = {"format_whitelist": FORMATS, "protocol_whitelist": "file"}
    try:
        return av.open(path, mode="r", options=options, metadata_errors="replace")
    except (av.error.InvalidDataError, av.error.EOFError, ValueError) as error:
        raise UnreadableMedia(
            "The file is not audio that we can read: damaged, or not what its name says."
        ) from error
    except av.error.FFmpegError as error:
        raise UnsupportedMedia(f"This kind of file is not supported ({error.strerror}).") from error


def _audio_stream(container: InputContainer) -> AudioStream:
    if not container.streams.audio:
        raise UnsupportedMedia("The file contains no audio.")
    stream = container.streams.audio[0]
    try:
        channels, rate = stream.codec_context.channels, stream.codec_context.sample_rate
    except AttributeError as error:  # a stream whose codec FFmpeg does not know has no context
        raise UnsupportedMedia("The audio is coded in a way that we do not know.") from error
    if channels > MAX_CHANNELS:
        raise UnsupportedMedia(f"The audio has more than {MAX_CHANNELS} channels.")
    if rate <= 0 or channels <= 0:
        raise UnreadableMedia("The file does not say how to read its audio: it is damaged.")
    return stream


def _frames(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    """Decoded frames; single damaged packets are skipped, a damaged stream is refused."""
    good = damaged = 0
    reason: Exception | None = None
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            break
        except av.error.FFmpegError as error:  # the demuxer cannot go on from here
            damaged, reason = damaged + 1, error
            break
        try:
            frames = packet.decode()
        except av.error.FFmpegError as error:
            damaged, reason = damaged + 1, error
            continue
        good += 1
        yield from frames
    if damaged > max(1, (good + damaged) * MAX_DAMAGED_SHARE) or not good:
        raise UnreadableMedia("The audio is damaged: most of it cannot be decoded.") from reason


def _require_whole(declared_s: float, decoded_s: float) -> None:
    slack = TRUNCATION_SLACK_S + TRUNCATION_SLACK_SHARE * declared_s
    if decoded_s + slack < declared_s:
        raise UnreadableMedia(
            f"The file is cut short: it promises {declared_s:.1f} s of audio, "
            f"but only {decoded_s:.1f} s are there."
        )


def _too_long(max_seconds: float) -> MediaTooLong:
    return MediaTooLong(f"The recording is longer than the {max_seconds:.0f} s that we take.")


class _Samples:
    """Resamples frames to the analysis rate and writes them, up to the cap."""

    def __init__(self, out: BinaryIO, max_seconds: float) -> None:
        self._out = out
        self._max_seconds = max_seconds
        self._format: tuple[str, str, int] | None = None
        self._resampler: AudioResampler | None = None
        self.written = 0

    def add(self, frame: AudioFrame) -> None:
        frame.pts = None  # gaps and jumps in time stamps are the player's business, not ours
        # Chained streams may change their format half way.
        form = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._resampler is None or form != self._format:
            self.flush()
            self._format = form
            self._resampler = AudioResampler(format="s16", layout="mono", rate=ANALYSIS_RATE)
        self._write(self._resampler.resample(frame))

    def flush(self) -> None:
        if self._resampler is not None:
            self._write(self._resampler.resample(None))
            self._resampler = None

    def _write(self, frames: list[AudioFrame]) -> None:
        for frame in frames:
            pcm = frame.to_ndarray()
            self.written += pcm.size
            if self.written > self._max_seconds * ANALYSIS_RATE:
                raise _too_long(self._max_seconds)
            self._out.write(np.ascontiguousarray(pcm, dtype=np.int16).data)


class _Meters:
    """Loudness and sample meters on frames at the file's own rate."""

    def __init__(self) -> None:
        self._loudness: LoudnessMeter | None = None
        self._samples: SampleMeter | None = None
        self._format: tuple[str, int] | None = None

    def add(self, frame: AudioFrame) -> None:
        form = (frame.layout.name, frame.sample_rate)
        if self._loudness is None or self._samples is None:
            self._format = form
            self._loudness = LoudnessMeter(frame.layout.name, frame.sample_rate)
            self._samples = SampleMeter(frame.sample_rate)
        if form != self._format:
            return  # the measures describe the stream's first format
        chunk = self._loudness.add(frame)
        self._samples.add(chunk)

    def quality(self) -> Quality:
        if self._loudness is None or self._samples is None:
            raise MediaTooShort("The file contains no audio to measure.")
        return Quality(
            integrated_lufs=self._loudness.integrated_lufs(),
            true_peak_dbtp=self._loudness.true_peak_dbtp(),
            clipped_share=round(self._samples.clipped_share, 6),
            silent_share=round(self._samples.silent_share, 6),
        )
