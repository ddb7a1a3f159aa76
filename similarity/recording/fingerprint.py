"""What we keep of a recording: its Chromaprint items and its spectral peaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from similarity.audio.limits import ANALYSIS_RATE
from similarity.errors import LibraryMissing, MediaTooShort
from similarity.recording.chroma import pitchgram
from similarity.recording.peaks import SECONDS_PER_FRAME, spectral_peaks
from similarity.recording.variants import Variant, variant_items

if TYPE_CHECKING:
    from types import ModuleType

    from numpy.typing import NDArray

SECONDS_PER_ITEM: Final = 1365 / 11025
"""Chromaprint's hop: a third of its 4096-sample frame at 11 025 Hz."""

FRAMES_PER_ITEM: Final = SECONDS_PER_ITEM / SECONDS_PER_FRAME
"""Frames of peaks."""

ITEM_SPAN_S: Final = (4096 + 19 * 1365) / 11025
"""Sound that one item looks at: 16 frames, widened by the 5-tap smoothing."""

MIN_REFERENCE_S: Final = 1.0
"""A jingle; the shortest excerpt that any published system finds."""

EXTRACTOR: Final = "chromaprint-2+peaks-2"
"""Changes whenever fingerprints made before and after could not be compared."""


@dataclass(frozen=True, slots=True, eq=False)
class Fingerprint:
    """One recording.

    ``items``: uint32, shape (n,), Chromaprint items of the recording moved down by ``tuning``
    semitones; item i begins at i * ``SECONDS_PER_ITEM``. None for less than ``ITEM_SPAN_S``.
    ``peaks``: uint32, shape (m,), packed by ``similarity.recording.peaks``, in time order.
    ``duration_s``: of the recording.
    """

    items: NDArray[np.uint32]
    peaks: NDArray[np.uint32]
    tuning: float
    duration_s: float


def fingerprint(samples: NDArray[np.int16], rate: int) -> Fingerprint:
    """Fingerprint mono samples at ``ANALYSIS_RATE``.

    Raises:
        MediaTooShort: less than ``MIN_REFERENCE_S``, in which nothing could be found again.
    """
    if rate != ANALYSIS_RATE:
        raise ValueError(f"fingerprints are made of audio at {ANALYSIS_RATE} Hz")
    if len(samples) < rate * MIN_REFERENCE_S:
        raise MediaTooShort("The recording is too short to be found again.")
    grid = pitchgram(samples, frames_per_item=1)
    tuning = grid.tuning()
    return Fingerprint(
        items=variant_items(grid, [Variant(tuning, 1.0)]).items,
        peaks=spectral_peaks(samples),
        tuning=tuning,
        duration_s=len(samples) / rate,
    )


def chromaprint_items(samples: NDArray[np.int16], rate: int) -> NDArray[np.uint32]:
    """libchromaprint's own items (algorithm TEST2) of mono samples at any rate: uint32.

    What AcoustID and other tools exchange. Ours are the same but for the tuning, and a test holds
    us to that. Empty below ``ITEM_SPAN_S``.

    Raises:
        LibraryMissing: libchromaprint is not installed.
    """
    library = _chromaprint()
    printer = library.Fingerprinter()
    printer.start(rate, 1)
    printer.feed(np.ascontiguousarray(samples).tobytes())
    encoded = printer.finish()
    # Only ever our own string: version 1.5 overruns its buffer on a crafted one.
    items, _ = library.decode_fingerprint(encoded)
    return np.array(items, dtype=np.uint32)


def _chromaprint() -> ModuleType:
    try:
        import chromaprint  # noqa: PLC0415 (its import fails where the system library is missing)
    except ImportError as error:
        raise LibraryMissing(
            "Chromaprint is not installed. Install the system package libchromaprint1."
        ) from error
    module: ModuleType = chromaprint
    return module
