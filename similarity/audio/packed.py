"""Decoded frames as plain float samples, all of them finite.

Always packed (channels side by side), never planar: PyAV 18 reads beyond its table of planes from
eight channels on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import av
import numpy as np
from av.audio.resampler import AudioResampler

from similarity.audio.limits import LARGEST_SAMPLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.audio.frame import AudioFrame
    from numpy.typing import NDArray


class Unpacker:
    """Frames of one format in, their samples out, a second at a time.

    What is no sample (not a number, infinite, absurdly loud) becomes silence; ``mended`` counts it
    among the ``count`` samples of all channels.
    """

    def __init__(self, frame: AudioFrame) -> None:
        self.layout = frame.layout.name
        self.rate = frame.sample_rate
        self.format = frame.format.name
        self.channels = len(frame.layout.channels)
        self.count = self.mended = 0
        self._to_packed = AudioResampler(
            format="flt", layout=frame.layout, rate=self.rate, frame_size=self.rate
        )

    def fits(self, frame: AudioFrame) -> bool:
        """Is a frame of the same format? Chained streams may change it half way."""
        form = (frame.layout.name, frame.sample_rate, frame.format.name)
        return form == (self.layout, self.rate, self.format)

    def unpack(self, frame: AudioFrame | None) -> Iterator[NDArray[np.float32]]:
        """Seconds up to a frame, shape (n, channels), full scale ±1; with None, what is left."""
        for packed in self._to_packed.resample(frame):
            samples = floats(packed).reshape(-1, self.channels)
            self.count += samples.size
            sound = np.abs(samples) <= LARGEST_SAMPLE
            if not sound.all():
                self.mended += samples.size - int(np.count_nonzero(sound))
                samples = np.where(sound, samples, np.float32(0))
            yield samples


def packed_frame(samples: NDArray[np.float32], layout: str, rate: int) -> AudioFrame:
    """Samples of shape (n, channels) as a frame again."""
    row = np.ascontiguousarray(samples, dtype=np.float32).reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(row, format="flt", layout=layout)
    frame.sample_rate = rate
    return frame


def floats(frame: AudioFrame) -> NDArray[np.float32]:
    """The samples of a packed float frame in one row."""
    return frame.to_ndarray().astype(np.float32, copy=False).ravel()
