"""The database: one declarative base, our own column types, two engines behind one URL.

SQLite runs in WAL with full synchronisation; write transactions begin IMMEDIATE, because deferred
ones lose updates under concurrency (measured: 198 of 200). On PostgreSQL the same code locks rows
it decides upon with ``FOR UPDATE``.
"""

from __future__ import annotations

import enum
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Dialect, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from app.core.settings import Settings

_BEGIN: Final = "countersign_begin"
_SQLITE_BUSY_MS: Final = 30_000  # a writer waits this long for its turn before it gives up


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Naive datetimes are refused; what comes back is always UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored instant needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


Json: Final = sa.JSON().with_variant(JSONB(), "postgresql")
"""A JSON document: JSONB on PostgreSQL."""


def enum_column(states: type[enum.StrEnum], name: str) -> sa.Enum:
    """Text restricted by a CHECK constraint to the values of a StrEnum, on both engines."""
    return sa.Enum(
        states,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=max(len(state.value) for state in states),
        values_callable=lambda members: [member.value for member in members],
    )


class Base(DeclarativeBase):
    """Base of all tables; constraint names are predictable so that migrations can drop them."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        datetime: UtcDateTime(),
        int: sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
        dict[str, Any]: Json,
        list[Any]: Json,
        bytes: sa.LargeBinary(),
    }


class Database:
    """Hands out transactions. Everything inside one ``async with`` happens, or none of it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._writer = engine.execution_options(**{_BEGIN: "IMMEDIATE"})

    @classmethod
    def connect(cls, settings: Settings) -> Database:
        if not settings.uses_sqlite:
            return cls(create_async_engine(settings.async_database_url, pool_pre_ping=True))
        settings.home.mkdir(parents=True, exist_ok=True)
        engine = create_async_engine(settings.async_database_url)
        event.listen(engine.sync_engine, "connect", _prepare_sqlite_connection)
        event.listen(engine.sync_engine, "begin", _begin_sqlite_transaction)
        return cls(engine)

    def write_session(self) -> AsyncSession:
        """A session whose transaction may change rows; the caller commits."""
        return AsyncSession(self._writer, expire_on_commit=False)

    def read_session(self) -> AsyncSession:
        """A session for looking only; it never takes SQLite's write lock."""
        return AsyncSession(self.engine, expire_on_commit=False, autoflush=False)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """One write transaction, committed on leaving and rolled back on any exception."""
        async with self.write_session() as session, session.begin():
            yield session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """One read transaction."""
        async with self.read_session() as session:
            yield session

    async def close(self) -> None:
        await self.engine.dispose()


def _prepare_sqlite_connection(connection: Any, _record: object) -> None:
    # The driver must not open transactions on its own: we choose between BEGIN and IMMEDIATE.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={_SQLITE_BUSY_MS}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite_transaction(connection: sa.Connection) -> None:
    mode = connection.get_execution_options().get(_BEGIN, "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")
