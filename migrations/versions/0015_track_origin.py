"""Where tracks come from that another house exported."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "track_origin",
        sa.Column("track_id", sa.Uuid(), nullable=False),
        sa.Column("uri", sa.String(length=400), nullable=False),
        sa.Column("manifest_sha256", sa.String(length=64), nullable=False),
        sa.Column(
            "lineage",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
        ),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["track_id"], ["track.id"], name=op.f("fk_track_origin_track_id_track")
        ),
        sa.PrimaryKeyConstraint("track_id", name=op.f("pk_track_origin")),
    )


def downgrade() -> None:
    op.drop_table("track_origin")
