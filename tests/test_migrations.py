"""The migrations make exactly the tables of the code, and can be undone, on both engines."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from app.core.database import Base
from app.core.migrate import alembic_config, migrate
from app.core.settings import Settings
from app.tables import ALL_MODELS
from tests.postgres import PostgresCluster

assert ALL_MODELS


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    if request.param == "postgresql":
        cluster: PostgresCluster = request.getfixturevalue("postgres")
        with cluster.empty_database() as url:
            yield Settings(home=tmp_path, database_url=url)
        return
    yield Settings(home=tmp_path)


def ours(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "table" or name in Base.metadata.tables


def differences(settings: Settings) -> list[object]:
    engine = sa.create_engine(settings.sync_database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_name": ours}
        )
        found: list[object] = compare_metadata(context, Base.metadata)
    engine.dispose()
    return found


def table_names(settings: Settings) -> set[str]:
    engine = sa.create_engine(settings.sync_database_url)
    names = set(sa.inspect(engine).get_table_names())
    engine.dispose()
    return names


def test_migrating_makes_the_tables_of_the_code(empty: Settings) -> None:
    migrate(empty)
    assert differences(empty) == []


def test_the_command_works_from_any_folder(tmp_path: Path) -> None:
    command = Path(sys.executable).with_name("countersign")
    done = subprocess.run(
        [command, "migrate"],
        cwd=tmp_path,
        env={**os.environ, "COUNTERSIGN_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert differences(Settings(home=tmp_path / "home")) == []


def test_migrating_again_changes_nothing(empty: Settings) -> None:
    migrate(empty)
    before = table_names(empty)
    migrate(empty)
    assert table_names(empty) == before


def test_every_revision_can_be_undone_and_done_again(empty: Settings) -> None:
    config = alembic_config(empty)
    command.upgrade(config, "head")
    command.downgrade(config, "base")
    assert table_names(empty) & set(Base.metadata.tables) == set()
    command.upgrade(config, "head")
    assert differences(empty) == []
