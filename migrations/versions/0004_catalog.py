"""Tables of catalog."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stored_file",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_stored_file")),
    )
    op.create_index(op.f("ix_stored_file_claimed_at"), "stored_file", ["claimed_at"], unique=False)
    op.create_table(
        "track",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("artist_name", sa.String(length=200), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "verified",
                "screening",
                "cleared",
                "in_review",
                "blocked",
                "refused",
                "countersigned",
                name="track_state",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("provenance_statement_id", sa.Uuid(), nullable=True),
        sa.Column("countersignature_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_track_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_track_owner_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_track")),
    )
    op.create_index(op.f("ix_track_owner_id"), "track", ["owner_id"], unique=False)
    op.create_table(
        "asset",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("track_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "mix", "stem", "score", name="asset_role", native_enum=False, create_constraint=True
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("container", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["sha256"], ["stored_file.sha256"], name=op.f("fk_asset_sha256_stored_file")
        ),
        sa.ForeignKeyConstraint(["track_id"], ["track.id"], name=op.f("fk_asset_track_id_track")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asset")),
        sa.UniqueConstraint("track_id", "role", "name", name=op.f("uq_asset_track_id_role_name")),
    )
    op.create_index(op.f("ix_asset_sha256"), "asset", ["sha256"], unique=False)
    op.create_table(
        "attestation_signature",
        sa.Column("track_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("text_sha256", sa.String(length=64), nullable=False),
        sa.Column("signed_by", sa.Uuid(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["signed_by"], ["person.id"], name=op.f("fk_attestation_signature_signed_by_person")
        ),
        sa.ForeignKeyConstraint(
            ["track_id"], ["track.id"], name=op.f("fk_attestation_signature_track_id_track")
        ),
        sa.PrimaryKeyConstraint("track_id", "reference", name=op.f("pk_attestation_signature")),
    )
    op.create_table(
        "lineage",
        sa.Column("child_track_id", sa.Uuid(), nullable=False),
        sa.Column("parent_track_id", sa.Uuid(), nullable=False),
        sa.Column(
            "relation",
            sa.Enum(
                "remix",
                "extension",
                "variation",
                name="relation",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["child_track_id"], ["track.id"], name=op.f("fk_lineage_child_track_id_track")
        ),
        sa.ForeignKeyConstraint(
            ["parent_track_id"], ["track.id"], name=op.f("fk_lineage_parent_track_id_track")
        ),
        sa.PrimaryKeyConstraint("child_track_id", "parent_track_id", name=op.f("pk_lineage")),
    )
    op.create_table(
        "restriction",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("track_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "unlisted",
                "download_refused",
                "payout_held",
                name="restriction_kind",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("case_id", sa.String(length=64), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["track_id"], ["track.id"], name=op.f("fk_restriction_track_id_track")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restriction")),
    )
    op.create_index(op.f("ix_restriction_case_id"), "restriction", ["case_id"], unique=False)
    op.create_index(op.f("ix_restriction_track_id"), "restriction", ["track_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_restriction_track_id"), table_name="restriction")
    op.drop_index(op.f("ix_restriction_case_id"), table_name="restriction")
    op.drop_table("restriction")
    op.drop_table("lineage")
    op.drop_table("attestation_signature")
    op.drop_index(op.f("ix_asset_sha256"), table_name="asset")
    op.drop_table("asset")
    op.drop_index(op.f("ix_track_owner_id"), table_name="track")
    op.drop_table("track")
    op.drop_index(op.f("ix_stored_file_claimed_at"), table_name="stored_file")
    op.drop_table("stored_file")
