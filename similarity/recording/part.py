"""One immutable part of a corpus of recordings: fingerprints with their postings."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from similarity.recording.corpus import Laid, sealed
from similarity.recording.fingerprint import Fingerprint
from similarity.recording.landmarks import LandmarkPostings
from similarity.recording.peaks import restored, shortened
from similarity.recording.postings import ItemPostings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

_REFERENCES: Final = "references.json"
_FILES: Final = (
    "tunings",
    "durations",
    "items",
    "item-starts",
    "item-places",
    "item-nexts",
    "item-table",
    "peaks",
    "peak-starts",
    "pair-places",
    "pair-table",
    "pair-bases",
)


@dataclass(frozen=True, slots=True, eq=False)
class RecordingPart:
    """Recordings laid out for searching; ``references``, ``tunings`` (semitones) and ``durations``
    (seconds) run parallel, in order of reference.
    """

    references: tuple[str, ...]
    tunings: NDArray[np.float64]
    durations: NDArray[np.float64]
    items: Laid[np.uint32]
    item_postings: ItemPostings
    peaks: Laid[np.uint16]
    landmarks: LandmarkPostings

    @classmethod
    def of(cls, fingerprints: Mapping[str, Fingerprint]) -> Self:
        """Lay out and post recordings. The same content gives the same part."""
        references = sorted(fingerprints)
        kept = [fingerprints[reference] for reference in references]
        items = Laid.of((each.items for each in kept), np.uint32)
        peaks = Laid.of((shortened(each.peaks) for each in kept), np.uint16)
        return cls(
            references=tuple(references),
            tunings=sealed(np.array([each.tuning for each in kept], dtype=np.float64)),
            durations=sealed(np.array([each.duration_s for each in kept], dtype=np.float64)),
            items=items,
            item_postings=ItemPostings.of(items),
            peaks=peaks,
            landmarks=LandmarkPostings.of(peaks),
        )

    def fingerprint(self, number: int) -> Fingerprint:
        """The recording as it was added."""
        return Fingerprint(
            items=self.items.part(number),
            peaks=restored(self.peaks.part(number)),
            tuning=float(self.tunings[number]),
            duration_s=float(self.durations[number]),
        )

    def save(self, folder: Path) -> None:
        """Write the part's files into an existing, empty folder."""
        names = json.dumps(self.references, ensure_ascii=False, indent=0)
        (folder / _REFERENCES).write_text(names, encoding="utf-8")
        for name, array in zip(_FILES, self._arrays(), strict=True):
            np.save(folder / f"{name}.npy", array, allow_pickle=False)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Map what ``save`` wrote.

        Raises:
            ValueError, OSError, EOFError: files are missing, damaged, or contradict each other.
        """
        references = tuple(json.loads((folder / _REFERENCES).read_text(encoding="utf-8")))
        loaded = [np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r")) for name in _FILES]
        items = Laid(loaded[2], loaded[3])
        part = cls(
            references=references,
            tunings=loaded[0],
            durations=loaded[1],
            items=items,
            item_postings=ItemPostings(items.values, items.starts, *loaded[4:7]),
            peaks=Laid(loaded[7], loaded[8]),
            landmarks=LandmarkPostings(*loaded[9:]),
        )
        if not (
            len(references) == len(part.tunings) == len(part.durations)
            and len(part.items) == len(part.peaks) == len(references)
            and part.items.starts[-1] == len(part.items.values)
            and part.peaks.starts[-1] == len(part.peaks.values)
        ):
            raise ValueError("The recordings in the index do not add up to its table.")
        return part

    def _arrays(self) -> tuple[NDArray[np.generic], ...]:
        return (
            self.tunings,
            self.durations,
            self.items.values,
            self.items.starts,
            self.item_postings.places,
            self.item_postings.nexts,
            self.item_postings.table,
            self.peaks.values,
            self.peaks.starts,
            self.landmarks.places,
            self.landmarks.table,
            self.landmarks.bases,
        )
