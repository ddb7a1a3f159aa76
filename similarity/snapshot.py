"""A folder whose content changes all at once or not at all.

    directory/
        manifest.json           what is in force: see ``similarity.manifest``
        parts/000007-0/         immutable parts, each written by one commit
        lock                    held by whoever writes

New parts are written and synced while nothing names them; then the manifest is replaced by a
rename, which is atomic. A crash before that leaves the old state in force, and the debris is swept
by the next writer. The parts of the generation before are kept, so that a reader who has just read
the manifest finds them; one who comes later still finds the manifest changed, and begins again.
What is memory-mapped stays readable after it was swept, for as long as it is mapped.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from similarity.errors import IndexCorrupt, IndexMissing, ReferenceIndexError
from similarity.manifest import WHAT_TO_DO, Manifest, read_manifest
from similarity.sums import fault_of, sealed, sync

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from similarity.parts import State
    from similarity.sums import Part

MANIFEST: Final = "manifest.json"
_LOCK: Final = "lock"
_PARTS: Final = "parts"
_PART_NAME: Final = re.compile(r"\d{6,}-\d+")
"""Generation and number: nothing else in the folder is ours to sweep."""

_Loaded = TypeVar("_Loaded")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One committed state, as ``similarity.parts.Parts``."""

    directory: Path
    manifest: Manifest

    def folder(self, name: str) -> Path:
        """Where a part that is in force lies.

        Raises:
            IndexCorrupt: the snapshot has no such part.
        """
        if name not in self.manifest.parts:
            raise IndexCorrupt(f"The index in {self.directory} has no part {name}. {WHAT_TO_DO}")
        return self.directory / _PARTS / name

    def verify(self, trusted: Snapshot | None) -> None:
        """Check every file against its checksum, but for parts that ``trusted`` has too.

        Raises:
            IndexCorrupt: names the first file that is not what it was.
        """
        known = trusted.manifest.parts if trusted else {}
        files = [
            (self.folder(name) / file, total)
            for name, part in self.manifest.parts.items()
            if known.get(name) != part
            for file, total in part.items()
        ]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for fault in pool.map(lambda file: fault_of(*file), files):
                if fault:
                    raise IndexCorrupt(
                        f"The index in {self.directory} is damaged: {fault}. {WHAT_TO_DO}"
                    )


def read_newest(
    directory: Path,
    extractors: Mapping[str, str],
    load: Callable[[Snapshot], _Loaded],
    *,
    trusted: Snapshot | None = None,
) -> _Loaded:
    """What ``load`` makes of the newest snapshot, verified but for the parts of ``trusted``.

    ``load`` may raise ValueError, KeyError, OSError or EOFError for files that are damaged, and is
    called again when it was overtaken by writers.

    Raises:
        IndexMissing, IndexCorrupt, IndexVersionMismatch
    """
    manifest = _read_manifest(directory, extractors)
    while True:
        snapshot = Snapshot(directory, manifest)
        try:
            snapshot.verify(trusted)
            return load(snapshot)
        except (IndexCorrupt, ValueError, KeyError, OSError, EOFError) as error:
            latest = _read_manifest(directory, extractors)
            if latest.digest == manifest.digest:
                if isinstance(error, IndexCorrupt):
                    raise
                raise IndexCorrupt(
                    f"The index in {directory} is damaged: {error}. {WHAT_TO_DO}"
                ) from error
            manifest = latest


def digest_in_force(directory: Path) -> str:
    """SHA-256 (hex) of the manifest in force: cheap to ask, differs after every commit.

    Raises:
        IndexMissing: there is none.
    """
    try:
        return hashlib.sha256((directory / MANIFEST).read_bytes()).hexdigest()
    except OSError as error:
        raise IndexMissing(f"There is no index in {directory}.") from error


class Writing:
    """The next snapshot being written, as ``similarity.parts.NewParts``."""

    def __init__(self, current: Snapshot) -> None:
        self.snapshot: Final = current
        self._new: dict[str, Path] = {}

    def folder(self, name: str) -> Path:
        """Where a part lies that is in force or new.

        Raises:
            IndexCorrupt: there is no such part.
        """
        if name in self._new:
            return self._new[name]
        return self.snapshot.folder(name)

    def new(self) -> tuple[str, Path]:
        """A new, empty part: its name and its folder."""
        name = f"{self.snapshot.manifest.generation + 1:06d}-{len(self._new)}"
        path = self.snapshot.directory / _PARTS / name
        path.mkdir(parents=True)
        self._new[name] = path
        return name, path

    def put_in_force(self, lanes: Mapping[str, State]) -> Snapshot:
        """Make this the newest snapshot; parts that no lane names are dropped.

        Raises:
            IndexCorrupt: a lane names a part that is neither in force nor new.
        """
        directory, current = self.snapshot.directory, self.snapshot.manifest
        parts: dict[str, Part] = {}
        for name in (name for state in lanes.values() for name in state["parts"]):
            path = self.folder(name)
            parts[name] = sealed(path) if name in self._new else current.parts[name]
        if self._new:
            sync(directory / _PARTS)
        manifest, encoded = current.followed_by(lanes, parts)
        aside = directory / f"{MANIFEST}.new"
        with aside.open("wb") as file:
            file.write(encoded)
            file.flush()
            os.fsync(file.fileno())
        # The folder of parts must be on disk before the manifest that names them.
        sync(directory)
        aside.replace(directory / MANIFEST)
        sync(directory)
        return Snapshot(directory, manifest)


@contextlib.contextmanager
def writing(
    directory: Path, extractors: Mapping[str, str], *, create: bool = False
) -> Iterator[Writing]:
    """Write a new snapshot, alone; waits while another process does.

    Only ``put_in_force`` changes what is in force: a block that ends without it leaves nothing.

    Args:
        directory: the index; it is made where ``create``.
        extractors: version of each lane's extractor.
        create: begin with generation 0 where there is no index yet.

    Raises:
        IndexMissing, IndexCorrupt, IndexVersionMismatch
        ReferenceIndexError: it cannot be written.
    """
    try:
        if create and not directory.is_dir():
            directory.mkdir(parents=True, exist_ok=True)
            sync(directory.parent)
        with _locked(directory):
            begin = create and not (directory / MANIFEST).exists()
            current = Manifest.empty(extractors) if begin else _read_manifest(directory, extractors)
            _sweep(directory, extractors)
            try:
                yield Writing(Snapshot(directory, current))
            finally:
                _sweep(directory, extractors)
    except OSError as error:
        raise ReferenceIndexError(
            f"The index in {directory} cannot be written: {error.strerror or error}."
        ) from error


def _read_manifest(directory: Path, extractors: Mapping[str, str]) -> Manifest:
    try:
        return read_manifest(directory / MANIFEST, extractors)
    except OSError as error:
        raise IndexMissing(f"There is no index in {directory}.") from error


def _sweep(directory: Path, extractors: Mapping[str, str]) -> None:
    """Remove what no reader can come to: parts that neither this nor the last generation names."""
    try:
        # What is in force is asked of the disk: an exception may have struck after the rename.
        manifest = _read_manifest(directory, extractors)
    except IndexMissing:
        manifest = Manifest.empty(extractors)
    keep = {*manifest.parts, *manifest.previous}
    for path in (directory / _PARTS).glob("*"):
        if path.name not in keep and _PART_NAME.fullmatch(path.name):
            shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def _locked(directory: Path) -> Iterator[None]:
    try:
        lock = (directory / _LOCK).open("w")
    except FileNotFoundError as error:
        raise IndexMissing(f"There is no index in {directory}.") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield
        finally:
            # A process forked meanwhile shares the lock, and would keep it beyond our closing it.
            fcntl.flock(lock, fcntl.LOCK_UN)
