"""What a revoked key signed since it was compromised is looked at again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_BEFORE = ("submission", "corpus-growth", "request")
_AFTER = (*_BEFORE, "key-revoked")


def upgrade() -> None:
    _let_occasions_be(_AFTER)
    op.create_table(
        "key_recall",
        sa.Column("kid", sa.String(length=43), nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tracks", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["kid"], ["signing_key.kid"], name=op.f("fk_key_recall_kid_signing_key")
        ),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_key_recall")),
    )


def downgrade() -> None:
    op.drop_table("key_recall")
    screening = sa.table("screening", sa.column("occasion", sa.String()))
    op.execute(
        screening.update()
        .where(screening.c.occasion == "key-revoked")
        .values(occasion="corpus-growth")
    )
    _let_occasions_be(_BEFORE)


def _let_occasions_be(occasions: tuple[str, ...]) -> None:
    allowed = ", ".join(f"'{occasion}'" for occasion in occasions)
    with op.batch_alter_table("screening") as table:
        table.drop_constraint(op.f("ck_screening_occasion"), type_="check")
        table.create_check_constraint(op.f("ck_screening_occasion"), f"occasion IN ({allowed})")
