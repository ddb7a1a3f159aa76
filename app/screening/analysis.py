"""What a screening process computes: files in, findings out. No database, no verdict.

Every audio file is decoded once; quality, waveform and search all work on the same samples. The
result is a JSON value, because the job engine keeps it with the step.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from app.screening.corpus.errors import CorpusDamaged, CorpusMissing
from app.screening.corpus.works import PEAKS
from app.screening.deadline import deadline
from app.screening.evidence import FoundMatch, QualityMeasures, ScreenedFile, found_match
from app.screening.references import OpenCorpus, open_corpus
from similarity.audio.decode import DecodedAudio, decode
from similarity.audio.waveform import peaks
from similarity.errors import LibraryMissing, MediaError, ReferenceIndexError
from similarity.match import Band, Match
from similarity.media import MediaKind
from similarity.melody.reading import read_score
from similarity.melody.score import Score

ENGINE: Final = "countersign-screening/1"
"""Raised when the same files against the same corpora may give other findings."""

TOP: Final = 10
NEAREST_KEPT: Final = 3
"""Matches below the review threshold that are kept, so that a reviewer sees what came nearest."""

SCORE_SECONDS: Final = 120
"""A symphony's notation parses in half a minute; hostile notation may take for ever."""

_BANDS: Final = (Band.BLOCK, Band.REVIEW, Band.NONE)

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class FileToScreen:
    """A file at rest, and what it is to its track."""

    asset_id: str
    role: str
    name: str
    sha256: str
    kind: MediaKind
    path: Path


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
    files: tuple[FileToScreen, ...], corpora: dict[str, Path], exempt: frozenset[str]
) -> Any:
    """Screen files against corpora (by name). ``exempt`` references are not matches.

    Runs in a process of its own. The JSON value of an ``Analysis``: it never raises for what may
    be wrong with a file or with our corpora.
    """
    name = ""
    work = _Analysis(exempt)
    try:
        with work.stage("open_references"):
            opened = {label: open_corpus(root) for label, root in corpora.items()}
        for file in files:
            name = file.name
            work.screen(file, opened)
        return msgspec.to_builtins(work.result(opened))
    except MediaError as error:
        return msgspec.to_builtins(Unusable(slug=error.slug, detail=error.message, file_name=name))
    except (CorpusMissing, CorpusDamaged) as error:
        return msgspec.to_builtins(Unready(slug=error.slug, detail=error.detail))
    except (ReferenceIndexError, LibraryMissing) as error:
        return msgspec.to_builtins(Unready(slug=error.slug, detail=error.message))


def analysis_of(value: Any) -> Analysis:
    """The ``Analysis`` of what ``analyse`` returned."""
    return msgspec.convert(value, Analysis)  # type: ignore[no-any-return]


@dataclass
class _Analysis:
    exempt: frozenset[str]
    files: list[ScreenedFile] = field(default_factory=list)
    matches: list[FoundMatch] = field(default_factory=list)
    timings: dict[str, float] = field(default_factory=dict)

    def screen(self, file: FileToScreen, corpora: dict[str, OpenCorpus]) -> None:
        if file.kind is MediaKind.AUDIO:
            with self.stage("decode"):
                audio = decode(file.path)
            self.files.append(_screened_audio(file, audio))
            self._search(
                file, "recording_search", corpora, lambda c: c.index.search_audio(audio, top=TOP)
            )
        else:
            with self.stage("read_score"), deadline(SCORE_SECONDS):
                score = read_score(file.path)
            self.files.append(_screened_score(file, score))
            self._search(
                file, "melody_search", corpora, lambda c: c.index.search_score(score, top=TOP)
            )

    def _search(
        self,
        file: FileToScreen,
        stage: str,
        corpora: dict[str, OpenCorpus],
        search: Callable[[OpenCorpus], list[Match]],
    ) -> None:
        for corpus in corpora.values():
            with self.stage(stage):
                found = [m for m in search(corpus) if m.reference not in self.exempt]
            self.matches += [
                found_match(match, file.asset_id, corpus.works.find(match.reference))
                for match in found
            ]

    def result(self, corpora: dict[str, OpenCorpus]) -> Analysed:
        ranked = sorted(self.matches, key=lambda m: (_BANDS.index(m.band), m.evalue, -m.score))
        strong = [match for match in ranked if match.band is not Band.NONE]
        nearest = [match for match in ranked if match.band is Band.NONE]
        return Analysed(
            files=self.files,
            matches=[*strong, *nearest[:NEAREST_KEPT]],
            corpora={label: corpus.index.corpus_digest for label, corpus in corpora.items()},
            timings_ms={stage: round(1000 * spent) for stage, spent in self.timings.items()},
        )

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.timings[name] = self.timings.get(name, 0.0) + time.perf_counter() - started


def _screened_audio(file: FileToScreen, audio: DecodedAudio) -> ScreenedFile:
    quality = audio.quality
    return ScreenedFile(
        asset_id=file.asset_id,
        role=file.role,
        name=file.name,
        sha256=file.sha256,
        kind=file.kind.value,
        duration_s=round(audio.duration_s, 3),
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


def _screened_score(file: FileToScreen, score: Score) -> ScreenedFile:
    return ScreenedFile(
        asset_id=file.asset_id,
        role=file.role,
        name=file.name,
        sha256=file.sha256,
        kind=file.kind.value,
        duration_s=round(score.duration_s, 3),
        note_count=score.note_count,
    )
