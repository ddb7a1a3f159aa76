"""Files that are on disk for good, and the sums by which they are known again."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class FileSum:
    """What a file must be: ``size`` in bytes and SHA-256 (hex)."""

    size: int
    sha256: str


Part = dict[str, FileSum]
"""The files of one part by their path inside of it."""


def sealed(folder: Path) -> Part:
    """The sums of a new part's files, once all of it is on disk."""
    part: Part = {}
    for path in sorted(folder.rglob("*")):
        sync(path)
        if path.is_file():
            part[path.relative_to(folder).as_posix()] = FileSum(path.stat().st_size, sha256(path))
    sync(folder)
    return part


def sync(path: Path) -> None:
    """Wait until a file's content, or a folder's entries, are on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def fault_of(path: Path, expected: FileSum) -> str:
    """What is wrong with a file of a part, in words that name it; empty where nothing is."""
    name = f"{path.parent.name}/{path.name}"
    try:
        size = path.stat().st_size
        if size != expected.size:
            return f"{name} has {size} bytes instead of {expected.size}"
        return "" if sha256(path) == expected.sha256 else f"{name} does not match its checksum"
    except FileNotFoundError:
        return f"{name} is missing"
    except OSError as error:
        return f"{name} cannot be read ({error.strerror})"


def sha256(path: Path) -> str:
    """SHA-256 (hex) of a file.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
