"""The works of the corpus: what a match is shown as, and by what right we hold it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from app.screening.corpus.errors import CorpusDamaged
from app.screening.corpus.folder import replace_file

PEAKS: Final = 600
"""Values in a stored waveform outline: one for every second pixel of a wide screen."""


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """Audio of a work. ``file`` is relative to the corpus folder; ``peaks`` outline it (0..1)."""

    reference: str
    file: str
    sha256: str
    media_type: str
    duration_s: float
    instrumentation: str
    peaks: list[float]


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """One composition and what the corpus has of it.

    ``reference`` names it in the index, as score and as its first recording; further recordings
    have references of their own.
    """

    reference: str
    title: str
    composer: str
    source: str
    rights: str
    note_count: int = 0
    duration_s: float = 0.0
    recordings: tuple[Recording, ...] = ()

    @property
    def has_score(self) -> bool:
        return self.note_count > 0


@dataclass(frozen=True, slots=True)
class Found:
    """A work found by a reference, with the recording that the reference names, if it names one."""

    work: Work
    recording: Recording | None


class WorkCatalogue:
    """All works of a corpus, found by any of their references."""

    def __init__(self, works: Iterable[Work]) -> None:
        self._works: Mapping[str, Work] = {work.reference: work for work in works}
        self._recordings = {
            recording.reference: (work, recording)
            for work in self._works.values()
            for recording in work.recordings
        }

    @classmethod
    def load(cls, path: Path) -> WorkCatalogue:
        """
        Raises:
            CorpusDamaged: a line is not a work.
        """
        try:
            with path.open("rb") as lines:
                return cls(msgspec.json.decode(line, type=Work) for line in lines)
        except (OSError, msgspec.MsgspecError) as error:
            raise CorpusDamaged(
                f"{path} cannot be read ({error}); build the corpus again."
            ) from error

    def save(self, path: Path) -> None:
        """Write one JSON line per work, aside and moved into place."""
        replace_file(path, b"".join(msgspec.json.encode(work) + b"\n" for work in self))

    def find(self, reference: str) -> Found | None:
        """The work that a reference names, or None."""
        if reference in self._recordings:
            return Found(*self._recordings[reference])
        work = self._works.get(reference)
        return Found(work, None) if work is not None else None

    def __iter__(self) -> Iterator[Work]:
        """Works in order of their references."""
        return (self._works[reference] for reference in sorted(self._works))

    def __len__(self) -> int:
        return len(self._works)

    @property
    def recording_count(self) -> int:
        return len(self._recordings)


def work_line(work: Work) -> str:
    """One work as JSON without its outlines, for lists that people and scripts read."""
    fields = msgspec.to_builtins(work)
    for recording in fields["recordings"]:
        del recording["peaks"]
    return json.dumps(fields, ensure_ascii=False)
