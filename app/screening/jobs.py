"""Durable work of screening: start, analyse, record the result."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any, Final

import msgspec

from app.catalog.models import Asset
from app.catalog.sniffing import is_audio
from app.core.actor import system
from app.core.jobs import JobEngine, step
from app.core.processes import WorkerDied
from app.core.runtime import Runtime
from app.core.sweeps import Sweep
from app.provenance.house import HouseKeys
from app.screening import service
from app.screening.analysis import FileToScreen, Unready, analyse, analysis_of
from similarity.media import MediaKind

_ACTOR: Final = system("screening")


class ScreeningJobs:
    """The jobs and sweeps of this room."""

    def __init__(self, runtime: Runtime, house: HouseKeys) -> None:
        self._runtime = runtime
        self._units = runtime.units
        self._house = house

    def register(self, engine: JobEngine) -> None:
        """Say what our jobs do, before the engine is launched."""
        engine.register(service.RUN, self.run)

    @property
    def sweeps(self) -> list[Sweep]:
        return [self.requeue_stalled]

    async def run(self, screening_id: str) -> None:
        """Screen one track. A step that a crash interrupted runs again; none acts twice."""
        await step("start", self._start, screening_id)
        findings = await step("analyse", self._analyse, screening_id)
        await step("record_result", self._record_result, screening_id, findings)

    async def requeue_stalled(self) -> None:
        """Try again what stalled through no fault of its file."""
        async with self._units.begin(_ACTOR) as uow:
            await service.requeue_stalled(uow)

    async def _start(self, screening_id: str) -> None:
        async with self._units.begin(_ACTOR) as uow:
            await service.start(uow, screening_id=screening_id)

    async def _analyse(self, screening_id: str) -> Any:
        async with self._units.look(_ACTOR) as uow:
            assets = await service.files_of(uow, screening_id=screening_id)
            exempt = await service.references_of_owner(uow.session, screening_id)
        corpora = {service.CORPUS: self._runtime.settings.corpus_path.absolute()}
        async with AsyncExitStack() as stack:
            files = tuple([await self._opened(stack, asset) for asset in assets])
            try:
                return await self._runtime.pool.run(analyse, files, corpora, exempt)
            except WorkerDied as death:
                return msgspec.to_builtins(Unready(slug=death.slug, detail=death.detail))

    async def _opened(self, stack: AsyncExitStack, asset: Asset) -> FileToScreen:
        path = await stack.enter_async_context(self._runtime.storage.as_file(asset.sha256))
        return FileToScreen(
            asset_id=asset.id,
            role=asset.role.value,
            name=asset.name,
            sha256=asset.sha256,
            kind=MediaKind.AUDIO if is_audio(asset.container) else MediaKind.SCORE,
            path=path,
        )

    async def _record_result(self, screening_id: str, findings: Any) -> None:
        async with self._units.begin(_ACTOR) as uow:
            await service.record_result(
                uow, house=self._house, screening_id=screening_id, result=analysis_of(findings)
            )
