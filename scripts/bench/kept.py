"""Answers kept on disk, so that a run that was interrupted goes on where it was."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from scripts.bench.searching import Answer, Job

_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Answer)


class Kept:
    """A folder with one small file for each answer.

    The folder's name must change with anything that an answer depends on: engine, benchmark,
    references, seed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def get(self, job: Job) -> Answer | None:
        """What was answered before, or None."""
        path = self._path(job)
        return _DECODER.decode(path.read_bytes()) if path.exists() else None

    def put(self, answer: Answer) -> None:
        """Keep an answer, whole or not at all."""
        pending = self._path(answer.job).with_suffix(".pending")
        pending.write_bytes(_ENCODER.encode(answer))
        pending.replace(self._path(answer.job))

    def _path(self, job: Job) -> Path:
        name = hashlib.sha256(f"{job.task}/{job.row}/{job.number}".encode()).hexdigest()
        return self._folder / f"{name}.msgpack"
