"""Work for other processes, done in this one: starting them is proven elsewhere, and is slow."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import ParamSpec, TypeVar

from app.catalog.jobs import CatalogJobs
from app.core.processes import ProcessPool
from app.core.runtime import Runtime
from app.provenance.content_credentials.house_credential import HouseCredential
from app.provenance.house import HouseKeys

P = ParamSpec("P")
R = TypeVar("R")


class ThisProcess(ProcessPool):
    """A pool of no processes."""

    def __init__(self) -> None:
        """Nothing to start."""

    async def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return await asyncio.to_thread(function, *args, **kwargs)

    def close(self) -> None:
        """Nothing to end."""


def catalog_jobs(runtime: Runtime, house: HouseKeys) -> CatalogJobs:
    """The catalogue's jobs, with a credential of the runtime's home; files are really signed.

    Its certificate is valid today, whatever the test's clock says: the library asks the system.
    """
    credential = HouseCredential.load(runtime.settings, datetime.now(UTC))
    return CatalogJobs(replace(runtime, pool=ThisProcess()), house, credential)
