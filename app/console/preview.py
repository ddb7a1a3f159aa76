"""What everybody may hear of a listed track: its first half minute, in modest quality.

Made once for each mix, in the process pool, and kept in a cache folder of its own that may be
emptied at any time. The mix was decoded in full, under limits, when the track was screened.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from app.core.processes import ProcessPool
from app.core.storage import ObjectStorage, StoredObject

SECONDS: Final = 30
MEDIA_TYPE: Final = "audio/mpeg"
_RATE: Final = 44_100
_BITS_PER_SECOND: Final = 96_000  # enough to judge the music, not to use it


class PreviewCache:
    """Previews by the digest of the mix they were made of; ``storage`` holds their bytes."""

    def __init__(self, mixes: ObjectStorage, storage: ObjectStorage, pool: ProcessPool) -> None:
        self.storage = storage
        self._mixes = mixes
        self._pool = pool
        self._made: dict[str, StoredObject] = {}

    async def of_mix(self, sha256: str) -> StoredObject:
        """The preview of a stored mix.

        Raises:
            NotFound: the mix is not in the storage.
        """
        if sha256 not in self._made:
            async with self._mixes.as_file(sha256) as path:
                data = await self._pool.run(render_preview, path)
            self._made[sha256] = await self.storage.put(data)
        return self._made[sha256]


def render_preview(path: Path) -> bytes:
    """The first ``SECONDS`` of an audio file as MP3; less where there is less."""
    encoded = io.BytesIO()
    with av.open(encoded, "w", format="mp3") as target:
        stream = target.add_stream("libmp3lame", rate=_RATE, layout="stereo")
        stream.bit_rate = _BITS_PER_SECOND
        for frame in _beginning(path):
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return encoded.getvalue()


def _beginning(path: Path) -> Iterator[AudioFrame]:
    resampler = AudioResampler(format="s16p", layout="stereo", rate=_RATE)
    samples = 0
    with av.open(str(path)) as source:
        for decoded in source.decode(audio=0):
            for frame in resampler.resample(decoded):
                frame.pts = samples
                samples += frame.samples
                yield frame
            if samples >= SECONDS * _RATE:
                return
