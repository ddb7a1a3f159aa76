"""What becomes of decoded frames: analysis samples, and measures taken on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from similarity.audio.downmix import Downmix
from similarity.audio.limits import ANALYSIS_RATE
from similarity.audio.loudness import LoudnessMeter
from similarity.audio.packed import Unpacker
from similarity.audio.quality import Quality, SampleMeter
from similarity.errors import MediaTooLong

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import BinaryIO

    from av.audio.frame import AudioFrame
    from numpy.typing import NDArray


class Recording:
    """Takes the frames of one recording; writes mono int16 PCM at ``ANALYSIS_RATE``.

    ``gain`` is a factor on what is written. ``channels`` and ``rate`` are those of the first frame,
    which some headers get wrong. ``level`` is the amplitude (RMS) of the loudest second before
    the gain.
    """

    def __init__(self, out: BinaryIO, *, max_seconds: float, gain: float, measure: bool) -> None:
        self._out = out
        self._max_seconds = max_seconds
        self._scale = np.float32(gain * 32768.0)
        self._measure = measure
        self._written = self._count = self._mended = 0
        self._tools: tuple[Unpacker, Downmix] | None = None
        self._meters: Meters | None = None
        self.channels = self.rate = 0
        self.level = 0.0

    def add(self, frame: AudioFrame) -> None:
        """Take a frame.

        Raises:
            MediaTooLong: more than the cap.
        """
        frame.pts = None  # gaps and jumps in time stamps are the player's business, not ours
        self._take(frame, *self._tools_for(frame))

    def finish(self) -> None:
        """Write what is still on its way."""
        if self._tools is not None:
            unpacker, downmix = self._tools
            self._take(None, unpacker, downmix)
            self._write(downmix.finish())
            self.level = max(self.level, downmix.level)
            self._count += unpacker.count
            self._mended += unpacker.mended
            self._tools = None

    def _take(self, frame: AudioFrame | None, unpacker: Unpacker, downmix: Downmix) -> None:
        for samples in unpacker.unpack(frame):
            if self._meters is not None and self._meters.fit(unpacker):
                self._meters.add(samples)
            self._write(downmix.add(samples))

    def _tools_for(self, frame: AudioFrame) -> tuple[Unpacker, Downmix]:
        # Chained streams may change their format half way.
        if self._tools is None or not self._tools[0].fits(frame):
            self.finish()
            self._tools = Unpacker(frame), Downmix(frame.layout, frame.sample_rate)
            if not self.rate:
                self.channels, self.rate = len(frame.layout.channels), frame.sample_rate
                self._meters = Meters(frame.layout.name, self.rate) if self._measure else None
        return self._tools

    def _write(self, seconds: Iterable[NDArray[np.float32]]) -> None:
        for mono in seconds:
            self._written += mono.size
            if self._written > self._max_seconds * ANALYSIS_RATE:
                raise too_long(self._max_seconds)
            pcm = np.clip(np.rint(mono * self._scale), -32768, 32767)
            self._out.write(pcm.astype(np.int16).data)

    @property
    def duration_s(self) -> float:
        """Seconds written."""
        return self._written / ANALYSIS_RATE

    @property
    def mended_share(self) -> float:
        """Part (0..1) of the samples that were none and have been silenced."""
        return self._mended / self._count if self._count else 0.0

    def quality(self) -> Quality | None:
        """What was measured, where that was asked for and anything came."""
        return self._meters.quality() if self._meters is not None else None


def too_long(max_seconds: float) -> MediaTooLong:
    """The refusal of a recording beyond the cap."""
    return MediaTooLong(f"The recording is longer than the {max_seconds:.0f} s that we take.")


class Meters:
    """Loudness and sample meters. They describe a recording's first format."""

    def __init__(self, layout: str, rate: int) -> None:
        self._form = (layout, rate)
        self._loudness = LoudnessMeter(layout, rate)
        self._samples = SampleMeter(rate)

    def fit(self, unpacker: Unpacker) -> bool:
        """Are its samples of the format that is measured?"""
        return (unpacker.layout, unpacker.rate) == self._form

    def add(self, samples: NDArray[np.float32]) -> None:
        """Take the next samples, shape (n, channels)."""
        self._loudness.add(samples)
        self._samples.add(samples.T)

    def quality(self) -> Quality:
        """The measures of all that was taken."""
        return Quality(
            integrated_lufs=self._loudness.integrated_lufs(),
            true_peak_dbtp=self._loudness.true_peak_dbtp(),
            clipped_share=round(self._samples.clipped_share, 6),
            silent_share=round(self._samples.silent_share, 6),
        )
