"""Which accepted tracks resemble a new reference: the reference is searched for in the catalogue.

One search for each new reference instead of one for each accepted track: a label that adds a
hundred works costs a hundred searches, however large the catalogue is. Runs in screening processes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from app.screening.catalogue_corpus import CatalogueLost, open_catalogue
from app.screening.corpus.errors import CorpusDamaged, CorpusMissing
from app.screening.corpus.folder import CorpusFolder
from app.screening.corpus.scores import load_score
from app.screening.references import works_of
from similarity.audio.decode import decode
from similarity.errors import LibraryMissing, MediaError, ReferenceIndexError
from similarity.index import ReferenceIndex
from similarity.match import Band, Match

TRACKS_AT_MOST: Final = 200
"""Files of accepted tracks that one reference may bring back to screening, strongest first."""


class Seen(msgspec.Struct, frozen=True, kw_only=True, tag="seen"):
    """The assets that resemble any of the references."""

    asset_ids: list[str]


class Unseen(msgspec.Struct, frozen=True, kw_only=True, tag="unseen"):
    """We cannot look at this moment; to be tried again."""

    slug: str
    detail: str


def references_in(corpus: Path) -> list[str]:
    """Every reference of the corpus, of works and of their further recordings.

    Raises:
        CorpusMissing, CorpusDamaged
    """
    works = list(works_of(corpus))
    further = {recording.reference for work in works for recording in work.recordings}
    return sorted(further | {work.reference for work in works})


def seek(corpus: Path, catalogue: Path, references: tuple[str, ...]) -> Any:
    """Search the catalogue for references of the corpus. The JSON value of ``Seen | Unseen``."""
    try:
        index = open_catalogue(catalogue)
        found = {
            match.reference
            for reference in references
            for match in _alike(CorpusFolder(corpus), index, reference)
            if match.band is not Band.NONE
        }
    except (CatalogueLost, CorpusMissing, CorpusDamaged) as error:
        return msgspec.to_builtins(Unseen(slug=error.slug, detail=error.detail))
    except (ReferenceIndexError, LibraryMissing, MediaError) as error:
        return msgspec.to_builtins(Unseen(slug=error.slug, detail=error.message))
    return msgspec.to_builtins(Seen(asset_ids=sorted(found)))


def seen_of(value: Any) -> Seen | Unseen:
    """What ``seek`` returned."""
    return msgspec.convert(value, Seen | Unseen)


def _alike(folder: CorpusFolder, index: ReferenceIndex, reference: str) -> Iterator[Match]:
    found = works_of(folder.root).find(reference)
    if found is None:
        # Gone since it was noticed: nothing can resemble it any more.
        return
    if found.recording is not None:
        audio = decode(folder.root / found.recording.file, measure_quality=False)
        yield from index.search_audio(audio, top=TRACKS_AT_MOST)
    if found.work.has_score and reference == found.work.reference:
        score = load_score(folder.score(reference))
        yield from index.search_score(score, top=TRACKS_AT_MOST)
