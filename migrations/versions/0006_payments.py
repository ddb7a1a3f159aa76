"""Tables of payments, and the triggers that seal the ledger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.ledger_seal import seal, unseal

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "external_event",
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("event_id", sa.String(length=255), nullable=False),
        sa.Column("type", sa.String(length=120), nullable=False),
        sa.Column("object_id", sa.String(length=255), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("source", "event_id", name=op.f("pk_external_event")),
    )
    op.create_index(
        "ix_external_event_due",
        "external_event",
        ["next_attempt_at"],
        unique=False,
        sqlite_where=sa.text("handled_at IS NULL"),
        postgresql_where=sa.text("handled_at IS NULL"),
    )
    op.create_table(
        "journal_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "purchase",
                "mature",
                "hold",
                "release",
                "refund_requested",
                "refund_succeeded",
                "refund_returned",
                "refund_failed",
                "dispute_funds_withdrawn",
                "dispute_won",
                "dispute_lost",
                "payout_reserved",
                "payout_unreserved",
                "payout_transferred",
                "payout_transfer_reversed",
                "payout_paid",
                "payout_returned",
                "receivable_recouped",
                "receivable_written_off",
                name="entry_kind",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_entry")),
        sa.UniqueConstraint("key", name=op.f("uq_journal_entry_key")),
    )
    op.create_index(op.f("ix_journal_entry_at"), "journal_entry", ["at"], unique=False)
    op.create_index(op.f("ix_journal_entry_order_id"), "journal_entry", ["order_id"], unique=False)
    op.create_index(op.f("ix_journal_entry_subject"), "journal_entry", ["subject"], unique=False)
    op.create_table(
        "payment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column(
            "amount_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "opened",
                "requested",
                "succeeded",
                "canceled",
                name="payment_state",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("intent_id", sa.String(length=255), nullable=True),
        sa.Column("charge_id", sa.String(length=255), nullable=True),
        sa.Column(
            "received_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "processing_fee_minor",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payment_asks_something")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("charge_id", name=op.f("uq_payment_charge_id")),
        sa.UniqueConstraint("intent_id", name=op.f("uq_payment_intent_id")),
        sa.UniqueConstraint("order_id", name=op.f("uq_payment_order_id")),
    )
    op.create_table(
        "stripe_call",
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("operation", sa.String(length=80), nullable=False),
        sa.Column("params_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "prepared",
                "answered",
                "refused",
                name="call_state",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("object_id", sa.String(length=255), nullable=True),
        sa.Column("error_code", sa.String(length=120), nullable=True),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_stripe_call")),
    )
    op.create_table(
        "ledger_account",
        sa.Column("code", sa.String(length=120), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column(
            "type",
            sa.Enum(
                "asset",
                "liability",
                "income",
                "expense",
                name="account_type",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("party_id", sa.Uuid(), nullable=True),
        sa.Column(
            "bucket",
            sa.Enum(
                "pending",
                "available",
                "held",
                "reserved",
                name="bucket",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["person.id"], name=op.f("fk_ledger_account_party_id_person")
        ),
        sa.PrimaryKeyConstraint("code", "currency", name=op.f("pk_ledger_account")),
    )
    op.create_index(
        op.f("ix_ledger_account_party_id"), "ledger_account", ["party_id"], unique=False
    )
    op.create_table(
        "hold",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=False),
        sa.Column("track_id", sa.Uuid(), nullable=True),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "held",
                "released",
                "forfeited",
                name="hold_state",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(track_id IS NULL) <> (order_id IS NULL)", name=op.f("ck_hold_of_a_track_or_of_a_sale")
        ),
        sa.ForeignKeyConstraint(["track_id"], ["track.id"], name=op.f("fk_hold_track_id_track")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
    )
    op.create_index(op.f("ix_hold_cause"), "hold", ["cause"], unique=False)
    op.create_index(op.f("ix_hold_order_id"), "hold", ["order_id"], unique=False)
    op.create_index(op.f("ix_hold_track_id"), "hold", ["track_id"], unique=False)
    op.create_index(
        "uq_hold_open_order",
        "hold",
        ["cause", "order_id"],
        unique=True,
        sqlite_where=sa.text("state = 'held'"),
        postgresql_where=sa.text("state = 'held'"),
    )
    op.create_index(
        "uq_hold_open_track",
        "hold",
        ["cause", "track_id"],
        unique=True,
        sqlite_where=sa.text("state = 'held'"),
        postgresql_where=sa.text("state = 'held'"),
    )
    op.create_table(
        "payee_balance",
        sa.Column("account", sa.String(length=120), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("minor >= 0", name=op.f("ck_payee_balance_not_overdrawn")),
        sa.ForeignKeyConstraint(
            ["account", "currency"],
            ["ledger_account.code", "ledger_account.currency"],
            name=op.f("fk_payee_balance_account_currency_ledger_account"),
        ),
        sa.PrimaryKeyConstraint("account", "currency", name=op.f("pk_payee_balance")),
    )
    op.create_table(
        "posting",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("account", sa.String(length=120), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("minor <> 0", name=op.f("ck_posting_moves_something")),
        sa.ForeignKeyConstraint(
            ["account", "currency"],
            ["ledger_account.code", "ledger_account.currency"],
            name=op.f("fk_posting_account_currency_ledger_account"),
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["journal_entry.id"],
            name=op.f("fk_posting_entry_id_journal_entry"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("entry_id", "account", "currency", name=op.f("pk_posting")),
    )
    op.create_index(
        op.f("ix_posting_account_currency"), "posting", ["account", "currency"], unique=False
    )
    op.create_table(
        "sale",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("track_id", sa.Uuid(), nullable=False),
        sa.Column(
            "gross_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("sold_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("matures_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("matured_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("gross_minor > 0", name=op.f("ck_sale_has_a_price")),
        sa.ForeignKeyConstraint(["track_id"], ["track.id"], name=op.f("fk_sale_track_id_track")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_sale")),
    )
    op.create_index(op.f("ix_sale_track_id"), "sale", ["track_id"], unique=False)
    op.create_table(
        "dispute",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.String(length=255), nullable=False),
        sa.Column(
            "amount_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "received",
                "warning",
                "warning_closed",
                "open",
                "won",
                "lost",
                name="dispute_state",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["order_id"], ["sale.order_id"], name=op.f("fk_dispute_order_id_sale")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute")),
        sa.UniqueConstraint("provider_id", name=op.f("uq_dispute_provider_id")),
    )
    op.create_index(op.f("ix_dispute_order_id"), "dispute", ["order_id"], unique=False)
    op.create_table(
        "refund",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column(
            "amount_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "requested",
                "submitted",
                "succeeded",
                "failed",
                "reversed",
                "canceled",
                name="refund_state",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("provider_id", sa.String(length=255), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_refund_gives_something")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["sale.order_id"], name=op.f("fk_refund_order_id_sale")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
        sa.UniqueConstraint("provider_id", name=op.f("uq_refund_provider_id")),
    )
    op.create_index(op.f("ix_refund_order_id"), "refund", ["order_id"], unique=False)
    seal()


def downgrade() -> None:
    op.drop_index(op.f("ix_refund_order_id"), table_name="refund")
    op.drop_table("refund")
    op.drop_index(op.f("ix_dispute_order_id"), table_name="dispute")
    op.drop_table("dispute")
    op.drop_index(op.f("ix_sale_track_id"), table_name="sale")
    op.drop_table("sale")
    op.drop_index(op.f("ix_posting_account_currency"), table_name="posting")
    op.drop_table("posting")
    op.drop_table("payee_balance")
    op.drop_index(
        "uq_hold_open_track",
        table_name="hold",
        sqlite_where=sa.text("state = 'held'"),
        postgresql_where=sa.text("state = 'held'"),
    )
    op.drop_index(
        "uq_hold_open_order",
        table_name="hold",
        sqlite_where=sa.text("state = 'held'"),
        postgresql_where=sa.text("state = 'held'"),
    )
    op.drop_index(op.f("ix_hold_track_id"), table_name="hold")
    op.drop_index(op.f("ix_hold_order_id"), table_name="hold")
    op.drop_index(op.f("ix_hold_cause"), table_name="hold")
    op.drop_table("hold")
    op.drop_index(op.f("ix_ledger_account_party_id"), table_name="ledger_account")
    op.drop_table("ledger_account")
    op.drop_table("stripe_call")
    op.drop_table("payment")
    op.drop_index(op.f("ix_journal_entry_subject"), table_name="journal_entry")
    op.drop_index(op.f("ix_journal_entry_order_id"), table_name="journal_entry")
    op.drop_index(op.f("ix_journal_entry_at"), table_name="journal_entry")
    op.drop_table("journal_entry")
    op.drop_index(
        "ix_external_event_due",
        table_name="external_event",
        sqlite_where=sa.text("handled_at IS NULL"),
        postgresql_where=sa.text("handled_at IS NULL"),
    )
    op.drop_table("external_event")
    unseal()
