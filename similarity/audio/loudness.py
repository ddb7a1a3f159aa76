"""Programme loudness and true peak, by FFmpeg's ``ebur128`` filter."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import av
from av.filter import Graph

from similarity.audio.packed import packed_frame

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ABSOLUTE_GATE_LUFS: Final = -70.0
"""ITU-R BS.1770-4: blocks below this do not count; a programme wholly below it has no loudness."""


class LoudnessMeter:
    """Integrated loudness (LUFS) and true peak (dBTP) after ITU-R BS.1770-4 and EBU R 128."""

    def __init__(self, layout: str, rate: int) -> None:
        self._layout = layout
        self._rate = rate
        self._graph = Graph()
        source = self._graph.add_abuffer(
            format="flt", sample_rate=rate, layout=layout, time_base=Fraction(1, rate)
        )
        meter = self._graph.add("ebur128", "metadata=1:peak=true")
        self._graph.link_nodes(source, meter, self._graph.add("abuffersink")).configure()
        self._pts = 0
        self._last: dict[str, str] = {}
        self._true_peak = 0.0

    def add(self, samples: NDArray[np.float32]) -> None:
        """Take the next samples, shape (n, channels), full scale ±1."""
        frame = packed_frame(samples, self._layout, self._rate)
        frame.pts = self._pts
        frame.time_base = Fraction(1, self._rate)
        self._pts += len(samples)
        self._graph.push(frame)
        self._drain()

    def _drain(self) -> None:
        while True:
            try:
                measured = self._graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            self._last = measured.metadata
            peaks = [float(value) for key, value in self._last.items() if ".true_peaks_ch" in key]
            self._true_peak = max(self._true_peak, *peaks) if peaks else self._true_peak

    def integrated_lufs(self) -> float | None:
        """None when nothing rose above the absolute gate."""
        value = float(self._last.get("lavfi.r128.I", "-inf"))
        return round(value, 2) if value > ABSOLUTE_GATE_LUFS else None

    def true_peak_dbtp(self) -> float | None:
        """None for digital silence."""
        return round(20 * math.log10(self._true_peak), 2) if self._true_peak > 0 else None
