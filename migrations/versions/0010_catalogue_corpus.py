"""The catalogue corpus, screenings for other occasions, and growth of the reference corpus."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_POLICY_1 = "https://countersign.example/policies/screening/v1"


def upgrade() -> None:
    with op.batch_alter_table("track") as track:
        track.add_column(sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("screening") as screening:
        screening.add_column(
            sa.Column(
                "occasion",
                sa.Enum(
                    "submission",
                    "corpus-growth",
                    "request",
                    name="occasion",
                    native_enum=False,
                    create_constraint=True,
                ),
                nullable=False,
                server_default="submission",
            )
        )
        screening.add_column(sa.Column("catalogue_digest", sa.String(length=64), nullable=True))
        screening.add_column(sa.Column("policy", sa.String(length=200), nullable=True))
    with op.batch_alter_table("screening_match") as match:
        match.add_column(
            sa.Column(
                "corpus",
                sa.Enum(
                    "references",
                    "catalogue",
                    name="corpus",
                    native_enum=False,
                    create_constraint=True,
                ),
                nullable=False,
                server_default="references",
            )
        )
        match.add_column(
            sa.Column("transcribed", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    # What was concluded until now was judged by the first policy, of submissions and references.
    screenings = sa.table(
        "screening", sa.column("policy", sa.String()), sa.column("verdict", sa.String())
    )
    op.execute(
        screenings.update().where(screenings.c.verdict.is_not(None)).values(policy=_POLICY_1)
    )
    with op.batch_alter_table("screening") as screening:
        screening.alter_column("occasion", server_default=None)
    with op.batch_alter_table("screening_match") as match:
        match.alter_column("corpus", server_default=None)
        match.alter_column("transcribed", server_default=None)
    op.create_table(
        "catalogue_entry",
        sa.Column("track_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "adding",
                "present",
                "removing",
                "absent",
                name="entry_state",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("admitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("out_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["track_id"], ["track.id"], name=op.f("fk_catalogue_entry_track_id_track")
        ),
        sa.PrimaryKeyConstraint("track_id", name=op.f("pk_catalogue_entry")),
    )
    op.create_index(
        op.f("ix_catalogue_entry_state_changed_at"), "catalogue_entry", ["state", "changed_at"]
    )
    op.create_table(
        "corpus_growth",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("corpus_digest", sa.String(length=64), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "running",
                "finished",
                name="growth_state",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("searched", sa.Integer(), nullable=False),
        sa.Column("tracks", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corpus_growth")),
        sa.UniqueConstraint("corpus_digest", name=op.f("uq_corpus_growth_corpus_digest")),
    )
    op.create_table(
        "known_reference",
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("growth_id", sa.Uuid(), nullable=False),
        sa.Column("searched_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["growth_id"],
            ["corpus_growth.id"],
            name=op.f("fk_known_reference_growth_id_corpus_growth"),
        ),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_known_reference")),
    )
    op.create_index(op.f("ix_known_reference_growth_id"), "known_reference", ["growth_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_known_reference_growth_id"), table_name="known_reference")
    op.drop_table("known_reference")
    op.drop_table("corpus_growth")
    op.drop_index(op.f("ix_catalogue_entry_state_changed_at"), table_name="catalogue_entry")
    op.drop_table("catalogue_entry")
    with op.batch_alter_table("screening_match") as match:
        match.drop_constraint(op.f("ck_screening_match_corpus"), type_="check")
        match.drop_column("transcribed")
        match.drop_column("corpus")
    with op.batch_alter_table("screening") as screening:
        screening.drop_constraint(op.f("ck_screening_occasion"), type_="check")
        screening.drop_column("policy")
        screening.drop_column("catalogue_digest")
        screening.drop_column("occasion")
    with op.batch_alter_table("track") as track:
        track.drop_column("withdrawn_at")
