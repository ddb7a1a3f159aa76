"""Triggers that keep rows as they were written: no update and no delete, on both engines."""

from __future__ import annotations

from collections.abc import Sequence

from alembic import op

_POSTGRESQL_FUNCTION = """
CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def make_append_only(
    tables: Sequence[str], *, function: str, columns: Sequence[str] | None = None
) -> None:
    """Refuse changes to the rows of the tables; ``function`` names the one PostgreSQL runs.

    With ``columns``, only these are kept as they were written.
    """
    update = "UPDATE" if columns is None else f"UPDATE OF {', '.join(columns)}"
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_POSTGRESQL_FUNCTION.format(function=function))
        for table in tables:
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE {update} OR DELETE ON {table}"
                f" FOR EACH ROW EXECUTE FUNCTION {function}()"
            )
        return
    for table in tables:
        for name, change in (("update", update), ("delete", "DELETE")):
            op.execute(
                f"CREATE TRIGGER {table}_no_{name} BEFORE {change} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def drop_append_only_function(function: str) -> None:
    """What remains once the tables, and with them their triggers, are dropped."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP FUNCTION {function}()")
