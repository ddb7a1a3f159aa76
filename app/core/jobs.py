"""Durable jobs: what was enqueued in a committed transaction happens, once, whatever crashes.

DBOS keeps each job's progress in the same database as the business rows, so that enqueueing is
part of the caller's transaction (the outbox) and a killed process resumes after its last finished
step. A step in flight at the crash runs again: steps are therefore idempotent, each one short
transaction or one pure computation.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

import sqlalchemy as sa
from dbos import (
    DBOS,
    DBOSClient,
    DBOSConfig,
    DBOSPortableJSONSerializer,
    EnqueueOptions,
    StepOptions,
    WorkflowSerializationFormat,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.settings import Settings

APPLICATION_VERSION: Final = "1"
"""Raised by hand when a job's steps change incompatibly; a derived one would strand pending jobs
at every library upgrade."""

_APPLICATION_NAME: Final = "countersign"
_QUEUE_POLL_SECONDS: Final = 0.2  # how long a committed job may wait before a worker sees it
_SHORT_JOBS_AT_ONCE: Final = 8

Result = TypeVar("Result")
JobFunction = Callable[..., Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Job:
    """The name of a durable job. ``heavy`` ones use cores; few of them run at once."""

    name: str
    heavy: bool = False

    @property
    def queue(self) -> str:
        return "heavy" if self.heavy else "short"


class JobQueue(Protocol):
    """Where use cases leave work to be done after their transaction commits."""

    async def enqueue(self, session: AsyncSession, job: Job, key: str, *arguments: str) -> None: ...


async def step(
    name: str, action: Callable[..., Coroutine[Any, Any, Result]], *arguments: Any
) -> Result:
    """Run one step of a job; after a crash a finished step answers from its record.

    ``arguments`` and the result must be JSON values. Outside of a job (tests, commands) the action
    simply runs.
    """
    if DBOS.workflow_id is None:
        return await action(*arguments)
    return await DBOS.run_step_async(StepOptions(name=name), action, *arguments)


class JobOutbox:
    """Enqueues only: for commands and for tests of what was enqueued."""

    def __init__(self, settings: Settings) -> None:
        self._client = DBOSClient(
            system_database_url=settings.sync_database_url,
            serializer=DBOSPortableJSONSerializer(),
            application_name=_APPLICATION_NAME,
            lazy=True,
        )

    async def enqueue(self, session: AsyncSession, job: Job, key: str, *arguments: str) -> None:
        options = EnqueueOptions(
            workflow_name=job.name,
            queue_name=job.queue,
            workflow_id=f"{job.name}:{key}",
            app_version=APPLICATION_VERSION,
            serialization_type=WorkflowSerializationFormat.PORTABLE,
        )
        connection = await session.connection()

        def enqueue(sync_connection: sa.Connection) -> None:
            self._client.enqueue_in_transaction(sync_connection, options, *arguments)

        await connection.run_sync(enqueue)

    def close(self) -> None:
        self._client.destroy()


class JobEngine:
    """Works the jobs of one process. One engine per process: DBOS is a singleton."""

    def __init__(self, settings: Settings) -> None:
        self._heavy_at_once = settings.screening_processes
        DBOS(
            config=DBOSConfig(
                name=_APPLICATION_NAME,
                system_database_url=settings.sync_database_url,
                executor_id=settings.executor_id,
                application_version=APPLICATION_VERSION,
                serializer=DBOSPortableJSONSerializer(),
                log_level="WARNING",
            )
        )

    def register(self, job: Job, function: JobFunction) -> None:
        """Say what the job does. Only before ``launch``."""

        async def workflow(*arguments: str) -> None:
            await function(*arguments)

        DBOS.workflow(name=job.name)(workflow)

    async def launch(self) -> None:
        """Start working, on the running event loop; unfinished jobs of this executor resume."""
        DBOS.launch()
        limits = {"short": _SHORT_JOBS_AT_ONCE, "heavy": self._heavy_at_once}
        for name, limit in limits.items():
            await DBOS.register_queue_async(
                name, worker_concurrency=limit, polling_interval_sec=_QUEUE_POLL_SECONDS
            )

    def shutdown(self) -> None:
        """Stop working; jobs in progress resume at the next launch."""
        DBOS.destroy(destroy_registry=True)


def migrate_job_tables(settings: Settings) -> None:
    """Create or upgrade the engine's own tables."""
    DBOS.migrate(settings.sync_database_url)
