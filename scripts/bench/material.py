"""The material of a benchmark: any folders of audio and scores, divided by their content alone.

Names are never looked at. A file is known by the SHA-256 of its bytes: the seed and that digest say
whether it is a reference or held aside as unknown, the digest's last hex digit whether it belongs
to the part for tuning (0 to 7) or the part that is reported on (8 to f).
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tqdm import tqdm

from similarity.errors import MediaError
from similarity.media import MediaKind, kind_of

_MEMORY = "material.json"


class Part(StrEnum):
    """Which half of the material queries come from."""

    TUNE = "tune"
    REPORT = "report"
    ALL = "all"

    def holds(self, digest: str) -> bool:
        """Whether a file of this digest (hex) belongs here."""
        return self is Part.ALL or (digest[-1] in "01234567") == (self is Part.TUNE)


@dataclass(frozen=True, slots=True)
class Work:
    """One file: ``seconds`` is 0 for a score."""

    path: Path
    digest: str
    kind: MediaKind
    seconds: float


@dataclass(frozen=True, slots=True)
class Split:
    """References, and works held aside, which must not be found; both in an order by seed.

    ``sources`` and ``unknown`` are those of the chosen part; the index holds all ``references``.
    """

    references: tuple[Work, ...]
    sources: tuple[Work, ...]
    unknown: tuple[Work, ...]


def find_works(folders: Iterable[Path], memory: Path) -> list[Work]:
    """All audio and scores below the folders, one for each distinct content.

    Digests and lengths are remembered in the folder ``memory`` for as long as a file's size and
    time stay the same.
    """
    known = _remembered(memory / _MEMORY)
    files = sorted({path for folder in folders for path in _files(folder)})
    seen: dict[str, list[str | float]] = {}
    works: dict[str, Work] = {}
    for path in tqdm(files, desc="material", disable=None):
        status = path.stat()
        stamp = f"{path}|{status.st_size}|{status.st_mtime_ns}"
        digest, kind, seconds = known.get(stamp) or _looked_at(path)
        seen[stamp] = [digest, kind, seconds]
        if kind:
            works[str(digest)] = Work(path, str(digest), MediaKind(kind), float(seconds))
    memory.mkdir(parents=True, exist_ok=True)
    (memory / _MEMORY).write_text(json.dumps(seen))
    return list(works.values())


def divide(
    works: Sequence[Work],
    *,
    seed: int,
    aside: float,
    part: Part,
    most_references: int | None = None,
) -> Split:
    """Hold a share ``aside`` as unknown, by a hash of seed and content."""
    ordered = sorted(works, key=lambda work: _draw(seed, work))
    references = [work for work in ordered if _draw(seed, work) >= aside][:most_references]
    unknown = [work for work in ordered if _draw(seed, work) < aside]
    return Split(
        tuple(references),
        tuple(work for work in references if part.holds(work.digest)),
        tuple(work for work in unknown if part.holds(work.digest)),
    )


def _draw(seed: int, work: Work) -> float:
    """Uniform in 0..1."""
    return int(hashlib.sha256(f"{seed}/{work.digest}".encode()).hexdigest()[:12], 16) / 16**12


def _files(folder: Path) -> list[Path]:
    if folder.is_file():
        return [folder]
    return [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")]


def _remembered(file: Path) -> dict[str, tuple[str, str, float]]:
    if not file.exists():
        return {}
    return {stamp: (row[0], row[1], row[2]) for stamp, row in json.loads(file.read_text()).items()}


def _looked_at(path: Path) -> tuple[str, str, float]:
    """Digest, kind (empty for what is neither audio nor score) and seconds."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    try:
        kind = kind_of(path)
    except MediaError:
        return digest, "", 0.0
    seconds = _seconds(path) if kind is MediaKind.AUDIO else 0.0
    return digest, kind.value if seconds or kind is MediaKind.SCORE else "", seconds


def _seconds(path: Path) -> float:
    """Length by ffprobe; 0 where it knows none."""
    command = ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0"]
    said = subprocess.run([*command, str(path)], capture_output=True, text=True, check=False)
    try:
        return float(said.stdout)
    except ValueError:
        return 0.0
