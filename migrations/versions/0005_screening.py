"""Tables of screening."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "screening",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("track_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "running",
                "cleared",
                "in_review",
                "blocked",
                "upheld",
                "failed",
                "stalled",
                name="screening_state",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column(
            "verdict",
            sa.Enum(
                "clear",
                "review",
                "block",
                name="verdict",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=True,
        ),
        sa.Column("evidence", sa.LargeBinary(), nullable=True),
        sa.Column("evidence_sha256", sa.String(length=64), nullable=True),
        sa.Column("corpus_digest", sa.String(length=64), nullable=True),
        sa.Column(
            "problem", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True
        ),
        sa.Column(
            "timings_ms", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True
        ),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.Uuid(), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["claimed_by"], ["person.id"], name=op.f("fk_screening_claimed_by_person")
        ),
        sa.ForeignKeyConstraint(
            ["track_id"], ["track.id"], name=op.f("fk_screening_track_id_track")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screening")),
    )
    op.create_index(op.f("ix_screening_retry_at"), "screening", ["retry_at"], unique=False)
    op.create_index(
        op.f("ix_screening_state_finished_at"), "screening", ["state", "finished_at"], unique=False
    )
    op.create_index(op.f("ix_screening_track_id"), "screening", ["track_id"], unique=False)
    op.create_table(
        "review",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("screening_id", sa.Uuid(), nullable=False),
        sa.Column("reviewer_id", sa.Uuid(), nullable=False),
        sa.Column(
            "decision",
            sa.Enum("clear", "uphold", name="decision", native_enum=False, create_constraint=True),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["person.id"], name=op.f("fk_review_reviewer_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["screening_id"], ["screening.id"], name=op.f("fk_review_screening_id_screening")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
    )
    op.create_index(op.f("ix_review_screening_id"), "review", ["screening_id"], unique=False)
    op.create_table(
        "screening_match",
        sa.Column("screening_id", sa.Uuid(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("asset_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "recording", "melody", name="match_kind", native_enum=False, create_constraint=True
            ),
            nullable=False,
        ),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column(
            "band",
            sa.Enum(
                "block", "review", "none", name="band", native_enum=False, create_constraint=True
            ),
            nullable=False,
        ),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("evalue", sa.Double(), nullable=False),
        sa.Column("query_start_s", sa.Double(), nullable=False),
        sa.Column("query_end_s", sa.Double(), nullable=False),
        sa.Column("reference_start_s", sa.Double(), nullable=False),
        sa.Column("reference_end_s", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_screening_match_asset_id_asset")
        ),
        sa.ForeignKeyConstraint(
            ["screening_id"],
            ["screening.id"],
            name=op.f("fk_screening_match_screening_id_screening"),
        ),
        sa.PrimaryKeyConstraint("screening_id", "rank", name=op.f("pk_screening_match")),
    )
    op.create_index(
        op.f("ix_screening_match_reference"), "screening_match", ["reference"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_screening_match_reference"), table_name="screening_match")
    op.drop_table("screening_match")
    op.drop_index(op.f("ix_review_screening_id"), table_name="review")
    op.drop_table("review")
    op.drop_index(op.f("ix_screening_track_id"), table_name="screening")
    op.drop_index(op.f("ix_screening_state_finished_at"), table_name="screening")
    op.drop_index(op.f("ix_screening_retry_at"), table_name="screening")
    op.drop_table("screening")
