"""Durable work of screening: start, analyse, record the result."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from app.core.actor import system
from app.core.jobs import JobEngine, step
from app.core.processes import WorkerDied
from app.core.runtime import Runtime
from app.core.sweeps import Sweep
from app.provenance.house import HouseKeys
from app.screening import catalogue, neighbours, recall, service
from app.screening.analysis import Unready, analyse, analysis_of
from app.screening.catalogue_jobs import CatalogueJobs
from app.screening.files import opened, stem_roles
from app.screening.growth_jobs import GrowthJobs
from app.screening.lanes import Corpus

_ACTOR: Final = system("screening")


class ScreeningJobs:
    """The jobs and sweeps of this room."""

    def __init__(self, runtime: Runtime, house: HouseKeys) -> None:
        self._runtime = runtime
        self._units = runtime.units
        self._house = house
        self._catalogue = CatalogueJobs(runtime)
        self._growth = GrowthJobs(runtime)

    def register(self, engine: JobEngine) -> None:
        """Say what our jobs do, before the engine is launched."""
        engine.register(service.RUN, self.run)
        self._catalogue.register(engine)
        self._growth.register(engine)

    @property
    def sweeps(self) -> list[Sweep]:
        return [
            self.requeue_stalled,
            self.recall_keys,
            *self._catalogue.sweeps,
            *self._growth.sweeps,
        ]

    async def run(self, screening_id: str) -> None:
        """Screen one track. A step that a crash interrupted runs again; none acts twice."""
        await step("start", self._start, screening_id)
        findings = await step("analyse", self._analyse, screening_id)
        await step("record_result", self._record_result, screening_id, findings)

    async def requeue_stalled(self) -> None:
        """Try again what stalled through no fault of its file."""
        async with self._units.begin(_ACTOR) as uow:
            await service.requeue_stalled(uow)

    async def recall_keys(self) -> None:
        """Re-open what compromised keys signed."""
        async with self._units.begin(_ACTOR) as uow:
            await recall.notice(uow)

    async def _start(self, screening_id: str) -> None:
        async with self._units.begin(_ACTOR) as uow:
            await service.start(uow, screening_id=screening_id)

    async def _analyse(self, screening_id: str) -> Any:
        settings = self._runtime.settings
        corpora = {Corpus.REFERENCES: settings.corpus_path.absolute()}
        async with self._units.look(_ACTOR) as uow:
            track = await service.track_of(uow, screening_id=screening_id)
            exempt = await neighbours.assets_of_owner(uow.session, track.id)
            roles = await stem_roles(uow.session, track)
            if await catalogue.anything_present(uow.session):
                corpora[Corpus.CATALOGUE] = settings.catalogue_path.absolute()
        async with opened(self._runtime.storage, track.assets, roles) as files:
            try:
                return await self._runtime.pool.run(analyse, files, corpora, exempt)
            except WorkerDied as death:
                return msgspec.to_builtins(Unready(slug=death.slug, detail=death.detail))

    async def _record_result(self, screening_id: str, findings: Any) -> None:
        async with self._units.begin(_ACTOR) as uow:
            await service.record_result(
                uow, house=self._house, screening_id=screening_id, result=analysis_of(findings)
            )
