"""Alembic environment: our metadata, our settings, transactional DDL on both engines."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context

from app.core.database import Base
from app.core.settings import load_settings
from app.tables import ALL_MODELS
from migrations.rendering import render_item

_LOCK_TIMEOUT = "5s"  # a migration that cannot get its lock gives up instead of blocking everybody

assert ALL_MODELS, "the rooms' tables must be imported before the metadata is compared"


def _ours(name: str | None, kind: str, parents: object) -> bool:
    # The job engine keeps its own tables in the same database and migrates them itself.
    return kind != "table" or name in Base.metadata.tables


def _run() -> None:
    url = context.config.attributes.get("url") or load_settings().sync_database_url
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
            connection.commit()
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            include_name=_ours,
            render_item=render_item,
            render_as_batch=connection.dialect.name == "sqlite",
            compare_type=True,
            transactional_ddl=True,
        )
        with context.begin_transaction():
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'")
            context.run_migrations()
    engine.dispose()


_run()
