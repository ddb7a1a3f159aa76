"""Where the corpus keeps what: every file is written aside and moved into place.

    index/            the reference index of ``similarity``
    works.jsonl       the catalogue of works
    corpus.json       what the two above hold; written last, read first
    works/            one record per work, made once
    scores/           the melodic lines of each work
    audio/            recordings, named by their reference

The last three are the builder's own: an interrupted build goes on from them.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from app.screening.corpus.errors import CorpusBusy, CorpusDamaged, CorpusMissing


class CorpusManifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a finished corpus holds. ``digest`` names the exact index that was searched."""

    digest: str
    works: int
    recordings: int


@dataclass(frozen=True, slots=True)
class CorpusFolder:
    """The places inside one corpus folder."""

    root: Path

    @property
    def index(self) -> Path:
        return self.root / "index"

    @property
    def catalogue(self) -> Path:
        return self.root / "works.jsonl"

    @property
    def manifest_file(self) -> Path:
        return self.root / "corpus.json"

    def record(self, reference: str) -> Path:
        return self.root / "works" / f"{reference}.json"

    def score(self, reference: str) -> Path:
        return self.root / "scores" / f"{reference}.npz"

    @property
    def audio(self) -> Path:
        return self.root / "audio"

    def prepare(self) -> None:
        """Make the folders."""
        for name in ("works", "scores", "audio"):
            (self.root / name).mkdir(parents=True, exist_ok=True)

    def manifest(self) -> CorpusManifest:
        """What the finished corpus holds.

        Raises:
            CorpusMissing: nothing was built here, or the first build has not ended.
            CorpusDamaged: the manifest cannot be read.
        """
        try:
            return msgspec.json.decode(self.manifest_file.read_bytes(), type=CorpusManifest)
        except FileNotFoundError as error:
            raise CorpusMissing(
                f"Build one first: countersign corpus build (nothing in {self.root} yet)."
            ) from error
        except msgspec.MsgspecError as error:
            raise CorpusDamaged(f"{self.manifest_file} is damaged; build again.") from error

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One builder at a time; the lock dies with its process.

        Raises:
            CorpusBusy: another process holds it.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / ".lock").open("wb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise CorpusBusy("Another process is building it; wait for that one.") from error
            yield


def replace_file(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Write aside and move into place: a crash leaves the old file or the new one.

    Not ``durable``: without waiting for the disk, for what can be made again.
    """
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with aside.open("wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
