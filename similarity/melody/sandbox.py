"""Engraved scores, read by processes that cannot hurt ours.

music21 trusts what it reads: a metre of 1000000000/4 fills the memory. So scores are read by
children with limits on time and memory (``similarity.melody.limits``). A child lives on for the
next score, because loading music21 takes a second; threads that read at once have one each, and a
forked process begins with none. Children end with their parent, however it ends.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Final

import similarity
from similarity.errors import (
    DecodeTimeout,
    MediaError,
    MediaTooLong,
    MediaTooShort,
    UnreadableMedia,
    UnsupportedMedia,
)
from similarity.melody.formats import ScoreFormat
from similarity.melody.limits import MAX_READ_S
from similarity.melody.score import Score
from similarity.melody.wire import LENGTH, Refusal, pack_request, unpack_answer

_ERRORS: Final[dict[str, type[MediaError]]] = {
    error.slug: error
    for error in (UnreadableMedia, UnsupportedMedia, MediaTooLong, MediaTooShort, DecodeTimeout)
}
_PACKAGE_ROOT: Final = str(Path(similarity.__file__).resolve().parent.parent)


def read_in_child(data: bytes, notation: ScoreFormat) -> Score:
    """``similarity.melody.notation.read_notation`` under limits; the same answers and errors.

    Raises:
        UnreadableMedia, MediaTooLong, MediaTooShort: as there.
        DecodeTimeout: more than ``MAX_READ_S`` or ``MAX_READ_MEMORY_BYTES``.
    """
    child = _take_idle() or _Child()
    try:
        answer = unpack_answer(child.ask(pack_request(data, notation)))
    except BaseException:
        child.end()
        raise
    if isinstance(answer, Refusal) and answer.slug == DecodeTimeout.slug:
        child.end()  # its memory is full
    else:
        _idle.append(child)
    if isinstance(answer, Refusal):
        raise _ERRORS[answer.slug](answer.message)
    return answer


class _Child:
    """A process that reads one score after another."""

    def __init__(self) -> None:
        path = os.pathsep.join(filter(None, (_PACKAGE_ROOT, os.environ.get("PYTHONPATH", ""))))
        # Without buffers, so that a forked process can drop its copies of the pipes unflushed.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "similarity.melody.notation_child"],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1"},
        )
        self._stdin: IO[bytes] = self._process.stdin  # type: ignore[assignment]  # asked for
        self._stdout: IO[bytes] = self._process.stdout  # type: ignore[assignment]  # with PIPE
        _all.add(self)

    @property
    def pid(self) -> int:
        return self._process.pid

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, request: bytes) -> bytes:
        """The answer to one request; the errors are those of ``read_in_child``."""
        timed_out = threading.Event()

        def give_up() -> None:
            timed_out.set()
            self._process.kill()

        timer = threading.Timer(MAX_READ_S, give_up)
        timer.start()
        try:
            self._send(request)
            return self._receive(LENGTH.unpack(self._receive(LENGTH.size))[0])
        except (BrokenPipeError, EOFError) as error:
            if timed_out.is_set():
                message = f"Reading the score took longer than {MAX_READ_S:.0f} s."
                raise DecodeTimeout(message) from error
            raise UnreadableMedia("The reader broke down on this score: it is damaged.") from error
        finally:
            timer.cancel()

    def _send(self, request: bytes) -> None:
        left = memoryview(request)
        while left:
            left = left[os.write(self._stdin.fileno(), left) :]

    def _receive(self, size: int) -> bytes:
        received = bytearray()
        while len(received) < size:
            chunk = os.read(self._stdout.fileno(), size - len(received))
            if not chunk:
                raise EOFError
            received += chunk
        return bytes(received)

    def end(self) -> None:
        """End the process and wait for it."""
        self._process.kill()
        self._process.wait()
        self.let_go()

    def let_go(self) -> None:
        """Close our ends of the pipes; where nobody else holds them, the process ends."""
        _all.discard(self)
        self._stdin.close()
        self._stdout.close()


_all: set[_Child] = set()
_idle: list[_Child] = []


def _take_idle() -> _Child | None:
    while True:
        try:
            child = _idle.pop()
        except IndexError:  # looking before would leave time for another thread to take it
            return None
        if child.is_alive():
            return child
        child.end()


def _end_all() -> None:
    for child in list(_all):
        child.end()


def _forget_all() -> None:
    """In a forked process: the children are our parent's, and it alone may keep them alive."""
    _idle.clear()
    for child in list(_all):
        child.let_go()


atexit.register(_end_all)
os.register_at_fork(after_in_child=_forget_all)
