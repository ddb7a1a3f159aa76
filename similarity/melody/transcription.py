"""Hear the leading line of a recording: its pitch, frame by frame, cut into notes.

The pitch tracker is SwiftF0 (L. Nieradzik, "SwiftF0: Fast and Accurate Monophonic Pitch Detection",
2025; its weights come with the package). It hears one line: the lead of a stem well, of a mix as
far as it stands out. What is found by it therefore counts as a transcription, with less confidence
and less weight on rhythm.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.signal import resample_poly

from similarity.audio.limits import ANALYSIS_RATE
from similarity.melody.score import Melody, Score

if TYPE_CHECKING:
    from collections.abc import Iterator

    import swift_f0
    from numpy.typing import NDArray

TRACKER_RATE: Final = 16_000
"""What SwiftF0 was trained at."""

UP, DOWN = 320, 441
"""22 050 Hz to 16 000 Hz."""

STRETCH: Final = 60 * ANALYSIS_RATE
"""Samples resampled at a time: bounds memory however long the recording is."""

MARGIN: Final = 10 * DOWN
"""Samples on either side of a stretch that the resampling filter looks at."""

SHORTEST_NOTE_S: Final = 0.06
"""A demisemiquaver at 120 a minute; less is a glide or a grace."""

LEAST_NOTES: Final = 8
"""Fewer are no tune: in speech, noise and drums the tracker hears a few tones here and there."""


def transcribe(samples: NDArray[np.int16], rate: int) -> Score:
    """The leading line of mono samples, shape (n,), at ``ANALYSIS_RATE``, as a score of one voice.

    Raises:
        MediaTooShort: no line is heard.
        ValueError: another rate.
    """
    if rate != ANALYSIS_RATE:
        raise ValueError(f"audio is transcribed at {ANALYSIS_RATE} Hz")
    notes = [note for note in _heard(samples) if note.end - note.start >= SHORTEST_NOTE_S]
    if len(notes) < LEAST_NOTES:
        notes = []
    starts = np.array([note.start for note in notes], dtype=np.float64)
    ends = np.array([note.end for note in notes], dtype=np.float64)
    line = Melody.from_seconds("leading line", starts, ends - starts, _semitones(notes))
    return Score((line,), duration_s=len(samples) / rate, transcribed=True)


def _semitones(notes: list[swift_f0.Note]) -> NDArray[np.int16]:
    """MIDI numbers, the recording's own tuning taken out before they are rounded."""
    exact = 69 + 12 * np.log2(np.array([note.pitch_hz for note in notes], dtype=np.float64) / 440)
    off = np.angle(np.sum(np.exp(2j * np.pi * exact))) / (2 * np.pi)
    rounded: NDArray[np.int16] = np.round(exact - off).astype(np.int16)
    return rounded


def _heard(samples: NDArray[np.int16]) -> list[swift_f0.Note]:
    import swift_f0  # noqa: PLC0415 (loads a second of libraries, for inputs that are audio only)

    stream = _tracker().stream()
    tracked = [stream.push(stretch, TRACKER_RATE) for stretch in _resampled(samples)]
    tracked.append(stream.flush())
    return swift_f0.segment_notes(swift_f0.concat(tracked))


@lru_cache(maxsize=1)
def _tracker() -> swift_f0.SwiftF0:
    import swift_f0  # noqa: PLC0415 (as above)

    # One thread, asleep between calls: searches run side by side.
    return swift_f0.SwiftF0(threads=1, spin=False)


def _resampled(samples: NDArray[np.int16]) -> Iterator[NDArray[np.float32]]:
    """The samples at ``TRACKER_RATE``, from -1 to 1, a stretch at a time."""
    for begin in range(0, len(samples), STRETCH):
        end = min(begin + STRETCH, len(samples))
        first, last = max(0, begin - MARGIN), min(len(samples), end + MARGIN)
        wide = samples[first:last].astype(np.float32) / np.float32(32768)
        skipped = (begin - first) * UP // DOWN
        length = -(-(end - begin) * UP // DOWN)
        yield resample_poly(wide, UP, DOWN)[skipped : skipped + length].astype(np.float32)
