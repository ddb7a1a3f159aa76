"""One use case, one transaction: what every service function is handed.

The unit carries the session, the actor, the clock and the job queue. Services change rows through
it and record one audit event; whoever opened it (request, job step, command) commits.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.audit import AuditEvent, digest_of
from app.core.clock import Clock
from app.core.database import Database
from app.core.ids import new_id
from app.core.jobs import Job, JobQueue


@dataclass(frozen=True, slots=True)
class UnitOfWork:
    """A transaction in progress, and on whose behalf.

    ``now`` is read once, so that everything in the unit happened at the same instant.
    """

    session: AsyncSession
    actor: Actor
    now: datetime
    jobs: JobQueue

    def new_id(self, prefix: str) -> str:
        """A new typed identifier of this instant."""
        return new_id(prefix, self.now)

    def record(self, action: str, subject: str, **details: Any) -> None:
        """Add the audit event of this use case to the transaction.

        ``action`` is ``thing.past-participle`` (``track.opened``); ``details`` must hold no
        personal data.
        """
        event = AuditEvent(
            id=self.new_id("evt"),
            at=self.now,
            actor_kind=self.actor.kind.value,
            actor_id=self.actor.user_id,
            actor_label=self.actor.label,
            action=action,
            subject=subject,
            details=details,
            position=None,
        )
        event.digest = digest_of(event)
        self.session.add(event)

    async def enqueue(self, job: Job, key: str, *arguments: str) -> None:
        """Start the durable job if, and only if, this transaction commits.

        ``key`` makes it happen once: the same job with the same key is not started again.
        """
        await self.jobs.enqueue(self.session, job, key, *arguments)


class UnitOfWorkFactory:
    """Opens units of work outside of a request: in job steps, commands and sweeps."""

    def __init__(self, database: Database, clock: Clock, jobs: JobQueue) -> None:
        self.database = database
        self.clock = clock
        self.jobs = jobs

    @asynccontextmanager
    async def begin(self, actor: Actor) -> AsyncIterator[UnitOfWork]:
        """A unit that may change rows; commits on leaving, rolls back on any exception."""
        async with self.database.writing() as session:
            yield self.over(session, actor)

    @asynccontextmanager
    async def look(self, actor: Actor) -> AsyncIterator[UnitOfWork]:
        """A unit for looking only."""
        async with self.database.reading() as session:
            yield self.over(session, actor)

    def over(self, session: AsyncSession, actor: Actor) -> UnitOfWork:
        """A unit over a session that somebody else commits."""
        return UnitOfWork(session=session, actor=actor, now=self.clock.now(), jobs=self.jobs)
