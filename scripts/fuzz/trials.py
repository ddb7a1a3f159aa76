"""Give one file after another to the library, in processes that may die of it."""

from __future__ import annotations

import multiprocessing
import resource
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from typing import Final, Self

from similarity.audio.decode import decode
from similarity.errors import SimilarityError
from similarity.media import MediaKind, kind_of
from similarity.melody.reading import read_score
from similarity.recording.fingerprint import fingerprint

MOST_SECONDS: Final = 150.0
"""For three seconds of sound or a score of 64 KiB; the library gives up on a score after 120."""

MOST_MEMORY_BYTES: Final = 2 * 2**30
"""What the library allows the children that read for it; it must not need more itself."""

_GET_READY_S: Final = 120.0


class Ending(StrEnum):
    """What a file came to. All but the first two are defects."""

    ANSWERED = "answered"
    NAMED = "named error"
    UNNAMED = "unnamed exception"
    SLOW = "over time"
    LARGE = "over memory"
    CRASHED = "crashed"


FINE: Final = (Ending.ANSWERED, Ending.NAMED)


@dataclass(frozen=True, slots=True)
class Outcome:
    """``error``: the class of what was raised; empty where nothing was."""

    ending: Ending
    error: str = ""


def read(path: Path) -> None:
    """What an upload goes through before it is compared."""
    if kind_of(path) is MediaKind.SCORE:
        read_score(path)
        return
    audio = decode(path)
    fingerprint(audio.samples, audio.rate)


def try_all(
    make: Callable[[int], Path], numbers: Iterable[int], jobs: int
) -> Iterator[tuple[Path, Outcome]]:
    """Each file, made when its turn has come, and what it came to; ``jobs`` at a time."""
    readers: SimpleQueue[Reader] = SimpleQueue()
    for _ in range(jobs):
        readers.put(Reader.started())

    def one(number: int) -> tuple[Path, Outcome]:
        reader = readers.get()
        path = make(number)
        outcome = reader.try_one(path)
        readers.put(reader if reader.is_alive() else Reader.started())
        return path, outcome

    with ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(one, numbers)
    for _ in range(jobs):
        readers.get().end()


@dataclass(frozen=True, slots=True)
class Reader:
    """A process that reads what it is told to."""

    process: multiprocessing.process.BaseProcess
    pipe: Connection

    @classmethod
    def started(cls) -> Self:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs,))
        process.start()
        theirs.close()
        reader = cls(process, ours)
        if not ours.poll(_GET_READY_S):
            reader.end()
            raise TimeoutError("A process that reads files did not start.")
        ours.recv()
        return reader

    def try_one(self, path: Path) -> Outcome:
        """Have one file read; afterwards the process may be dead."""
        try:
            self.pipe.send(path)
            if not self.pipe.poll(MOST_SECONDS):
                self.end()
                return Outcome(Ending.SLOW)
            outcome: Outcome = self.pipe.recv()
        except (EOFError, BrokenPipeError):
            self.end()
            return Outcome(Ending.CRASHED, f"exit code {self.process.exitcode}")
        if outcome.ending is Ending.LARGE:
            self.end()
        return outcome

    def is_alive(self) -> bool:
        return self.process.is_alive()

    def end(self) -> None:
        """End the process and wait for it."""
        self.pipe.close()
        self.process.kill()
        self.process.join()


def _serve(pipe: Connection) -> None:
    pipe.send("ready")
    while True:
        try:
            path: Path = pipe.recv()
        except EOFError:
            return
        pipe.send(outcome_of(path))


def outcome_of(path: Path) -> Outcome:
    """Read a file in this process and say what it came to."""
    outcome = Outcome(Ending.ANSWERED)
    try:
        read(path)
    except SimilarityError as error:
        outcome = Outcome(Ending.NAMED, type(error).__name__)
    except Exception as error:  # noqa: BLE001 (finding these is what the trial is for)
        outcome = Outcome(Ending.UNNAMED, f"{type(error).__name__}: {error}")
    if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 > MOST_MEMORY_BYTES:
        return Outcome(Ending.LARGE, outcome.error)
    return outcome
