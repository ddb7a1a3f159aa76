"""The recording lane's index: fingerprints in, ranked matches out."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from similarity.errors import IndexCorrupt
from similarity.recording.corpus import Laid
from similarity.recording.fingerprint import Fingerprint
from similarity.recording.null import Null
from similarity.recording.search import search_recordings
from similarity.recording.view import CorpusView, calibrate

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from similarity.match import Match

_TABLE: Final = "references.json"
_ITEMS: Final = "items.npy"
_PEAKS: Final = "peaks.npy"


class RecordingIndex:
    """Recordings by reference. ``build`` after changes, before ``search`` or ``save``."""

    def __init__(self) -> None:
        self._fingerprints: dict[str, Fingerprint] = {}
        self._null = Null()
        self._view: CorpusView | None = None

    @property
    def references(self) -> list[str]:
        """All references, sorted."""
        return sorted(self._fingerprints)

    def add(self, reference: str, fingerprint: Fingerprint) -> None:
        """Add or replace one recording."""
        self._fingerprints[reference] = fingerprint
        self._view = None

    def remove(self, reference: str) -> None:
        """Forget one recording; KeyError when there is none."""
        del self._fingerprints[reference]
        self._view = None

    def build(self) -> None:
        """Lay out the corpus and measure its null. The same content gives the same index."""
        if self._view is None:
            view = self._laid_out()
            self._null = calibrate(view)
            self._view = replace(view, null=self._null)

    def search(self, samples: NDArray[np.int16], *, top: int) -> list[Match]:
        """Recordings in mono samples at ``ANALYSIS_RATE``, best first, at most ``top``."""
        if self._view is None:
            raise ValueError("build the index before searching it")
        return search_recordings(self._view, samples, top=top)

    def save(self, directory: Path) -> None:
        """Write the index's files into an existing, empty folder."""
        table = {
            "null": {
                "decay": self._null.decay,
                "log_scale": self._null.log_scale,
                "samples": self._null.samples,
            },
            "references": [
                {
                    "reference": reference,
                    "items": len(self._fingerprints[reference].items),
                    "peaks": len(self._fingerprints[reference].peaks),
                    "tuning": self._fingerprints[reference].tuning,
                    "duration_s": self._fingerprints[reference].duration_s,
                }
                for reference in self.references
            ],
        }
        (directory / _TABLE).write_text(json.dumps(table, ensure_ascii=False, indent=0))
        everything = [self._fingerprints[reference] for reference in self.references]
        items = Laid.of(fingerprint.items for fingerprint in everything)
        peaks = Laid.of(fingerprint.peaks for fingerprint in everything)
        np.save(directory / _ITEMS, items.values, allow_pickle=False)
        np.save(directory / _PEAKS, peaks.values, allow_pickle=False)

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read what ``save`` wrote, ready to search.

        Raises:
            IndexCorrupt: the files contradict each other.
        """
        table = json.loads((directory / _TABLE).read_text())
        items = np.load(directory / _ITEMS, allow_pickle=False)
        peaks = np.load(directory / _PEAKS, allow_pickle=False)
        index = cls()
        item_end = peak_end = 0
        for row in table["references"]:
            item_start, item_end = item_end, item_end + row["items"]
            peak_start, peak_end = peak_end, peak_end + row["peaks"]
            index._fingerprints[row["reference"]] = Fingerprint(
                items=items[item_start:item_end],
                peaks=peaks[peak_start:peak_end],
                tuning=row["tuning"],
                duration_s=row["duration_s"],
            )
        if (item_end, peak_end) != (len(items), len(peaks)):
            raise IndexCorrupt("The recordings in the index do not add up to its table.")
        index._null = Null(**table["null"])
        index._view = index._laid_out()
        return index

    def _laid_out(self) -> CorpusView:
        references = self.references
        return CorpusView.of(
            references, [self._fingerprints[reference] for reference in references], self._null
        )
