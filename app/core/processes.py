"""CPU-bound work runs in a small pool of spawned processes; the event loop only waits.

Threads give no speed-up for what we compute, and a forked child inherits native contexts that are
invalid there. A bounded queue keeps a flood of uploads from piling up in memory.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from typing import Final, ParamSpec, TypeVar

from app.core.errors import Unavailable

P = ParamSpec("P")
R = TypeVar("R")

_TASKS_PER_PROCESS: Final = 200  # a process is replaced after so many, which bounds any slow leak
_WAITING_PER_PROCESS: Final = 4


class WorkerDied(Unavailable):
    """A worker process was killed or crashed, by what it computed or by something else."""

    slug = "worker-died"
    title = "A worker process died"


def end_with_parent() -> None:
    """Initialises a worker: it ends when its parent does, however that ended.

    A worker holds both ends of its own queue, so the death of a killed parent would never reach it.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent.sentinel,), daemon=True).start()


def _end_after(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


class ProcessPool:
    """Runs picklable functions in spawned processes."""

    def __init__(self, processes: int) -> None:
        self._slots = asyncio.Semaphore(processes * (1 + _WAITING_PER_PROCESS))
        self._processes = processes
        self._executor = self._start()

    async def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The function's result; its exception is raised here.

        Raises:
            WorkerDied: the process ended in the middle, or beside one that did.
        """
        if kwargs:
            raise TypeError("pass positional arguments only")
        async with self._slots:
            executor = self._executor
            try:
                return await asyncio.get_running_loop().run_in_executor(executor, function, *args)
            except BrokenProcessPool as error:
                # One dead process spoils its whole executor; the next call gets a new one.
                if self._executor is executor:
                    self._executor = self._start()
                raise WorkerDied("A worker process died; it is tried again.") from error

    def _start(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            max_workers=self._processes,
            mp_context=multiprocessing.get_context("spawn"),
            max_tasks_per_child=_TASKS_PER_PROCESS,
            initializer=end_with_parent,
        )

    def close(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)
