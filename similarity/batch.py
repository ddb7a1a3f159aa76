"""Index and search many files, whatever they are; one bad file does not stop the others."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from similarity.audio.decode import decode
from similarity.errors import MediaError, UnsupportedMedia
from similarity.index import ReferenceIndex
from similarity.match import MatchKind, verdict_of
from similarity.media import MediaKind, kind_of
from similarity.melody.reading import read_score
from similarity.melody.score import Score
from similarity.recording.fingerprint import Fingerprint, fingerprint

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from similarity.match import Match


@dataclass(frozen=True, slots=True)
class _Read:
    """What one file holds, or why it could not be read."""

    path: str
    content: Fingerprint | Score | MediaError
    walked: bool


def build_index(directory: Path, paths: Sequence[str]) -> dict[str, Any]:
    """Make an index of the files and, recursively, folders. References are the paths as given.

    Files inside folders that are neither audio nor scores are ignored; a file given by name, or one
    that is damaged, is an error.

    Raises:
        ReferenceIndexError: the folder holds an index already.
    """
    began = time.monotonic()
    index = ReferenceIndex.create(directory)
    recordings = melodies = 0
    errors: list[dict[str, Any]] = []
    ignored: list[str] = []
    # Audio is decoded by child processes, so threads are enough to keep all cores busy.
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for read in pool.map(_read, *zip(*_walk(paths), strict=True)):
            match read.content:
                case Fingerprint():
                    index.add_fingerprint(read.path, read.content)
                    recordings += 1
                case Score():
                    index.add_score(read.path, read.content)
                    melodies += 1
                case UnsupportedMedia() if read.walked:
                    ignored.append(read.path)
                case _:
                    errors.append(_error(read.path, read.content))
    index.commit()
    return {
        "index": str(directory),
        "recordings": recordings,
        "melodies": melodies,
        "ignored": ignored,
        "errors": errors,
        "elapsed_s": round(time.monotonic() - began, 3),
    }


def search_files(
    index: ReferenceIndex, paths: Sequence[str], *, kinds: Collection[MatchKind], top: int
) -> Iterator[dict[str, Any]]:
    """One answer per input file, in order: its matches, or why it could not be read."""
    for path, _ in _walk(paths):
        began = time.monotonic()
        try:
            duration_s, matches = _search(index, Path(path), kinds, top)
        except MediaError as error:
            yield _error(path, error)
            continue
        yield {
            "path": path,
            "duration_s": round(duration_s, 3),
            "verdict": verdict_of(matches).value,
            "matches": [_as_json(match) for match in matches],
            "elapsed_s": round(time.monotonic() - began, 3),
        }


def _walk(paths: Sequence[str]) -> list[tuple[str, bool]]:
    """Files with whether they were found in a folder, sorted within each; hidden ones left out."""
    found: list[tuple[str, bool]] = []
    for path in paths:
        if not Path(path).is_dir():
            found.append((path, False))
            continue
        for folder, subfolders, names in os.walk(path):
            subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
            found.extend(
                (str(Path(folder) / name), True)
                for name in sorted(names)
                if not name.startswith(".")
            )
    return found


def _read(path: str, walked: bool) -> _Read:  # noqa: FBT001 (called through map)
    try:
        if kind_of(Path(path)) is MediaKind.SCORE:
            return _Read(path, read_score(Path(path)), walked)
        audio = decode(Path(path), measure_quality=False)
        return _Read(path, fingerprint(audio.samples, audio.rate), walked)
    except MediaError as error:
        return _Read(path, error, walked)


def _search(
    index: ReferenceIndex, path: Path, kinds: Collection[MatchKind], top: int
) -> tuple[float, list[Match]]:
    if kind_of(path) is MediaKind.SCORE:
        score = read_score(path)
        wanted = MatchKind.MELODY in kinds
        return score.duration_s, index.search_score(score, top=top) if wanted else []
    audio = decode(path, measure_quality=False)
    wanted = MatchKind.RECORDING in kinds
    return audio.duration_s, index.search_audio(audio, top=top) if wanted else []


def _error(path: str, error: MediaError) -> dict[str, Any]:
    return {"path": path, "error": {"type": error.slug, "message": error.message}}


def _as_json(match: Match) -> dict[str, Any]:
    return {
        "kind": match.kind.value,
        "reference": match.reference,
        "score": round(match.score, 6),
        "evalue": match.evalue,
        "query_span_s": [round(match.query_span.start_s, 3), round(match.query_span.end_s, 3)],
        "reference_span_s": [
            round(match.reference_span.start_s, 3),
            round(match.reference_span.end_s, 3),
        ],
        "speed": round(match.speed, 5),
        "pitch_semitones": round(match.pitch_semitones, 2),
        "band": match.band.value,
    }
