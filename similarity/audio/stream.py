"""Stream one audio file through FFmpeg: PCM for analysis out, measures taken on the way."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import av
from av.audio.stream import AudioStream

from similarity.audio.limits import (
    ANALYSIS_RATE,
    MAX_CHANNELS,
    MAX_RATE,
    MIN_RATE,
    MIN_SECONDS,
    TRUNCATION_SLACK_S,
    TRUNCATION_SLACK_SHARE,
)
from similarity.audio.ogg import Slice, link_starts
from similarity.audio.riff import missing_share
from similarity.audio.samples import Recording, too_long
from similarity.errors import MediaTooShort, UnreadableMedia, UnsupportedMedia

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from av.audio.frame import AudioFrame
    from av.container import InputContainer

FORMATS: Final = (
    "wav,w64,aiff,au,caf,flac,mp3,aac,ogg,mov,matroska,asf,wv,tta,ape,mpc,mpc8,amr,gsm,ac3,eac3,dts,"
    "avi,flv,mpeg,mpegts"
)
"""Containers we accept. Play lists and others that open further files or addresses are not."""

EXACT_DURATION: Final = frozenset({"wav", "aiff", "au", "caf", "flac", "mov", "matroska"})
"""Containers that state how long they are, so that a shorter stream means lost audio."""

MAX_DAMAGED_SHARE: Final = 0.05
"""A stream in which more packets than this fail is not the recording any more."""


def decode_stream(
    path: str, out: BinaryIO, *, max_seconds: float, gain: float, measure_quality: bool
) -> dict[str, Any]:
    """Write mono int16 PCM at ``ANALYSIS_RATE`` to ``out``; the report names what was found.

    ``gain`` is a factor on the samples that are written; measures are taken before it.

    Raises:
        UnreadableMedia, UnsupportedMedia, MediaTooLong, MediaTooShort: see ``decode``.
    """
    recording = Recording(out, max_seconds=max_seconds, gain=gain, measure=measure_quality)
    report: dict[str, Any] = {}
    declared_s: float | None = None
    for container in _links(Path(path)):
        stream = _audio_stream(container)
        name = container.format.name.split(",")[0]
        if not report:
            report = {"container": name, "codec": stream.codec_context.name}
            report["audio_streams"] = len(container.streams.audio)
            declared_s = _declared_s(container, stream) if name in EXACT_DURATION else None
            if declared_s is not None and declared_s > max_seconds:
                raise too_long(max_seconds)
        for frame in _frames(container, stream):
            _require_plausible(frame.sample_rate, len(frame.layout.channels))
            recording.add(frame)
    recording.finish()
    duration_s = recording.duration_s
    if duration_s < MIN_SECONDS:
        raise MediaTooShort("The file contains no audio to match.")
    if recording.mended_share > MAX_DAMAGED_SHARE:
        raise UnreadableMedia("The audio is damaged: many of its samples are not numbers.")
    if report["container"] == "wav":
        declared_s = duration_s / max(1 - missing_share(Path(path)), 1e-6)
    if declared_s is not None:
        _require_whole(declared_s, duration_s)
    quality = recording.quality()
    return report | {
        "rate": ANALYSIS_RATE,
        "duration_s": duration_s,
        "channels": recording.channels,
        "source_rate": recording.rate,
        "level": recording.level,
        "quality": asdict(quality) if quality is not None else None,
    }


def _links(path: Path) -> Iterator[InputContainer]:
    """The file, or each link of chained Ogg."""
    starts = link_starts(path)
    if len(starts) == 1:
        with _open(str(path)) as container:
            yield container
        return
    for start, stop in pairwise([*starts, path.stat().st_size]):
        with closing(Slice(path, start, stop)) as link, _open(link) as container:
            yield container


def _open(source: str | Slice) -> InputContainer:
    # The whitelists keep a hostile file from naming other files or addresses to open.
    options = {"format_whitelist": FORMATS, "protocol_whitelist": "file"}
    try:
        return av.open(source, mode="r", options=options, metadata_errors="replace")
    except (av.error.InvalidDataError, av.error.EOFError, ValueError) as error:
        raise UnreadableMedia(
            "The file is not audio that we can read: damaged, not what its name says, "
            "or of a kind that we do not take."
        ) from error
    except av.error.FFmpegError as error:
        raise UnsupportedMedia(f"This kind of file is not supported ({error.strerror}).") from error


def _audio_stream(container: InputContainer) -> AudioStream:
    """The stream that players choose: marked as default, else the richest."""
    if not container.streams.audio:
        raise UnsupportedMedia("The file contains no audio.")
    stream = container.streams.best("audio")
    if not isinstance(stream, AudioStream):  # FFmpeg passes over streams without rate or channels
        raise UnreadableMedia("The file does not say how to read its audio: it is damaged.")
    try:
        context = stream.codec_context
    except AttributeError as error:  # a stream whose codec FFmpeg does not know has no context
        raise UnsupportedMedia("The audio is coded in a way that we do not know.") from error
    _require_plausible(context.sample_rate, context.channels)
    return stream


def _require_plausible(rate: int, channels: int) -> None:
    if channels > MAX_CHANNELS:
        raise UnsupportedMedia(f"The audio has more than {MAX_CHANNELS} channels.")
    if not MIN_RATE <= rate <= MAX_RATE:
        raise UnsupportedMedia(
            f"The audio has {rate:,} samples a second; we take {MIN_RATE:,} to {MAX_RATE:,}."
        )


def _declared_s(container: InputContainer, stream: AudioStream) -> float | None:
    """Seconds that the file promises of this stream; None where only others may be meant."""
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    if len(container.streams) == 1 and container.duration is not None:
        return float(container.duration) / 1e6
    return None


def _frames(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    """Decoded frames; single damaged packets are skipped, a damaged stream is refused."""
    good = damaged = reached = 0
    reason: Exception | None = None
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            break
        except av.error.FFmpegError as error:
            # What lies beyond was not heard by us, but may be by others.
            if reached < container.size * (1 - MAX_DAMAGED_SHARE):
                raise UnreadableMedia("The audio is damaged: we cannot read all of it.") from error
            break
        reached = max(reached, packet.pos or 0)
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
