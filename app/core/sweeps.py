"""Clocks that come due: every few seconds each room looks for what is now late.

The state that is swept lives in the database and each sweep is idempotent, so a crash loses
nothing: the next sweep finds the same rows.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

Sweep = Callable[[], Awaitable[None]]

logger = logging.getLogger(__name__)


class Sweeper:
    """Runs the sweeps one after the other, for as long as the service lives."""

    def __init__(self, sweeps: Sequence[Sweep], every_seconds: float) -> None:
        self._sweeps = sweeps
        self._every_seconds = every_seconds
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="sweeper")

    def wake(self) -> None:
        """Sweep now: the clock was moved."""
        self._wake.set()

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def sweep_once(self) -> None:
        for sweep in self._sweeps:
            try:
                await sweep()
            except Exception:
                # One room's trouble must not stop the others' statutory clocks.
                logger.exception("sweep %s failed; it is tried again", sweep)

    async def _run(self) -> None:
        while True:
            await self.sweep_once()
            self._wake.clear()
            try:
                await asyncio.wait_for(self._wake.wait(), self._every_seconds)
            except TimeoutError:
                continue
