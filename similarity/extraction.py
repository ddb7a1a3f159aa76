"""Read many files on all cores: from each, what the index keeps of it, or why that cannot be read.

Scores are parsed by Python code, so processes are needed; each works on one file at a time, and
waits while a child decodes audio for it, so there is one busy process to a core. Only what is kept
comes back, never the samples. A process that a file brings down costs that file, not the others.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import wait as wait_for_sentinel
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Final

from similarity.audio.decode import decode
from similarity.errors import MediaError, UnreadableMedia
from similarity.match import MatchKind
from similarity.media import MediaKind, kind_of
from similarity.melody.reading import read_score
from similarity.recording.fingerprint import Fingerprint, fingerprint
from similarity.sums import sha256

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from similarity.melody.score import Score

_AHEAD: Final = 2
"""Files handed out per process: one at work, and one more so that none waits for us."""


@dataclass(frozen=True, slots=True)
class Order:
    """A file to be read, unless it is ``known``: the digests of what each lane was made of."""

    path: str
    known: Mapping[MatchKind, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Extract:
    """What one file holds: the lane's name where the lane was made of this very file already.

    ``digest`` is the file's SHA-256 (hex), empty where it could not be read.
    """

    path: str
    digest: str
    content: Fingerprint | Score | MediaError | MatchKind


def extract(order: Order) -> Extract:
    """Read one file, in this process."""
    digest = ""
    try:
        scored = kind_of(Path(order.path)) is MediaKind.SCORE
        digest = _digest(order.path)
        lane = MatchKind.MELODY if scored else MatchKind.RECORDING
        if order.known.get(lane) == digest:
            return Extract(order.path, digest, lane)
        if scored:
            return Extract(order.path, digest, read_score(Path(order.path)))
        audio = decode(Path(order.path), measure_quality=False)
        return Extract(order.path, digest, fingerprint(audio.samples, audio.rate))
    except MediaError as error:
        return Extract(order.path, digest, error)


def extract_all(orders: Sequence[Order]) -> Iterator[Extract]:
    """Read all files, in the order of finishing.

    Processes are spawned: a script that calls this does so under ``if __name__ == "__main__"``.

    Raises:
        LibraryMissing: libchromaprint is not installed.
    """
    processes = min(len(os.sched_getaffinity(0)), len(orders))
    waiting = deque(orders)
    while waiting:
        suspects: deque[Order] = deque()
        yield from _extract_until_one_breaks(waiting, suspects, processes, _AHEAD * processes)
        while suspects:
            # One at a time, so that we know which it is.
            broken: deque[Order] = deque()
            yield from _extract_until_one_breaks(suspects, broken, processes=1, at_once=1)
            for order in broken:
                error = UnreadableMedia("The reader broke down on this file: it is damaged.")
                yield Extract(order.path, "", error)


def _extract_until_one_breaks(
    waiting: deque[Order], suspects: deque[Order], processes: int, at_once: int
) -> Iterator[Extract]:
    """Read files, taking them from ``waiting``; ``suspects`` gets those at work at a breakdown."""
    pending: dict[Future[Extract], Order] = {}
    with _pool(processes) as pool:
        while (waiting and not suspects) or pending:
            try:
                while waiting and not suspects and len(pending) < at_once:
                    pending[pool.submit(extract, waiting[0])] = waiting[0]
                    waiting.popleft()
            except BrokenProcessPool:
                suspects.extend(pending.values())
                return
            done, _ = wait(pending, return_when=FIRST_COMPLETED)
            for future in done:
                order = pending.pop(future)
                try:
                    yield future.result()
                except BrokenProcessPool:
                    suspects.append(order)


@contextmanager
def _pool(processes: int) -> Iterator[ProcessPoolExecutor]:
    """Processes for the length of the block; an exception drops what has not begun."""
    pool = ProcessPoolExecutor(
        max_workers=processes,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_prepare,
    )
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _prepare() -> None:
    """A process's first act: Ctrl-C is its parent's to handle, and it ends when its parent does.

    It holds both ends of its own queue, so a killed parent would never be noticed there.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        Thread(target=_end_after, args=(parent.sentinel,), daemon=True).start()


def _end_after(sentinel: int) -> None:
    wait_for_sentinel([sentinel])
    os._exit(1)


def _digest(path: str) -> str:
    try:
        return sha256(Path(path))
    except OSError as error:
        raise UnreadableMedia(f"The file cannot be opened: {error.strerror}.") from error
