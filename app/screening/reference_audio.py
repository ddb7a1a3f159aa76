"""The corpus's recordings, as bytes to be played."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.catalog.content import Content
from app.core.errors import NotFound
from app.screening.corpus.errors import ReferenceUnknown
from app.screening.corpus.works import Found, Recording
from app.screening.references import works_of

_PIECE: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class RecordingFile:
    """A recording in the corpus folder; a source of bytes for ``app.catalog.content.serve``."""

    path: Path
    content: Content

    async def stream(self, sha256: str, *, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes ``[start, end)`` in pieces."""
        while start < end:
            piece = await asyncio.to_thread(self._read, start, min(_PIECE, end - start))
            if not piece:
                return
            yield piece
            start += len(piece)

    def _read(self, start: int, length: int) -> bytes:
        with self.path.open("rb") as file:
            file.seek(start)
            return file.read(length)


async def find_reference(corpus: Path, reference: str) -> Found:
    """
    Raises:
        ReferenceUnknown: the corpus has no such work.
        CorpusMissing, CorpusDamaged
    """
    works = await asyncio.to_thread(works_of, corpus)
    found = works.find(reference)
    if found is None:
        raise ReferenceUnknown("It may have been in an earlier corpus; the evidence names it.")
    return found


def recording_file(corpus: Path, found: Found) -> RecordingFile:
    """
    Raises:
        NotFound: the reference has no recording, or its file is gone.
    """
    recording = found.recording
    path = corpus / recording.file if recording is not None else None
    if recording is None or path is None or not path.is_file():
        raise NotFound("The corpus has no recording of this work.")
    return RecordingFile(path, _content(recording, path))


def _content(recording: Recording, path: Path) -> Content:
    return Content(recording.sha256, path.stat().st_size, recording.media_type, path.name)
