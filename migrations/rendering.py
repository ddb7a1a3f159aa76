"""How our column types are written in revisions: as plain SQLAlchemy, so that a revision stays
true when the application's types change."""

from __future__ import annotations

from typing import Any, Literal

import sqlalchemy as sa
from alembic.autogenerate.api import AutogenContext

from app.core.database import UtcDateTime
from app.core.ids import TypedId


def render_item(kind: str, item: Any, context: AutogenContext) -> str | Literal[False]:
    """Alembic's ``render_item`` hook."""
    if kind != "type":
        return False
    if isinstance(item, TypedId):
        return "sa.Uuid()"
    if isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, sa.JSON):
        context.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False
