"""Sweeps of the catalogue: bytes that nothing names any more. The room has no jobs."""

from __future__ import annotations

from typing import Final

from app.catalog import assets
from app.core.actor import system
from app.core.clock import SystemClock
from app.core.runtime import Runtime
from app.core.sweeps import Sweep

_ACTOR: Final = system("file sweep")


class CatalogSweeps:
    """The sweeps of this room."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    @property
    def sweeps(self) -> list[Sweep]:
        return [self.sweep_unused_files]

    async def sweep_unused_files(self) -> None:
        """Delete stored bytes that lost their asset, and what killed uploads left behind."""
        async with self._runtime.units.begin(_ACTOR) as uow:
            await assets.sweep_unused(uow, self._runtime.storage)
        # Files carry the machine's time, which a sandbox's clock may have run ahead of.
        await self._runtime.storage.sweep_abandoned(SystemClock().now())
