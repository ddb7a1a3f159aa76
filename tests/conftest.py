"""What all tests stand on: both database engines, real migrations, a clock that stands still."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import TestClock
from app.core.database import Database
from app.core.jobs import Job
from app.core.migrate import migrate
from app.core.settings import Settings
from app.core.storage import ObjectStorage
from app.core.unit_of_work import UnitOfWorkFactory
from tests.postgres import PostgresCluster, running_cluster

SHARED = Path(__file__).parents[2] / "shared"
START = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


@dataclass
class RecordedJobs:
    """A job queue that remembers what was enqueued; tests run the jobs themselves."""

    enqueued: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)

    async def enqueue(self, session: AsyncSession, job: Job, key: str, *arguments: str) -> None:
        self.enqueued.append((job.name, key, arguments))


@pytest.fixture(scope="session")
def shared_vectors() -> Path:
    """Third-party test vectors, where this checkout has them beside it."""
    return _shared("vectors")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Development data, where this checkout has it beside it."""
    return _shared("data")


def _shared(name: str) -> Path:
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip(f"no {name} folder beside this checkout (a user's clone has none)")
    return folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresCluster]:
    """A PostgreSQL cluster of our own, from the system's binaries, for this test run."""
    with running_cluster() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A freshly migrated SQLite home that tests copy."""
    home = tmp_path_factory.mktemp("migrated")
    migrate(Settings(home=home))
    return home


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Settings of a migrated, empty database; every test that asks runs on both engines."""
    if request.param == "postgresql":
        cluster: PostgresCluster = request.getfixturevalue("postgres")
        with cluster.migrated_database() as url:
            yield Settings(home=tmp_path, database_url=url)
        return
    template: Path = request.getfixturevalue("migrated_sqlite")
    _copy_sqlite(template, tmp_path)
    yield Settings(home=tmp_path)


@pytest.fixture
def sqlite_settings(migrated_sqlite: Path, tmp_path: Path) -> Settings:
    """Settings of a migrated, empty SQLite database, where the engine does not matter."""
    _copy_sqlite(migrated_sqlite, tmp_path)
    return Settings(home=tmp_path)


def _copy_sqlite(template: Path, home: Path) -> None:
    source = sqlite3.connect(Settings(home=template).sqlite_path)
    target = sqlite3.connect(Settings(home=home).sqlite_path)
    source.backup(target)
    target.close()
    source.close()


@pytest.fixture
def clock() -> TestClock:
    """A clock that stands at START until a test moves it."""
    return TestClock(frozen_at=START)


@pytest.fixture
def jobs() -> RecordedJobs:
    """The jobs that were enqueued."""
    return RecordedJobs()


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    """The database of this test, on each engine."""
    database = Database.connect(settings)
    if settings.uses_sqlite:
        event.listen(database.engine.sync_engine, "connect", _without_waiting_for_the_disk)
    yield database
    await database.close()


def _without_waiting_for_the_disk(connection: Any, _record: object) -> None:
    # No test pulls the plug on its own process; waiting for the disk is most of a commit's time.
    connection.execute("PRAGMA synchronous=OFF").close()


@pytest.fixture
def units(database: Database, clock: TestClock, jobs: RecordedJobs) -> UnitOfWorkFactory:
    """Opens units of work on the database of this test."""
    return UnitOfWorkFactory(database, clock, jobs)


@pytest.fixture
def storage(settings: Settings) -> ObjectStorage:
    """Object storage in the home of this test."""
    return ObjectStorage.connect(settings)


@pytest.fixture
def environment() -> Callable[..., dict[str, str]]:
    """The environment of a child process: ours, with the given additions."""

    def build(**extra: str) -> dict[str, str]:
        return {**os.environ, **extra}

    return build
