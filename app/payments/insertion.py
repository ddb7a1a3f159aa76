"""Rows that may be there already: inserted where missing, left alone where present."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import Base


async def insert_missing(
    session: AsyncSession, model: type[Base], row: Mapping[str, Any], key: Sequence[str]
) -> bool:
    """Insert ``row`` unless one with the same ``key`` columns exists; whether it was inserted.

    Concurrent callers do not fail: the later one waits for the earlier, and then finds its row.
    """
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    insert = postgresql.insert if on_postgresql else sqlite.insert
    statement = insert(model).values(**row).on_conflict_do_nothing(index_elements=list(key))
    returning = statement.returning(sa.literal_column("1", sa.Integer()))
    return (await session.execute(returning)).first() is not None
