"""Two more ways of making a track from another, and the way back from a parent to its children."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_BEFORE = ("remix", "extension", "variation")
_AFTER = (*_BEFORE, "edit", "stem-reuse")


def upgrade() -> None:
    _let_relations_be(_AFTER, length=10)
    op.create_index(op.f("ix_lineage_parent_track_id"), "lineage", ["parent_track_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_lineage_parent_track_id"), table_name="lineage")
    lineage = sa.table("lineage", sa.column("relation", sa.String()))
    op.execute(
        lineage.update().where(lineage.c.relation.not_in(_BEFORE)).values(relation="variation")
    )
    _let_relations_be(_BEFORE, length=9)


def _let_relations_be(relations: tuple[str, ...], length: int) -> None:
    allowed = ", ".join(f"'{relation}'" for relation in relations)
    with op.batch_alter_table("lineage") as table:
        table.drop_constraint(op.f("ck_lineage_relation"), type_="check")
        table.alter_column("relation", type_=sa.String(length=length), existing_nullable=False)
        table.create_check_constraint(op.f("ck_lineage_relation"), f"relation IN ({allowed})")
