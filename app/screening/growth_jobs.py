"""Durable work behind the growth of the reference corpus."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final

import msgspec

from app.core.actor import system
from app.core.jobs import JobEngine, step
from app.core.processes import WorkerDied
from app.core.runtime import Runtime
from app.core.sweeps import Sweep
from app.screening import growth
from app.screening.corpus.errors import CorpusDamaged, CorpusMissing
from app.screening.corpus.folder import CorpusFolder
from app.screening.growth_search import Unseen, references_in, seek, seen_of

logger = logging.getLogger(__name__)

_ACTOR: Final = system("corpus growth")


class GrowthJobs:
    """Compares accepted tracks with references that came later."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._units = runtime.units

    def register(self, engine: JobEngine) -> None:
        """Say what our jobs do, before the engine is launched."""
        engine.register(growth.SEARCH, self.search)

    @property
    def sweeps(self) -> list[Sweep]:
        return [self.notice_growth, self.resume_stalled]

    async def notice_growth(self) -> None:
        """See whether the corpus is another one than when we looked last."""
        corpus = self._runtime.settings.corpus_path.absolute()
        try:
            manifest = await asyncio.to_thread(CorpusFolder(corpus).manifest)
            async with self._units.look(_ACTOR) as uow:
                if await growth.is_known(uow.session, manifest.digest):
                    return
            references = await asyncio.to_thread(references_in, corpus)
        except (CorpusMissing, CorpusDamaged):
            # Screenings say so, and wait.
            return
        async with self._units.begin(_ACTOR) as uow:
            await growth.notice(uow, corpus_digest=manifest.digest, references=references)

    async def resume_stalled(self) -> None:
        """Go on with searches that made no progress for a while."""
        async with self._units.begin(_ACTOR) as uow:
            await growth.resume_stalled(uow)

    async def search(self, growth_id: str, attempt: str) -> None:
        """Search for what is new, batch by batch; each batch is kept before the next begins."""
        del attempt  # it only makes the job's key a new one
        while references := await step("next_batch", self._next_batch, growth_id):
            seen = await step("seek", self._seek, references)
            if isinstance(found := seen_of(seen), Unseen):
                logger.warning("search for new references stalled: %s", found.detail)
                return
            await step("record_batch", self._record, growth_id, references, found.asset_ids)

    async def _next_batch(self, growth_id: str) -> list[str]:
        async with self._units.look(_ACTOR) as uow:
            return await growth.next_batch(uow.session, growth_id)

    async def _seek(self, references: list[str]) -> Any:
        settings = self._runtime.settings
        corpus, catalogue = settings.corpus_path.absolute(), settings.catalogue_path.absolute()
        try:
            return await self._runtime.pool.run(seek, corpus, catalogue, tuple(references))
        except WorkerDied as death:
            return msgspec.to_builtins(Unseen(slug=death.slug, detail=death.detail))

    async def _record(self, growth_id: str, references: list[str], asset_ids: list[str]) -> None:
        async with self._units.begin(_ACTOR) as uow:
            await growth.record_batch(
                uow, growth_id=growth_id, references=references, asset_ids=asset_ids
            )
