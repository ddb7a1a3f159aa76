"""Decode an untrusted audio file, in a child process that cannot hurt us.

FFmpeg's decoders are fast, large and written in C, and the files come from strangers. So each file
is decoded by a child of its own with limits on processor time, memory and decoded length
(``similarity.audio.limits``): half a megabyte of FLAC silence may unfold into hours.
"""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import numpy as np

import similarity
from similarity.audio.limits import (
    ADJUSTED_LEVEL,
    HIGHEST_LEVEL,
    LOWEST_LEVEL,
    MAX_CPU_SECONDS,
    MAX_MEMORY_BYTES,
    MAX_SECONDS,
    MAX_WALL_SECONDS,
)
from similarity.audio.quality import Quality
from similarity.errors import (
    DecodeTimeout,
    MediaError,
    MediaTooLong,
    MediaTooShort,
    UnreadableMedia,
    UnsupportedMedia,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_ERRORS: Final[dict[str, type[MediaError]]] = {
    error.slug: error
    for error in (UnreadableMedia, UnsupportedMedia, MediaTooLong, MediaTooShort, DecodeTimeout)
}
_PACKAGE_ROOT: Final = str(Path(similarity.__file__).resolve().parent.parent)


@dataclass(frozen=True, slots=True, eq=False)
class DecodedAudio:
    """One decoded file.

    ``samples``: mono int16 at ``rate`` Hz (``ANALYSIS_RATE``), shape (n,), ``gain`` times as loud
    as the file: 1 unless the file is too quiet or too loud for 16 bits.
    ``codec``, ``container``: FFmpeg's names, such as ``flac`` and ``ogg``.
    ``channels``, ``source_rate``: as in the file. ``duration_s``: of the decoded stream.
    ``audio_streams``: how many the file holds; only one was decoded.
    ``quality``: of the file, before the gain; None when measuring was not asked for.
    """

    samples: NDArray[np.int16]
    rate: int
    duration_s: float
    codec: str
    container: str
    channels: int
    source_rate: int
    audio_streams: int
    gain: float
    quality: Quality | None


def decode(
    path: Path, *, max_seconds: float = MAX_SECONDS, measure_quality: bool = True
) -> DecodedAudio:
    """Decode the audio stream of a file that players choose, mixed down to mono.

    Sides that cancel each other, levels far from full scale, and samples that are no numbers are
    dealt with, so that what can be heard can be matched.

    Args:
        path: a regular file; its name is not trusted.
        max_seconds: cap on decoded seconds.
        measure_quality: also measure loudness, peaks, clipping and silence (some 3 ms of processor
            time per second of audio).

    Raises:
        UnreadableMedia: missing, empty, damaged, truncated, or not what it claims to be.
        UnsupportedMedia: no audio in it, or in a format that we do not accept.
        MediaTooLong: more than ``max_seconds`` of audio.
        MediaTooShort: no samples.
        DecodeTimeout: the decoder used up its time or memory.
    """
    _require_regular_file(path)
    gain = 1.0
    report, pcm = _run_child(path, max_seconds, gain, measure_quality=measure_quality)
    level = report["level"]
    if level > 0 and not LOWEST_LEVEL <= level <= HIGHEST_LEVEL:
        # Decoded again rather than kept as float: so few files need it.
        gain = ADJUSTED_LEVEL / level
        _, pcm = _run_child(path, max_seconds, gain, measure_quality=False)
    quality = report["quality"]
    return DecodedAudio(
        samples=np.frombuffer(pcm, dtype=np.int16),
        rate=report["rate"],
        duration_s=report["duration_s"],
        codec=report["codec"],
        container=report["container"],
        channels=report["channels"],
        source_rate=report["source_rate"],
        audio_streams=report["audio_streams"],
        gain=gain,
        quality=Quality(**quality) if quality else None,
    )


def _require_regular_file(path: Path) -> None:
    try:
        status = path.stat()
    except OSError as error:
        raise UnreadableMedia(f"The file cannot be opened: {error.strerror}.") from error
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableMedia("This is not a regular file.")
    if status.st_size == 0:
        raise UnreadableMedia("The file is empty.")


def _run_child(
    path: Path, max_seconds: float, gain: float, *, measure_quality: bool
) -> tuple[dict[str, Any], bytes]:
    """The child's report and its PCM bytes; the errors are those of ``decode``."""
    report_read, report_write = os.pipe()
    with os.fdopen(report_read, "rb") as report_file:
        request = {
            "path": str(path.resolve()),
            "max_seconds": max_seconds,
            "gain": gain,
            "measure_quality": measure_quality,
            "cpu_seconds": MAX_CPU_SECONDS,
            "memory_bytes": MAX_MEMORY_BYTES,
            "report_fd": report_write,
        }
        try:
            child = subprocess.Popen(  # noqa: S603 (our own module, a fixed command)
                [sys.executable, "-m", "similarity.audio.decode_child", json.dumps(request)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pass_fds=(report_write,),
                env=_child_environment(os.environ),
            )
        finally:
            os.close(report_write)
        pcm, timed_out = _collect(child)
        answer = report_file.read()
    if timed_out:
        raise DecodeTimeout(f"Decoding took longer than {MAX_WALL_SECONDS:.0f} s.")
    return _interpret(child.returncode, answer), pcm


def _child_environment(ours: Mapping[str, str]) -> dict[str, str]:
    """Ours, with the import path of this package and one thread per numeric library."""
    path = os.pathsep.join(filter(None, (_PACKAGE_ROOT, ours.get("PYTHONPATH", ""))))
    return {**ours, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def _collect(child: subprocess.Popen[bytes]) -> tuple[bytes, bool]:
    """All that the child writes, and whether it had to be ended for taking too long."""
    timed_out = threading.Event()

    def end() -> None:
        timed_out.set()
        child.kill()

    timer = threading.Timer(MAX_WALL_SECONDS, end)
    timer.start()
    try:
        stream: BinaryIO = child.stdout  # type: ignore[assignment]  # asked for with PIPE
        with stream:
            pcm = stream.read()
        child.wait()
    except BaseException:
        child.kill()
        child.wait()
        raise
    finally:
        timer.cancel()
    return pcm, timed_out.is_set()


def _interpret(returncode: int, answer: bytes) -> dict[str, Any]:
    """The child's report. Raises the error that it names, or that its death stands for."""
    if returncode == 0 and answer:
        report: dict[str, Any] = json.loads(answer)
        if "error" in report:
            error = report["error"]
            raise _ERRORS[error["slug"]](error["message"])
        return report
    if returncode in {-9, -24}:  # SIGKILL by the kernel's memory guard, SIGXCPU
        raise DecodeTimeout("Decoding the file used up its allowance of time or memory.")
    raise UnreadableMedia("The decoder broke down on this file: it is damaged.")
