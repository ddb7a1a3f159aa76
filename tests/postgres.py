"""A PostgreSQL cluster of the tests' own: started from the system's binaries, as a non-root user,
without durability, on a socket in a temporary folder."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import psycopg
import pytest

from app.core.migrate import migrate
from app.core.settings import Settings

_TEMPLATE: Final = "countersign_template"
_USER: Final = "postgres"
_SHARED_MEMORY: Final = Path("/dev/shm")
_ROOM: Final = 1024**3  # some 50 MB of templates, the databases of a test, and 128 MB of WAL


@dataclass
class PostgresCluster:
    """A running cluster; ``url`` takes a database's name."""

    socket: Path
    _migrated: bool = False

    def url(self, database: str) -> str:
        return f"postgresql://{_USER}@/{database}?host={self.socket}"

    @contextmanager
    def migrated_database(self) -> Iterator[str]:
        """The URL of a new database with our schema, copied from a template."""
        if not self._migrated:
            self._execute(f'CREATE DATABASE "{_TEMPLATE}"')
            migrate(Settings(home=self.socket, database_url=self.url(_TEMPLATE)))
            self._migrated = True
        with self._database(f'TEMPLATE "{_TEMPLATE}"') as url:
            yield url

    @contextmanager
    def empty_database(self) -> Iterator[str]:
        """The URL of a new database with nothing in it."""
        with self._database() as url:
            yield url

    @contextmanager
    def _database(self, options: str = "") -> Iterator[str]:
        name = f"test_{uuid.uuid4().hex}"
        self._execute(f'CREATE DATABASE "{name}" {options}')
        try:
            yield self.url(name)
        finally:
            # Hundreds of them would fill the disk that holds them.
            self._execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]  # names are our own


@contextmanager
def running_cluster() -> Iterator[PostgresCluster]:
    """Start a cluster in a folder of its own, and stop it on leaving.

    Not below pytest's folder: that one is closed to everybody but its owner, and the database runs
    as another user when the tests run as root.
    """
    with TemporaryDirectory(prefix="countersign-postgres-", dir=_memory()) as folder:
        Path(folder).chmod(0o755)
        with _started(Path(folder)) as cluster:
            yield cluster


def _memory() -> Path | None:
    """A folder in memory with room for the cluster, where the system has one."""
    if not os.access(_SHARED_MEMORY, os.W_OK):
        return None
    return _SHARED_MEMORY if shutil.disk_usage(_SHARED_MEMORY).free > _ROOM else None


@contextmanager
def _started(folder: Path) -> Iterator[PostgresCluster]:
    binaries = _binaries()
    data = folder / "data"
    if os.geteuid() == 0:
        _give_to_postgres(folder)
    run = _as_postgres if os.geteuid() == 0 else _as_ourselves
    run([binaries / "initdb", "-D", data, "-U", _USER, "-A", "trust", "--no-sync", "-E", "UTF8"])
    options = (
        f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off "
        "-c synchronous_commit=off -c full_page_writes=off -c max_connections=200 "
        "-c min_wal_size=32MB -c max_wal_size=128MB"
    )
    run([binaries / "pg_ctl", "-D", data, "-l", folder / "log", "-o", options, "-w", "start"])
    try:
        yield PostgresCluster(folder)
    finally:
        run([binaries / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"])


def _binaries() -> Path:
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if installed:
        return installed[-1].parent
    found = shutil.which("initdb")
    if found is None:
        pytest.fail("PostgreSQL is not installed: apt-get install postgresql (make test does it)")
    return Path(found).parent


def _give_to_postgres(folder: Path) -> None:
    account = pwd.getpwnam(_USER)
    os.chown(folder, account.pw_uid, account.pw_gid)


def _as_postgres(command: list[str | Path]) -> None:
    _check(["runuser", "-u", _USER, "--", *command])


def _as_ourselves(command: list[str | Path]) -> None:
    _check(command)


def _check(command: list[str | Path]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout}\n{done.stderr}")
