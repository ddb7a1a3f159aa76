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


@dataclass
class PostgresCluster:
    """A running cluster; ``url`` takes a database's name."""

    socket: Path
    _migrated: bool = False

    def url(self, database: str) -> str:
        return f"postgresql://{_USER}@/{database}?host={self.socket}"

    def migrated_database(self) -> str:
        """The URL of a new database with our schema, copied from a template."""
        if not self._migrated:
            self._execute(f'CREATE DATABASE "{_TEMPLATE}"')
            migrate(Settings(home=self.socket, database_url=self.url(_TEMPLATE)))
            self._migrated = True
        name = f"test_{uuid.uuid4().hex}"
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{_TEMPLATE}"')
        return self.url(name)

    def empty_database(self) -> str:
        """The URL of a new database with nothing in it."""
        name = f"test_{uuid.uuid4().hex}"
        self._execute(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]  # names are our own


@contextmanager
def running_cluster() -> Iterator[PostgresCluster]:
    """Start a cluster in a folder of its own, and stop it on leaving.

    Not below pytest's folder: that one is closed to everybody but its owner, and the database runs
    as another user when the tests run as root.
    """
    with TemporaryDirectory(prefix="countersign-postgres-") as folder:
        Path(folder).chmod(0o755)
        with _started(Path(folder)) as cluster:
            yield cluster


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
        "-c synchronous_commit=off -c full_page_writes=off -c max_connections=200"
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
