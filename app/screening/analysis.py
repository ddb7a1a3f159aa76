"""What a screening process computes: files in, findings out. No database, no verdict.

Every file is read once; quality, waveform and all lanes work on the same samples. The result is a
JSON value, because the job engine keeps it with the step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from app.screening.catalogue_corpus import CatalogueLost, open_catalogue
from app.screening.corpus.errors import CorpusDamaged, CorpusMissing
from app.screening.corpus.works import PEAKS, WorkCatalogue
from app.screening.evidence import (
    FoundMatch,
    MatchSource,
    QualityMeasures,
    ScreenedFile,
    found_match,
)
from app.screening.lanes import Corpus
from app.screening.reading import FileRead, FileToScreen, Stopwatch, read_file
from app.screening.references import open_corpus
from similarity.audio.waveform import peaks
from similarity.errors import LibraryMissing, MediaError, ReferenceIndexError
from similarity.index import ReferenceIndex
from similarity.match import Band, Match, MatchKind

ENGINE: Final = "countersign-screening/2"
"""Raised when the same files against the same corpora may give other findings."""

TOP: Final = 10
NEAREST_KEPT: Final = 3
"""Matches below the review threshold that are kept, so that a reviewer sees what came nearest."""

_BANDS: Final = (Band.BLOCK, Band.REVIEW, Band.NONE)


class Analysed(msgspec.Struct, frozen=True, kw_only=True, tag="analysed"):
    """Findings, strongest matches first. ``timings_ms`` is per stage, over all files."""

    files: list[ScreenedFile]
    matches: list[FoundMatch]
    corpora: dict[str, str]
    timings_ms: dict[str, int]


class Unusable(msgspec.Struct, frozen=True, kw_only=True, tag="unusable"):
    """A file cannot be screened; another one must be uploaded."""

    slug: str
    detail: str
    file_name: str


class Unready(msgspec.Struct, frozen=True, kw_only=True, tag="unready"):
    """We cannot screen at this moment; the file is not at fault."""

    slug: str
    detail: str


Analysis = Analysed | Unusable | Unready


def analyse(
    files: tuple[FileToScreen, ...], corpora: Mapping[Corpus, Path], exempt: frozenset[str]
) -> Any:
    """Screen files against the corpora in these folders. ``exempt`` references are not matches.

    Runs in a process of its own. The JSON value of an ``Analysis``: it never raises for what may
    be wrong with a file or with our corpora.
    """
    name = ""
    work = _Analysis(exempt)
    try:
        with work.watch.stage("open_references"):
            opened = {corpus: _open(corpus, root) for corpus, root in corpora.items()}
        for file in files:
            name = file.name
            work.screen(file, opened)
        return msgspec.to_builtins(work.result(opened))
    except MediaError as error:
        return msgspec.to_builtins(Unusable(slug=error.slug, detail=error.message, file_name=name))
    except (CorpusMissing, CorpusDamaged, CatalogueLost) as error:
        return msgspec.to_builtins(Unready(slug=error.slug, detail=error.detail))
    except (ReferenceIndexError, LibraryMissing) as error:
        return msgspec.to_builtins(Unready(slug=error.slug, detail=error.message))


def analysis_of(value: Any) -> Analysis:
    """The ``Analysis`` of what ``analyse`` returned."""
    return msgspec.convert(value, Analysis)  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class _Searched:
    """A corpus that is searched; works of the catalogue are named by the database, not here."""

    index: ReferenceIndex
    works: WorkCatalogue | None


def _open(corpus: Corpus, root: Path) -> _Searched:
    if corpus is Corpus.CATALOGUE:
        return _Searched(open_catalogue(root), None)
    references = open_corpus(root)
    return _Searched(references.index, references.works)


@dataclass
class _Analysis:
    exempt: frozenset[str]
    files: list[ScreenedFile] = field(default_factory=list)
    matches: list[FoundMatch] = field(default_factory=list)
    watch: Stopwatch = field(default_factory=Stopwatch)

    def screen(self, file: FileToScreen, corpora: Mapping[Corpus, _Searched]) -> None:
        read = read_file(file, self.watch)
        self.files.append(_screened(read))
        audio, tune = read.audio, read.tune
        for corpus, searched in corpora.items():
            # What is exempt may rank first, and must not take the places of what is not.
            top = TOP + (len(self.exempt) if corpus is Corpus.CATALOGUE else 0)
            index = searched.index
            if audio is not None:
                with self.watch.stage("recording_search"):
                    found = index.search_audio(audio, top=top)
                self._keep(read, corpus, searched, found)
            if tune is not None:
                with self.watch.stage("melody_search"):
                    found = index.search_score(tune, top=top)
                self._keep(read, corpus, searched, found)

    def _keep(
        self, read: FileRead, corpus: Corpus, searched: _Searched, found: list[Match]
    ) -> None:
        for match in found:
            if match.reference not in self.exempt:
                source = MatchSource(
                    asset_id=read.file.asset_id,
                    role=read.file.role.value,
                    corpus=corpus,
                    transcribed=match.kind is MatchKind.MELODY and read.transcribed,
                )
                work = searched.works.find(match.reference) if searched.works else None
                self.matches.append(found_match(match, source, work))

    def result(self, corpora: Mapping[Corpus, _Searched]) -> Analysed:
        ranked = sorted(self.matches, key=lambda m: (_BANDS.index(m.band), m.evalue, -m.score))
        strong = [match for match in ranked if match.band is not Band.NONE]
        nearest = [match for match in ranked if match.band is Band.NONE]
        return Analysed(
            files=self.files,
            matches=[*strong, *nearest[:NEAREST_KEPT]],
            corpora={
                corpus.value: searched.index.corpus_digest for corpus, searched in corpora.items()
            },
            timings_ms=self.watch.milliseconds,
        )


def _screened(read: FileRead) -> ScreenedFile:
    file, audio = read.file, read.audio
    told = ScreenedFile(
        asset_id=file.asset_id,
        role=file.role.value,
        name=file.name,
        sha256=file.sha256,
        kind=file.kind.value,
        duration_s=round(read.duration_s, 3),
        lanes=list(read.runs),
    )
    if audio is None:
        return msgspec.structs.replace(told, note_count=read.runs[0].notes)
    quality = audio.quality
    return msgspec.structs.replace(
        told,
        codec=audio.codec,
        channels=audio.channels,
        sample_rate=audio.source_rate,
        quality=None
        if quality is None
        else QualityMeasures(
            integrated_lufs=quality.integrated_lufs,
            true_peak_dbtp=quality.true_peak_dbtp,
            clipped_share=quality.clipped_share,
            silent_share=quality.silent_share,
        ),
        peaks=peaks(audio.samples, PEAKS),
    )
