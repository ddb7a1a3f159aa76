"""The catalogue corpus on disk: what sellers here offer, so that others cannot upload it again.

An index of ``similarity`` whose references are asset ids. Which tracks belong in it is in the
database (``app.screening.catalogue``); everything here can be made again from the stored files.
Runs in screening processes.
"""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from app.catalog.models import AssetRole
from app.core.errors import Unavailable
from app.screening.reading import FileRead, FileToScreen, Stopwatch, read_file
from similarity.errors import IndexCorrupt, IndexMissing, IndexVersionMismatch, MediaTooShort
from similarity.index import ReferenceIndex
from similarity.match import Band, Match

if TYPE_CHECKING:
    from collections.abc import Iterator

TWINS: Final = 20
"""Likenesses of a new track that are looked at: one is enough to call a person."""

_MANIFEST: Final = "manifest.json"


class CatalogueLost(Unavailable):
    """The index of accepted tracks is gone or of another version; it is being made again."""

    slug = "catalogue-lost"
    title = "The index of accepted tracks is being made again"


class TakenIn(msgspec.Struct, frozen=True, kw_only=True):
    """What adding a track came to.

    ``rebuilt``: the index could not be used and was begun anew, so that all others are missing.
    ``alike``: assets of other tracks that these files resemble.
    """

    rebuilt: bool
    alike: list[str]


_open: Final[dict[Path, ReferenceIndex]] = {}
"""Per process: opening takes a while, and a worker screens hundreds of tracks."""


def open_catalogue(root: Path) -> ReferenceIndex:
    """The newest state of the index.

    Raises:
        CatalogueLost: there is none that can be used.
    """
    try:
        if root in _open:
            _open[root].refresh()
        else:
            _open[root] = ReferenceIndex.open(root)
    except (IndexMissing, IndexCorrupt, IndexVersionMismatch) as error:
        # What is held may be of another index, begun anew in the same folder.
        _open.pop(root, None)
        raise CatalogueLost("The screening is tried again by itself.") from error
    return _open[root]


def is_lost(root: Path) -> bool:
    """Whether there is no index at all."""
    return not (root / _MANIFEST).exists()


def take_in(root: Path, files: tuple[FileToScreen, ...]) -> Any:
    """Add a track's files, each as the reference of its asset id. Doing it again changes nothing.

    The JSON value of a ``TakenIn``. Files that are too short to compare are left out.

    Raises:
        MediaError: a file cannot be read, though it was when it was screened.
        ReferenceIndexError: the index cannot be written; try again.
    """
    kept = []
    with _changing(root) as (index, rebuilt):
        known = dict(index.references())
        for file in files:
            read = read_file(file, Stopwatch(), measure_quality=False)
            if file.asset_id not in known:
                _add(index, read)
            if file.role is not AssetRole.STEM:
                kept.append(read)
        index.commit()
        # Searched only now: of two tracks added at once, at least the later one finds the other.
        own = {file.asset_id for file in files}
        alike = {reference for read in kept for reference in _alike(index, read)} - own
    return msgspec.to_builtins(TakenIn(rebuilt=rebuilt, alike=sorted(alike)))


def take_out(root: Path, asset_ids: tuple[str, ...]) -> None:
    """Remove a track's files. What is not there needs no removing.

    Raises:
        ReferenceIndexError: the index cannot be written; try again.
    """
    if is_lost(root):
        return
    with _changing(root) as (index, _):
        known = dict(index.references())
        for asset_id in asset_ids:
            if asset_id in known:
                index.remove(asset_id)
        index.commit()


@contextlib.contextmanager
def _changing(root: Path) -> Iterator[tuple[ReferenceIndex, bool]]:
    """The index to write to, and whether it had to be begun anew.

    Opening verifies every byte, so one that is open is brought up to date instead.
    """
    try:
        index, rebuilt = open_catalogue(root), False
    except CatalogueLost as lost:
        if not isinstance(lost.__cause__, IndexMissing):
            # Everything in it can be made again from the stored files.
            shutil.rmtree(root)
        index, rebuilt = ReferenceIndex.create(root), True
        _open[root] = index
    try:
        yield index, rebuilt
    except BaseException:
        # It may hold half a track, which the next commit would write.
        _open.pop(root, None)
        raise


def _add(index: ReferenceIndex, read: FileRead) -> None:
    if read.audio is not None:
        with contextlib.suppress(MediaTooShort):
            index.add_recording(read.file.asset_id, read.audio)
    if read.tune is not None:
        index.add_score(read.file.asset_id, read.tune)


def _alike(index: ReferenceIndex, read: FileRead) -> set[str]:
    found: list[Match] = []
    if read.audio is not None:
        found += index.search_audio(read.audio, top=TWINS)
    if read.tune is not None:
        found += index.search_score(read.tune, top=TWINS)
    return {match.reference for match in found if match.band is not Band.NONE}
