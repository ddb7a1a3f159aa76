"""Ends a process at one chosen point of its writing, as ``kill -9`` or as a power failure would.

    python -m tests.similarity.crashing INDEX WORK

For every point of one commit a child is forked that makes the same change to its own copy of INDEX
and dies there. What each leaves lies in ``WORK/<how>-<point>``; one line of JSON says how each
ended. Points are the operations that change a folder (open to write, make, rename, remove) and
``fsync``. A power failure takes with it what was not synced by then: half of a file's content, new
entries of a folder, and renames.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from similarity.index import ReferenceIndex
from tests.similarity.small import small_fingerprint, small_score

KILLED: Final = 9
HOW: Final = ("kill", "power")


def change(directory: Path) -> None:
    """The commit that is interrupted: adds, replaces and removes."""
    index = ReferenceIndex.open(directory)
    index.add_fingerprint("new", small_fingerprint(10), source="digest")
    index.add_score("tune-0", small_score(11))
    index.remove("tune-1")
    index.commit()


class Interruption:
    """Counts what this process does to a folder, and ends it at the chosen point."""

    def __init__(self, folder: Path, point: int, *, power_fails: bool) -> None:
        self._folder = str(folder)
        self._left = point
        self._power_fails = power_fails
        self._unsynced: set[Path] = set()
        self._entries: set[Path] = set()
        self._renamed: dict[Path, bytes] = {}
        self._sync = os.fsync

    def begin(self) -> None:
        sys.addaudithook(self._audit)
        os.fsync = self._fsync

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        actions: dict[str, Callable[..., None]] = {
            "open": self._open,
            "os.mkdir": self._make,
            "os.rename": self._rename,
            "os.remove": self._count,
            "os.rmdir": self._count,
        }
        action = actions.get(event)
        # Removals inside of a swept folder are named relative to it.
        inside = str(arguments[0]).startswith(self._folder) or event in {"os.remove", "os.rmdir"}
        if action and inside:
            action(*arguments)

    def _open(self, path: str, _mode: str, flags: int) -> None:
        if flags & (os.O_WRONLY | os.O_RDWR):
            self._count()
            self._unsynced.add(Path(path))
            if not Path(path).exists():
                self._entries.add(Path(path))

    def _make(self, path: str, *_: object) -> None:
        self._count()
        self._entries.add(Path(path))

    def _rename(self, source: str, target: str, *_: object) -> None:
        self._count()
        old, new = Path(source), Path(target)
        self._renamed[new] = new.read_bytes()
        if old in self._unsynced:
            self._unsynced.add(new)

    def _fsync(self, handle: int) -> None:
        self._count()
        self._sync(handle)
        path = Path(f"/proc/self/fd/{handle}").readlink()
        self._unsynced.discard(path)
        self._entries = {entry for entry in self._entries if entry.parent != path}
        self._renamed = {new: was for new, was in self._renamed.items() if new.parent != path}

    def _count(self, *_: object) -> None:
        self._left -= 1
        if self._left == -1:
            if self._power_fails:
                self._lose()
            os._exit(KILLED)

    def _lose(self) -> None:
        """Undo what the disk never got."""
        for path in self._unsynced:
            if path.is_file():
                os.truncate(path, path.stat().st_size // 2)
        made = set(self._entries)
        for new, content in self._renamed.items():
            new.write_bytes(content)
        for path in made:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


def ended(template: Path, directory: Path, point: int, how: str) -> int:
    """The exit status of a child that changes a copy, and is to die at a point."""
    shutil.copytree(template, directory)
    child = os.fork()
    if child == 0:
        Interruption(directory, point, power_fails=how == "power").begin()
        change(directory)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main(template: Path, work: Path) -> None:
    # What is compiled and loaded once need not be by every child.
    change(Path(shutil.copytree(template, work / "new")))
    for how in HOW:
        status, point = KILLED, 0
        while status == KILLED:
            status = ended(template, work / f"{how}-{point}", point, how)
            print(json.dumps({"how": how, "point": point, "status": status}), flush=True)
            point += 1


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
