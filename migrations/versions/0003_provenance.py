"""Tables of provenance."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "log_checkpoint",
        sa.Column(
            "tree_size",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tree_size", name=op.f("pk_log_checkpoint")),
    )
    op.create_table(
        "log_head",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column(
            "tree_size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_head")),
    )
    op.execute("INSERT INTO log_head (id, tree_size) VALUES (1, 0)")  # the row that sealers lock
    op.create_table(
        "log_leaf",
        sa.Column(
            "sequence",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "leaf_index", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_log_leaf")),
        sa.UniqueConstraint("leaf_index", name=op.f("uq_log_leaf_leaf_index")),
    )
    op.create_index(op.f("ix_log_leaf_subject"), "log_leaf", ["subject"], unique=False)
    op.create_table(
        "log_node",
        sa.Column(
            "level",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column(
            "node_index",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("level", "node_index", name=op.f("pk_log_node")),
    )
    op.create_table(
        "generator",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("provider", sa.String(length=200), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("registered_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_generator_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["registered_by"], ["person.id"], name=op.f("fk_generator_registered_by_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_generator")),
        sa.UniqueConstraint("provider", "name", name=op.f("uq_generator_provider_name")),
    )
    op.create_index(
        op.f("ix_generator_organisation_id"), "generator", ["organisation_id"], unique=False
    )
    op.create_table(
        "statement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.String(length=64), nullable=False),
        sa.Column("predicate_type", sa.String(length=200), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("payload_sha256", sa.String(length=64), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.Column("kid", sa.String(length=43), nullable=False),
        sa.Column(
            "public_jwk", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column(
            "leaf_sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["leaf_sequence"],
            ["log_leaf.sequence"],
            name=op.f("fk_statement_leaf_sequence_log_leaf"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["person.id"], name=op.f("fk_statement_owner_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement")),
        sa.UniqueConstraint("leaf_sequence", name=op.f("uq_statement_leaf_sequence")),
        sa.UniqueConstraint("payload_sha256", name=op.f("uq_statement_payload_sha256")),
    )
    op.create_index(op.f("ix_statement_kid"), "statement", ["kid"], unique=False)
    op.create_index(op.f("ix_statement_subject_id"), "statement", ["subject_id"], unique=False)
    op.create_table(
        "signing_key",
        sa.Column("kid", sa.String(length=43), nullable=False),
        sa.Column("generator_id", sa.Uuid(), nullable=False),
        sa.Column(
            "algorithm",
            sa.Enum(
                "Ed25519", "ES256", name="algorithm", native_enum=False, create_constraint=True
            ),
            nullable=False,
        ),
        sa.Column(
            "public_jwk", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "active",
                "retired",
                "revoked",
                name="state",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("compromised_since", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["generator_id"], ["generator.id"], name=op.f("fk_signing_key_generator_id_generator")
        ),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_signing_key")),
    )
    op.create_index(
        op.f("ix_signing_key_generator_id"), "signing_key", ["generator_id"], unique=False
    )
    op.create_table(
        "key_challenge",
        sa.Column("kid", sa.String(length=43), nullable=False),
        sa.Column("nonce", sa.LargeBinary(length=32), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["kid"], ["signing_key.kid"], name=op.f("fk_key_challenge_kid_signing_key")
        ),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_key_challenge")),
    )


def downgrade() -> None:
    op.drop_table("key_challenge")
    op.drop_index(op.f("ix_signing_key_generator_id"), table_name="signing_key")
    op.drop_table("signing_key")
    op.drop_index(op.f("ix_statement_subject_id"), table_name="statement")
    op.drop_index(op.f("ix_statement_kid"), table_name="statement")
    op.drop_table("statement")
    op.drop_index(op.f("ix_generator_organisation_id"), table_name="generator")
    op.drop_table("generator")
    op.drop_table("log_node")
    op.drop_index(op.f("ix_log_leaf_subject"), table_name="log_leaf")
    op.drop_table("log_leaf")
    op.drop_table("log_head")
    op.drop_table("log_checkpoint")
