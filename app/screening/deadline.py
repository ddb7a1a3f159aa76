"""A limit on how long pure-Python parsing may take, inside a worker process."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from similarity.errors import DecodeTimeout


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """End the block after ``seconds``. Only in the main thread, where worker processes compute.

    Raises:
        DecodeTimeout: the time is up.
    """

    def end(_signal: int, _frame: FrameType | None) -> None:
        raise DecodeTimeout(f"Reading the score took longer than {seconds:.0f} s.")

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
