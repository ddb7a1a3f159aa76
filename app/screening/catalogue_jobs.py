"""Durable work behind the catalogue corpus: the index follows the database."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any, Final

import msgspec

from app.core.actor import system
from app.core.errors import ServiceError
from app.core.jobs import JobEngine, step
from app.core.runtime import Runtime
from app.core.sweeps import Sweep
from app.screening import catalogue, growth, neighbours, service
from app.screening.catalogue_corpus import TakenIn, is_lost, take_in, take_out
from app.screening.files import opened, stem_roles
from similarity.errors import SimilarityError

logger = logging.getLogger(__name__)

_ACTOR: Final = system("catalogue")


class CatalogueJobs:
    """Adds accepted tracks to the index, takes out what has left the market."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._units = runtime.units

    def register(self, engine: JobEngine) -> None:
        """Say what our jobs do, before the engine is launched."""
        engine.register(catalogue.FOLLOW, self.follow)

    @property
    def sweeps(self) -> list[Sweep]:
        return [self.notice_changes, self.rebuild_lost]

    async def follow(self, track_id: str, turn: str) -> None:
        """Bring the index to where this turn wants the track. Work left undone is swept up."""
        done = await step("index", self._index, track_id, turn)
        if done is not None:
            await step("confirm", self._confirm, track_id, turn, done)

    async def notice_changes(self) -> None:
        """Set in motion what was accepted, withdrawn or taken down, and what got stuck."""
        async with self._units.begin(_ACTOR) as uow:
            await catalogue.follow(uow)

    async def rebuild_lost(self) -> None:
        """Where the index is gone although tracks should be in it, add them again."""
        if not await asyncio.to_thread(is_lost, self._root):
            return
        async with self._units.begin(_ACTOR) as uow:
            await catalogue.rebuild(uow)

    @property
    def _root(self) -> Path:
        return self._runtime.settings.catalogue_path.absolute()

    async def _index(self, track_id: str, turn: str) -> Any:
        """What adding or removing came to as JSON, or None where it has to be tried again."""
        async with self._units.look(_ACTOR) as uow:
            task = await catalogue.task_of(uow.session, track_id=track_id, turn=int(turn))
            if task is None:
                return None
            roles = await stem_roles(uow.session, task.track)
        assets, pool = task.track.assets, self._runtime.pool
        try:
            if not task.wanted:
                await pool.run(take_out, self._root, tuple(asset.id for asset in assets))
                return msgspec.to_builtins(TakenIn(rebuilt=False, alike=[]))
            async with opened(self._runtime.storage, assets, roles) as files:
                return await pool.run(take_in, self._root, files)
        except (SimilarityError, ServiceError):
            logger.exception("the catalogue index could not follow %s; it is tried again", track_id)
            return None

    async def _confirm(self, track_id: str, turn: str, done: Any) -> None:
        taken = msgspec.convert(done, TakenIn)
        async with self._units.begin(_ACTOR) as uow:
            if taken.rebuilt:
                await catalogue.rebuild(uow)
            present = await catalogue.confirm(uow, track_id=track_id, turn=int(turn))
            if not present:
                return
            # Two sellers' copies may have been screened at once, each before the other was here.
            copied = await neighbours.others_first(uow.session, track_id, taken.alike)
            if copied or await growth.was_missed(uow.session, track_id):
                await service.screen_again(uow, track_id=track_id)
