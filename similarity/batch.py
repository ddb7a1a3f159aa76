"""Index and search many files, whatever they are; one bad file does not stop the others."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tqdm import tqdm

from similarity.audio.decode import decode
from similarity.errors import MediaError, UnsupportedMedia
from similarity.extraction import Extract, Order, extract_all
from similarity.index import ReferenceIndex
from similarity.match import MatchKind, verdict_of
from similarity.media import MediaKind, kind_of
from similarity.melody.reading import read_score
from similarity.recording.fingerprint import Fingerprint

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from similarity.match import Match

COMMIT_EVERY_S: Final = 60.0
"""An interrupted build loses a minute's work: what one would wait for without a thought."""

_COMMIT_SHARE: Final = 10
"""A commit may look at the whole corpus again: we work ten times as long before the next one."""


def build_index(
    directory: Path,
    paths: Sequence[str],
    *,
    progress: bool = False,
    commit_every_s: float = COMMIT_EVERY_S,
) -> dict[str, Any]:
    """Make an index of the files and, recursively, folders; or bring one up to date with them.

    References are the paths as given. Files whose content the index holds already are not read
    again, so the same call goes on where an interrupted one stopped. A changed file replaces what
    was there, and one that has become unreadable leaves it. Files inside folders that are neither
    audio nor scores are ignored; a file given by name, or one that is damaged, is an error. Reads
    on all cores, in spawned processes: a script calls this under ``if __name__ == "__main__"``.

    Args:
        directory: of the index; made if there is none.
        paths: files, and folders to walk.
        progress: show a bar on standard error if that is a terminal.
        commit_every_s: seconds of work that an interruption may lose.

    Returns:
        JSON: how many ``recordings`` and ``melodies`` the index holds of these files, how many of
        them it had before (``unchanged``), the paths ``ignored``, and ``errors``.

    Raises:
        ReferenceIndexError: the folder cannot be written, or holds an index that cannot be used.
    """
    began = time.monotonic()
    files = _walk(paths)
    build = _Build(ReferenceIndex.open_or_create(directory), files, commit_every_s)
    with tqdm(total=len(files), unit=" files", disable=None if progress else True) as bar:
        for extract in extract_all([build.order(path) for path in files]):
            build.take(extract)
            bar.update()
            build.commit_when_due()
        bar.set_postfix_str("saving")
        build.index.commit()
    return {
        "index": str(directory),
        "recordings": build.counts[MatchKind.RECORDING],
        "melodies": build.counts[MatchKind.MELODY],
        "unchanged": build.unchanged,
        # In the order of the files, whichever were read first.
        "ignored": [path for path in files if path in build.ignored],
        "errors": [_error(path, build.errors[path]) for path in files if path in build.errors],
        "elapsed_s": round(time.monotonic() - began, 3),
    }


@dataclass
class _Build:
    """A build under way. ``files`` are paths with whether they were found in a folder."""

    index: ReferenceIndex
    files: dict[str, bool]
    commit_every_s: float
    unchanged: int = 0
    ignored: set[str] = field(default_factory=set)
    errors: dict[str, MediaError] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.counts = dict.fromkeys(MatchKind, 0)
        self._held = dict(self.index.references())
        self._commit_at = time.monotonic() + self.commit_every_s

    def order(self, path: str) -> Order:
        sources = {
            kind: source
            for kind in self._held.get(path, ())
            if (source := self.index.source(kind, path))
        }
        return Order(path, sources)

    def take(self, extract: Extract) -> None:
        path, content = extract.path, extract.content
        match content:
            case MatchKind():
                self.unchanged += 1
                self.counts[content] += 1
            case UnsupportedMedia() if self.files[path]:
                self.ignored.add(path)
            case MediaError():
                self.errors[path] = content
            case Fingerprint():
                self._replace(path, MatchKind.RECORDING)
                self.index.add_fingerprint(path, content, source=extract.digest)
            case score:
                self._replace(path, MatchKind.MELODY)
                self.index.add_score(path, score, source=extract.digest)

    def commit_when_due(self) -> None:
        if time.monotonic() < self._commit_at:
            return
        began = time.monotonic()
        self.index.commit()
        ended = time.monotonic()
        self._commit_at = ended + max(self.commit_every_s, _COMMIT_SHARE * (ended - began))

    def _replace(self, path: str, kind: MatchKind) -> None:
        self.counts[kind] += 1
        if self._held.get(path, {kind}) != {kind}:
            # The file was music of the other sort before.
            self.index.remove(path)


def search_files(
    index: ReferenceIndex, paths: Sequence[str], *, kinds: Collection[MatchKind], top: int
) -> Iterator[dict[str, Any]]:
    """One answer per input file, in order: its matches, or why it could not be read.

    Audio is compared with recordings, and what is transcribed of it with melodies; scores have
    melodies only. ``kinds`` says which of these.
    """
    for path in _walk(paths):
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


def _walk(paths: Sequence[str]) -> dict[str, bool]:
    """Files with whether they were found in a folder, sorted within each; hidden ones left out."""
    found: dict[str, bool] = {}
    for path in paths:
        if not Path(path).is_dir():
            found[path] = False
            continue
        for folder, subfolders, names in os.walk(path):
            subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
            for name in sorted(names):
                if not name.startswith("."):
                    found.setdefault(str(Path(folder) / name), True)
    return found


def _search(
    index: ReferenceIndex, path: Path, kinds: Collection[MatchKind], top: int
) -> tuple[float, list[Match]]:
    if kind_of(path) is MediaKind.SCORE:
        score = read_score(path)
        wanted = MatchKind.MELODY in kinds
        return score.duration_s, index.search_score(score, top=top) if wanted else []
    audio = decode(path, measure_quality=False)
    return audio.duration_s, index.search_audio(audio, kinds=kinds, top=top)


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
