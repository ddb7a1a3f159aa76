"""Durable work of the catalogue: files made ready to leave us, and bytes that nothing names."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from app.catalog import assets, release
from app.catalog.assets import claim_bytes
from app.catalog.content import file_chunks
from app.catalog.release import Publisher
from app.catalog.service import RELEASE_TRACK
from app.core.actor import system
from app.core.clock import SystemClock
from app.core.jobs import JobEngine, step
from app.core.runtime import Runtime
from app.core.sweeps import Sweep
from app.provenance.content_credentials.house_credential import HouseCredential
from app.provenance.content_credentials.signing import sign_file
from app.provenance.house import HouseKeys

_SWEEPING: Final = system("file sweep")
_RELEASING: Final = system("release")
_ADDED: Final = 64 * 1024 * 1024
"""What tags and credentials may add to an upload of the largest size."""


class CatalogJobs:
    """The jobs and sweeps of this room."""

    def __init__(self, runtime: Runtime, house: HouseKeys, credential: HouseCredential) -> None:
        self._runtime = runtime
        self._credential = credential
        settings = runtime.settings
        self._publisher = Publisher(house, settings.platform_name, settings.aigc_label)

    def register(self, engine: JobEngine) -> None:
        """Say what our jobs do, before the engine is launched."""
        engine.register(RELEASE_TRACK, self.release)

    @property
    def sweeps(self) -> list[Sweep]:
        return [self.sweep_unused_files, self.retry_unreleased]

    async def release(self, track_id: str) -> None:
        """Sign every file of a countersigned track. A file that a crash interrupted is signed anew;
        the first that is recorded counts."""
        for asset_id in await step("list files", self._unreleased, track_id):
            await step(f"release {asset_id}", self._release_file, asset_id)

    async def retry_unreleased(self) -> None:
        """Try again what failed."""
        async with self._runtime.units.begin(_RELEASING) as uow:
            await release.retry_unreleased(uow)

    async def sweep_unused_files(self) -> None:
        """Delete stored bytes that lost their asset, and what killed uploads left behind."""
        async with self._runtime.units.begin(_SWEEPING) as uow:
            await assets.sweep_unused(uow, self._runtime.storage)
        # Files carry the machine's time, which a sandbox's clock may have run ahead of.
        await self._runtime.storage.sweep_abandoned(SystemClock().now())

    async def _unreleased(self, track_id: str) -> list[str]:
        async with self._runtime.units.look(_RELEASING) as uow:
            return await release.unreleased(uow.session, track_id)

    async def _release_file(self, asset_id: str) -> None:
        storage, units = self._runtime.storage, self._runtime.units
        async with units.look(_RELEASING) as uow:
            asset, wanted = await release.release_of(uow.session, self._publisher, asset_id)
        with tempfile.TemporaryDirectory(prefix="countersign-") as folder:
            target = Path(folder, f"released.{asset.container}")
            async with storage.as_file(asset.sha256) as source:
                signed = await self._runtime.pool.run(
                    sign_file, source, target, wanted, self._credential.signer
                )
            limit = self._runtime.settings.max_upload_bytes + _ADDED
            async with storage.arriving(file_chunks(target), limit=limit) as arrival:
                async with units.begin(_RELEASING) as uow:
                    await claim_bytes(uow, arrival.stored)
                async with units.begin(_RELEASING) as uow:
                    await release.record_released(
                        uow,
                        self._publisher,
                        asset_id=asset_id,
                        stored=arrival.stored,
                        signed=signed,
                    )
                    await arrival.keep()
