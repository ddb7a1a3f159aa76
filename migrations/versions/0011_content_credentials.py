"""Content Credentials: what came with an asset, and the files as they leave us."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("asset") as asset:
        asset.add_column(
            sa.Column(
                "credentials",
                sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
                nullable=True,
            )
        )
    op.create_table(
        "released_file",
        sa.Column("asset_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("embedded", sa.Boolean(), nullable=False),
        sa.Column("manifest", sa.String(length=120), nullable=False),
        sa.Column("claim_sha256", sa.String(length=64), nullable=False),
        sa.Column("manifest_store", sa.LargeBinary(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_released_file_asset_id_asset")
        ),
        sa.ForeignKeyConstraint(
            ["sha256"], ["stored_file.sha256"], name=op.f("fk_released_file_sha256_stored_file")
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name=op.f("fk_released_file_statement_id_statement")
        ),
        sa.PrimaryKeyConstraint("asset_id", name=op.f("pk_released_file")),
        sa.UniqueConstraint("claim_sha256", name=op.f("uq_released_file_claim_sha256")),
        sa.UniqueConstraint("manifest", name=op.f("uq_released_file_manifest")),
    )
    op.create_index(op.f("ix_released_file_sha256"), "released_file", ["sha256"])


def downgrade() -> None:
    op.drop_index(op.f("ix_released_file_sha256"), table_name="released_file")
    op.drop_table("released_file")
    with op.batch_alter_table("asset") as asset:
        asset.drop_column("credentials")
