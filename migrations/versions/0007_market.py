"""Tables of market."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "listing",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("track_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("description", sa.String(length=2000), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "published",
                "paused",
                "suspended",
                "sold_exclusive",
                "withdrawn",
                "removed",
                name="listing_state",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("generation_plan", sa.String(length=120), nullable=False),
        sa.Column("generation_terms_sha256", sa.String(length=64), nullable=False),
        sa.Column("ownership_evidence", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["person.id"], name=op.f("fk_listing_owner_id_person")
        ),
        sa.ForeignKeyConstraint(["track_id"], ["track.id"], name=op.f("fk_listing_track_id_track")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing")),
    )
    op.create_index(op.f("ix_listing_owner_id"), "listing", ["owner_id"], unique=False)
    op.create_index(op.f("ix_listing_published_at"), "listing", ["published_at"], unique=False)
    op.create_index(op.f("ix_listing_track_id"), "listing", ["track_id"], unique=False)
    op.create_index(
        "uq_listing_track",
        "listing",
        ["track_id"],
        unique=True,
        sqlite_where=sa.text("NOT state IN ('withdrawn', 'removed')"),
        postgresql_where=sa.text("NOT (state IN ('withdrawn', 'removed'))"),
    )
    op.create_table(
        "licence_offer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("template", sa.String(length=120), nullable=False),
        sa.Column(
            "terms", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("terms_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "price_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("price_minor > 0", name=op.f("ck_licence_offer_has_a_price")),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listing.id"], name=op.f("fk_licence_offer_listing_id_listing")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licence_offer")),
    )
    op.create_index(
        op.f("ix_licence_offer_listing_id"), "licence_offer", ["listing_id"], unique=False
    )
    op.create_table(
        "split_sheet",
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by"], ["person.id"], name=op.f("fk_split_sheet_created_by_person")
        ),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listing.id"], name=op.f("fk_split_sheet_listing_id_listing")
        ),
        sa.PrimaryKeyConstraint("listing_id", "version", name=op.f("pk_split_sheet")),
    )
    op.create_table(
        "licence_order",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("track_id", sa.Uuid(), nullable=False),
        sa.Column("split_version", sa.Integer(), nullable=False),
        sa.Column("terms_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "price_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("platform_fee_basis_points", sa.Integer(), nullable=False),
        sa.Column(
            "processing_fee_bearer",
            sa.Enum(
                "platform", "parties", name="fee_bearer", native_enum=False, create_constraint=True
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "created",
                "awaiting_payment",
                "paid",
                "partially_refunded",
                "refunded",
                "disputed",
                "charged_back",
                "failed",
                "expired",
                name="order_state",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["person.id"], name=op.f("fk_licence_order_buyer_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["listing_id", "split_version"],
            ["split_sheet.listing_id", "split_sheet.version"],
            name=op.f("fk_licence_order_listing_id_split_version_split_sheet"),
        ),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listing.id"], name=op.f("fk_licence_order_listing_id_listing")
        ),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["licence_offer.id"], name=op.f("fk_licence_order_offer_id_licence_offer")
        ),
        sa.ForeignKeyConstraint(
            ["track_id"], ["track.id"], name=op.f("fk_licence_order_track_id_track")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licence_order")),
    )
    op.create_index(op.f("ix_licence_order_buyer_id"), "licence_order", ["buyer_id"], unique=False)
    op.create_index(
        "ix_licence_order_due",
        "licence_order",
        ["expires_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('created', 'awaiting_payment')"),
        postgresql_where=sa.text("state IN ('created', 'awaiting_payment')"),
    )
    op.create_index(
        op.f("ix_licence_order_listing_id"), "licence_order", ["listing_id"], unique=False
    )
    op.create_table(
        "split_share",
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "producer",
                "composer",
                "lyricist",
                "arranger",
                "performer",
                "engineer",
                "publisher",
                "label",
                "model_provider",
                name="split_role",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("basis_points", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "basis_points BETWEEN 1 AND 10000", name=op.f("ck_split_share_is_a_share")
        ),
        sa.ForeignKeyConstraint(
            ["listing_id", "version"],
            ["split_sheet.listing_id", "split_sheet.version"],
            name=op.f("fk_split_share_listing_id_version_split_sheet"),
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["person.id"], name=op.f("fk_split_share_party_id_person")
        ),
        sa.PrimaryKeyConstraint("listing_id", "version", "position", name=op.f("pk_split_share")),
    )
    op.create_table(
        "exclusive_reservation",
        sa.Column("track_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("reserved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["licence_order.id"],
            name=op.f("fk_exclusive_reservation_order_id_licence_order"),
        ),
        sa.ForeignKeyConstraint(
            ["track_id"], ["track.id"], name=op.f("fk_exclusive_reservation_track_id_track")
        ),
        sa.PrimaryKeyConstraint("track_id", name=op.f("pk_exclusive_reservation")),
        sa.UniqueConstraint("order_id", name=op.f("uq_exclusive_reservation_order_id")),
    )
    op.create_table(
        "licence_grant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("certificate_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("track_id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "issued",
                "active",
                "suspended",
                "revoked",
                "expired",
                name="grant_state",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["person.id"], name=op.f("fk_licence_grant_buyer_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["licence_order.id"], name=op.f("fk_licence_grant_order_id_licence_order")
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name=op.f("fk_licence_grant_statement_id_statement")
        ),
        sa.ForeignKeyConstraint(
            ["track_id"], ["track.id"], name=op.f("fk_licence_grant_track_id_track")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licence_grant")),
        sa.UniqueConstraint("certificate_id", name=op.f("uq_licence_grant_certificate_id")),
    )
    op.create_index(op.f("ix_licence_grant_buyer_id"), "licence_grant", ["buyer_id"], unique=False)
    op.create_index(op.f("ix_licence_grant_order_id"), "licence_grant", ["order_id"], unique=False)
    op.create_index(op.f("ix_licence_grant_track_id"), "licence_grant", ["track_id"], unique=False)
    op.create_index(
        "uq_licence_grant_order",
        "licence_grant",
        ["order_id"],
        unique=True,
        sqlite_where=sa.text("state <> 'revoked'"),
        postgresql_where=sa.text("state <> 'revoked'"),
    )


def downgrade() -> None:
    op.drop_index(
        "uq_licence_grant_order",
        table_name="licence_grant",
        sqlite_where=sa.text("state <> 'revoked'"),
        postgresql_where=sa.text("state <> 'revoked'"),
    )
    op.drop_index(op.f("ix_licence_grant_track_id"), table_name="licence_grant")
    op.drop_index(op.f("ix_licence_grant_order_id"), table_name="licence_grant")
    op.drop_index(op.f("ix_licence_grant_buyer_id"), table_name="licence_grant")
    op.drop_table("licence_grant")
    op.drop_table("exclusive_reservation")
    op.drop_table("split_share")
    op.drop_index(op.f("ix_licence_order_listing_id"), table_name="licence_order")
    op.drop_index(
        "ix_licence_order_due",
        table_name="licence_order",
        sqlite_where=sa.text("state IN ('created', 'awaiting_payment')"),
        postgresql_where=sa.text("state IN ('created', 'awaiting_payment')"),
    )
    op.drop_index(op.f("ix_licence_order_buyer_id"), table_name="licence_order")
    op.drop_table("licence_order")
    op.drop_table("split_sheet")
    op.drop_index(op.f("ix_licence_offer_listing_id"), table_name="licence_offer")
    op.drop_table("licence_offer")
    op.drop_index(
        "uq_listing_track",
        table_name="listing",
        sqlite_where=sa.text("NOT state IN ('withdrawn', 'removed')"),
        postgresql_where=sa.text("NOT (state IN ('withdrawn', 'removed'))"),
    )
    op.drop_index(op.f("ix_listing_track_id"), table_name="listing")
    op.drop_index(op.f("ix_listing_published_at"), table_name="listing")
    op.drop_index(op.f("ix_listing_owner_id"), table_name="listing")
    op.drop_table("listing")
