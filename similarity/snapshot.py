"""A folder whose content changes all at once or not at all.

    directory/
        manifest.json           names the snapshot, its parts and their SHA-256
        snapshot-000007/        the parts: one folder per lane

A new snapshot is written aside and synced, then the manifest is replaced by a rename, which is
atomic. A crash before that leaves the old snapshot in force, and the debris is swept by the next
commit. The snapshot before is kept, so that a reader who has just read the manifest finds it.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from similarity.errors import (
    IndexCorrupt,
    IndexMissing,
    IndexVersionMismatch,
    ReferenceIndexError,
)
from similarity.recording.fingerprint import EXTRACTOR

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMAT: Final = 1
"""Changes whenever older code could not read the folder."""

_MANIFEST: Final = "manifest.json"
_LOCK: Final = "lock"
_PREFIX: Final = "snapshot-"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is in force: ``generation`` counts commits, ``digest`` is the manifest's SHA-256."""

    generation: int
    digest: str

    @property
    def snapshot(self) -> str:
        """Name of the snapshot's folder."""
        return f"{_PREFIX}{self.generation:06d}"


class Pending:
    """A snapshot being written."""

    def __init__(self, directory: Path, generation: int) -> None:
        self.manifest = Manifest(generation, "")
        self.path = directory / self.manifest.snapshot

    def part(self, name: str) -> Path:
        """A new, empty folder for one part."""
        path = self.path / name
        path.mkdir(parents=True)
        return path


def begin(directory: Path) -> Manifest:
    """Prepare a folder for its first commit.

    Raises:
        ReferenceIndexError: it holds an index already, or cannot be made.
    """
    if (directory / _MANIFEST).exists():
        raise ReferenceIndexError(f"There is an index in {directory} already.")
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ReferenceIndexError(f"{directory} cannot be made: {error.strerror}.") from error
    return Manifest(0, "")


def open_verified(directory: Path) -> tuple[Manifest, Path]:
    """The manifest in force and the folder of its parts, every file checked against its SHA-256.

    Raises:
        IndexMissing, IndexCorrupt, IndexVersionMismatch
    """
    manifest, files = _read_manifest(directory)
    try:
        _verify(directory / manifest.snapshot, files)
    except FileNotFoundError as error:
        # A writer may have replaced it twice while we were reading.
        latest, files = _read_manifest(directory)
        if latest.generation == manifest.generation:
            raise IndexCorrupt(
                f"The index in {directory} is damaged: {Path(error.filename).name} is missing."
            ) from error
        manifest = latest
        _verify(directory / manifest.snapshot, files)
    return manifest, directory / manifest.snapshot


@contextlib.contextmanager
def replace(directory: Path, current: Manifest) -> Iterator[Pending]:
    """Write a new snapshot; it comes into force when the block ends without an exception.

    Raises:
        ReferenceIndexError: another process has committed since ``current`` was read.
    """
    with _locked(directory):
        if _generation(directory) != current.generation:
            raise ReferenceIndexError(
                f"The index in {directory} was changed by another process; open it again."
            )
        pending = Pending(directory, current.generation + 1)
        shutil.rmtree(pending.path, ignore_errors=True)
        pending.path.mkdir()
        try:
            yield pending
            pending.manifest = _put_in_force(directory, pending)
        except BaseException:
            shutil.rmtree(pending.path, ignore_errors=True)
            raise
        _sweep(directory, keep={current.snapshot, pending.manifest.snapshot})


def _put_in_force(directory: Path, pending: Pending) -> Manifest:
    files = {
        path.relative_to(pending.path).as_posix(): _sync_and_hash(path)
        for path in sorted(pending.path.rglob("*"))
        if path.is_file()
    }
    for folder in [pending.path, *(path for path in pending.path.rglob("*") if path.is_dir())]:
        _sync_folder(folder)
    content = {
        "format": FORMAT,
        "extractor": EXTRACTOR,
        "generation": pending.manifest.generation,
        "files": files,
    }
    encoded = json.dumps(content, indent=1, sort_keys=True).encode()
    aside = directory / f"{_MANIFEST}.new"
    with aside.open("wb") as file:
        file.write(encoded)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(directory / _MANIFEST)
    _sync_folder(directory)
    return Manifest(pending.manifest.generation, hashlib.sha256(encoded).hexdigest())


def _read_manifest(directory: Path) -> tuple[Manifest, dict[str, str]]:
    try:
        encoded = (directory / _MANIFEST).read_bytes()
    except OSError as error:
        raise IndexMissing(f"There is no index in {directory}.") from error
    try:
        content = json.loads(encoded)
        if content["format"] != FORMAT or content["extractor"] != EXTRACTOR:
            raise IndexVersionMismatch(
                f"The index in {directory} was made by another version; build it again."
            )
        files = {str(name): str(digest) for name, digest in content["files"].items()}
        manifest = Manifest(int(content["generation"]), hashlib.sha256(encoded).hexdigest())
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise IndexCorrupt(f"The manifest of the index in {directory} is damaged.") from error
    return manifest, files


def _generation(directory: Path) -> int:
    if not (directory / _MANIFEST).exists():
        return 0
    return _read_manifest(directory)[0].generation


def _verify(snapshot: Path, files: dict[str, str]) -> None:
    for name, digest in files.items():
        if ".." in Path(name).parts or Path(name).is_absolute():
            raise IndexCorrupt("The manifest of the index names a file outside of it.")
        if _hash(snapshot / name) != digest:
            raise IndexCorrupt(f"The index is damaged: {name} does not match its checksum.")


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync_and_hash(path: Path) -> str:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
    return _hash(path)


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sweep(directory: Path, keep: set[str]) -> None:
    for path in directory.glob(f"{_PREFIX}*"):
        if path.name not in keep:
            shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def _locked(directory: Path) -> Iterator[None]:
    with (directory / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
