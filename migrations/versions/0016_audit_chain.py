"""The chain of audit events, and what salted entries of the log stand for."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

from migrations.append_only import drop_append_only_function, make_append_only

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_FUNCTION: Final = "audit_rows_stay"
_SAID: Final = (
    "id",
    "at",
    "actor_kind",
    "actor_id",
    "actor_label",
    "action",
    "subject",
    "details",
    "digest",
)


def _integer() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "log_disclosure",
        sa.Column("leaf_sequence", _integer(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["leaf_sequence"],
            ["log_leaf.sequence"],
            name=op.f("fk_log_disclosure_leaf_sequence_log_leaf"),
        ),
        sa.PrimaryKeyConstraint("leaf_sequence", name=op.f("pk_log_disclosure")),
    )
    op.create_table(
        "audit_head",
        sa.Column("position", _integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("leaf_sequence", _integer(), nullable=False),
        sa.Column("chained_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["leaf_sequence"],
            ["log_leaf.sequence"],
            name=op.f("fk_audit_head_leaf_sequence_log_leaf"),
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_head")),
        sa.UniqueConstraint("leaf_sequence", name=op.f("uq_audit_head_leaf_sequence")),
    )
    op.add_column("audit_event", sa.Column("position", _integer(), nullable=True))
    op.create_index(op.f("ix_audit_event_position"), "audit_event", ["position"], unique=True)
    make_append_only(["audit_event"], function=_FUNCTION, columns=_SAID)
    make_append_only(["audit_head"], function=f"{_FUNCTION}_chained")


def downgrade() -> None:
    op.drop_table("audit_head")
    drop_append_only_function(f"{_FUNCTION}_chained")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_event_append_only ON audit_event")
    else:
        op.execute("DROP TRIGGER audit_event_no_update")
        op.execute("DROP TRIGGER audit_event_no_delete")
    drop_append_only_function(_FUNCTION)
    op.drop_index(op.f("ix_audit_event_position"), table_name="audit_event")
    op.drop_column("audit_event", "position")
    op.drop_table("log_disclosure")
