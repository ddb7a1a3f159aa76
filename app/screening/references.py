"""Corpora as screening processes hold them: opened once, opened again when they have changed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.screening.corpus.folder import CorpusFolder, CorpusManifest
from app.screening.corpus.works import WorkCatalogue
from similarity.index import ReferenceIndex


@dataclass(frozen=True, slots=True)
class OpenCorpus:
    """A corpus in memory."""

    manifest: CorpusManifest
    index: ReferenceIndex
    works: WorkCatalogue


_open: Final[dict[Path, OpenCorpus]] = {}
"""Per process: opening takes a second, and a worker screens hundreds of tracks."""


_catalogues: Final[dict[Path, tuple[CorpusManifest, WorkCatalogue]]] = {}


def works_of(root: Path) -> WorkCatalogue:
    """The works of the corpus in a folder as it is now, without its index.

    Raises:
        CorpusMissing, CorpusDamaged
    """
    folder = CorpusFolder(root)
    manifest = folder.manifest()
    held = _catalogues.get(root)
    if held is None or held[0] != manifest:
        held = (manifest, WorkCatalogue.load(folder.catalogue))
        _catalogues[root] = held
    return held[1]


def open_corpus(root: Path) -> OpenCorpus:
    """The corpus in a folder as it is now.

    Raises:
        CorpusMissing, CorpusDamaged: there is none, or its catalogue cannot be read.
        ReferenceIndexError: its index cannot be used.
    """
    folder = CorpusFolder(root)
    manifest = folder.manifest()
    held = _open.get(root)
    if held is not None and held.manifest == manifest:
        return held
    if held is None:
        index = ReferenceIndex.open(folder.index)
    else:
        index = held.index
        index.refresh()
    _open[root] = OpenCorpus(manifest, index, works_of(root))
    return _open[root]
