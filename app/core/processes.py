"""CPU-bound work runs in a small pool of spawned processes; the event loop only waits.

Threads give no speed-up for what we compute, and a forked child inherits native contexts that are
invalid there. A bounded queue keeps a flood of uploads from piling up in memory.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_TASKS_PER_PROCESS: Final = 200  # a process is replaced after so many, which bounds any slow leak
_WAITING_PER_PROCESS: Final = 4


class ProcessPool:
    """Runs picklable functions in spawned processes."""

    def __init__(self, processes: int) -> None:
        self._slots = asyncio.Semaphore(processes * (1 + _WAITING_PER_PROCESS))
        self._executor = ProcessPoolExecutor(
            max_workers=processes,
            mp_context=multiprocessing.get_context("spawn"),
            max_tasks_per_child=_TASKS_PER_PROCESS,
        )

    async def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The function's result; its exception is raised here."""
        if kwargs:
            raise TypeError("pass positional arguments only")
        async with self._slots:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._executor, function, *args)

    def close(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)
