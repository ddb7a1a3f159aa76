"""Where reference works come from: public-domain collections inside music21's own corpus.

Chosen by their terms. Not taken: the Essen songs (non-commercial use only), and everything that
states "rights to all derivative electronic formats reserved" (Palestrina's masses and the kern
chorales), because an index is such a format.
"""

from __future__ import annotations

import importlib.util
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.core.ids import format_id
from app.screening.corpus.errors import CorpusMissing

_NAMESPACE: Final = uuid.UUID("6f1ff4a6-7b0c-5f3e-9d51-0d5e6a1c2b34")
_TUNE_START: Final = re.compile(rb"^(?=X:\s*\d)", re.MULTILINE)
_DISTRIBUTION: Final = "Distributed with the music21 corpus with the encoders' permission."


@dataclass(frozen=True, slots=True)
class Collection:
    """One printed collection or repertory.

    ``share`` of the corpus is in parts of all shares; ``audio_share`` likewise of the recordings.
    """

    folder: str
    pattern: str
    title: str
    composer: str
    rights: str
    share: int
    audio_share: int


COLLECTIONS: Final = (
    Collection(
        "ryansMammoth",
        "*.abc",
        "Ryan's Mammoth Collection",
        "Traditional",
        "Composition in the public domain: published in Ryan's Mammoth Collection, Boston 1883. "
        f"Encoded in ABC by Ray Davies. {_DISTRIBUTION}",
        share=40,
        audio_share=8,
    ),
    Collection(
        "airdsAirs",
        "*.abc",
        "Aird's Airs",
        "Traditional",
        "Composition in the public domain: published in James Aird's Selection of Scotch, "
        "English, Irish and Foreign Airs, Glasgow 1778-1801. "
        f"Encoded in ABC by Jack Campin. {_DISTRIBUTION}",
        share=25,
        audio_share=4,
    ),
    Collection(
        "oneills1850",
        "*.abc",
        "O'Neill's Music of Ireland",
        "Traditional",
        "Composition in the public domain: published in O'Neill's Music of Ireland, Chicago 1903. "
        f"Encoded in ABC by volunteers of the O'Neill project. {_DISTRIBUTION}",
        share=20,
        audio_share=4,
    ),
    Collection(
        "bach",
        "bwv*[0-9].mxl",
        "Bach chorales",
        "Johann Sebastian Bach",
        "Composition in the public domain: Johann Sebastian Bach, died 1750. Encoded by Margaret "
        f"Greentree and others, used by permission. {_DISTRIBUTION}",
        share=14,
        audio_share=6,
    ),
    Collection(
        "monteverdi",
        "madrigal.?.*[0-9].mxl",
        "Monteverdi madrigals",
        "Claudio Monteverdi",
        f"Composition in the public domain: Claudio Monteverdi, died 1643. {_DISTRIBUTION}",
        share=1,
        audio_share=1,
    ),
)


@dataclass(frozen=True, slots=True)
class SourceItem:
    """One work in a collection: bytes ``[start, end)`` of a file, one tune of a tune book."""

    collection: Collection
    path: Path
    start: int
    end: int
    source: str

    @property
    def reference(self) -> str:
        """The same on every machine, so that evidence names the same work everywhere."""
        return reference_of(self.source)

    def read(self) -> bytes:
        """The notation of this one work."""
        return self.path.read_bytes()[self.start : self.end]


def reference_of(source: str) -> str:
    """The stable reference of whatever a source names."""
    return format_id("ref", uuid.uuid5(_NAMESPACE, source))


def corpus_root() -> Path:
    """The folder of music21's corpus, without importing music21 (which takes a second).

    Raises:
        CorpusMissing: this installation of music21 came without one.
    """
    spec = importlib.util.find_spec("music21")
    places = spec.submodule_search_locations if spec is not None else None
    root = Path(places[0]) / "corpus" if places else None
    if root is None or not root.is_dir():
        raise CorpusMissing("Install music21 with its corpus: pip install music21")
    return root


def plan(works: int, root: Path) -> list[SourceItem]:
    """``works`` items, each collection with its share; fewer when the collections are exhausted."""
    pools = [list(_items(collection, root)) for collection in COLLECTIONS]
    counts = _share_out(works, pools)
    return [item for pool, count in zip(pools, counts, strict=True) for item in pool[:count]]


def _share_out(works: int, pools: list[list[SourceItem]]) -> list[int]:
    total = sum(collection.share for collection in COLLECTIONS)
    counts = [
        min(len(pool), works * collection.share // total)
        for pool, collection in zip(pools, COLLECTIONS, strict=True)
    ]
    for number, pool in enumerate(pools):
        counts[number] += min(len(pool) - counts[number], max(0, works - sum(counts)))
    return counts


def _items(collection: Collection, root: Path) -> Iterator[SourceItem]:
    folder = root / collection.folder
    for path in sorted(folder.glob(collection.pattern)):
        source = f"music21/corpus/{collection.folder}/{path.name}"
        if path.suffix != ".abc":
            yield SourceItem(collection, path, 0, path.stat().st_size, source)
            continue
        data = path.read_bytes()
        starts = [found.start() for found in _TUNE_START.finditer(data)]
        for number, (start, end) in enumerate(
            zip(starts, [*starts[1:], len(data)], strict=True), start=1
        ):
            whole_file = len(starts) == 1
            yield SourceItem(
                collection, path, start, end, source if whole_file else f"{source}#{number}"
            )
