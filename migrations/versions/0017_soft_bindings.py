"""Manifest stores of others, and the soft bindings that lead to manifests."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def _integer() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "stored_manifest",
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("store", sa.LargeBinary(), nullable=False),
        sa.Column("store_sha256", sa.String(length=64), nullable=False),
        sa.Column("claim_sha256", sa.String(length=64), nullable=False),
        sa.Column("leaf_sequence", _integer(), nullable=False),
        sa.Column("stored_by", sa.Uuid(), nullable=True),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["leaf_sequence"],
            ["log_leaf.sequence"],
            name=op.f("fk_stored_manifest_leaf_sequence_log_leaf"),
        ),
        sa.ForeignKeyConstraint(
            ["stored_by"], ["person.id"], name=op.f("fk_stored_manifest_stored_by_person")
        ),
        sa.PrimaryKeyConstraint("label", name=op.f("pk_stored_manifest")),
        sa.UniqueConstraint("leaf_sequence", name=op.f("uq_stored_manifest_leaf_sequence")),
    )
    op.create_table(
        "soft_binding",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("algorithm", sa.String(length=80), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("manifest_id", sa.String(length=120), nullable=False),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_soft_binding")),
        sa.UniqueConstraint("value", "manifest_id", name=op.f("uq_soft_binding_value_manifest_id")),
    )
    op.create_index(op.f("ix_soft_binding_manifest_id"), "soft_binding", ["manifest_id"])
    op.create_table(
        "binding_unit",
        sa.Column("binding_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", _integer(), autoincrement=False, nullable=False),
        sa.Column("header", sa.LargeBinary(length=2), nullable=False),
        sa.Column("body", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["binding_id"],
            ["soft_binding.id"],
            name=op.f("fk_binding_unit_binding_id_soft_binding"),
        ),
        sa.PrimaryKeyConstraint("binding_id", "ordinal", name=op.f("pk_binding_unit")),
    )
    op.create_index("ix_binding_unit_header_body", "binding_unit", ["header", "body"])
    op.create_table(
        "binding_word",
        sa.Column("binding_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", _integer(), autoincrement=False, nullable=False),
        sa.Column("place", _integer(), autoincrement=False, nullable=False),
        sa.Column("word", _integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["binding_id", "ordinal"],
            ["binding_unit.binding_id", "binding_unit.ordinal"],
            name=op.f("fk_binding_word_binding_id_ordinal_binding_unit"),
        ),
        sa.PrimaryKeyConstraint("binding_id", "ordinal", "place", name=op.f("pk_binding_word")),
    )
    op.create_index("ix_binding_word_place_word", "binding_word", ["place", "word"])


def downgrade() -> None:
    op.drop_table("binding_word")
    op.drop_table("binding_unit")
    op.drop_table("soft_binding")
    op.drop_table("stored_manifest")
