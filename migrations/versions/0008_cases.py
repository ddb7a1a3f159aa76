"""Tables of cases; what was said and decided there cannot be changed afterwards."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.append_only import drop_append_only_function, make_append_only

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_APPEND_ONLY = (
    "case_event",
    "case_decision",
    "statement_of_reasons",
    "court_notice",
    "legal_opinion",
    "notification",
)
_FUNCTION = "refuse_change_of_case"


def upgrade() -> None:
    op.create_table(
        "case_party",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("telephone", sa.String(length=50), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("signature", sa.String(length=200), nullable=False),
        sa.Column("contact_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_party")),
    )
    op.create_index(
        op.f("ix_case_party_contact_digest"), "case_party", ["contact_digest"], unique=False
    )
    op.create_table(
        "statement_of_reasons",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.String(length=64), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("track_id", sa.Uuid(), nullable=False),
        sa.Column("decision_visibility", sa.String(length=40), nullable=False),
        sa.Column("decision_monetary", sa.String(length=40), nullable=False),
        sa.Column("decision_ground", sa.String(length=40), nullable=False),
        sa.Column("legal_ground", sa.String(length=500), nullable=False),
        sa.Column("explanation", sa.String(length=2000), nullable=False),
        sa.Column("facts", sa.String(length=5000), nullable=False),
        sa.Column("source_type", sa.String(length=40), nullable=False),
        sa.Column("automated_detection", sa.Boolean(), nullable=False),
        sa.Column("automated_decision", sa.String(length=40), nullable=False),
        sa.Column("category", sa.String(length=80), nullable=False),
        sa.Column(
            "content_types",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
        ),
        sa.Column("content_date", sa.Date(), nullable=False),
        sa.Column("application_date", sa.Date(), nullable=False),
        sa.Column("territorial_scope", sa.String(length=200), nullable=False),
        sa.Column("duration", sa.String(length=500), nullable=False),
        sa.Column(
            "redress", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "length(legal_ground) > 0 AND length(explanation) > 0 AND length(facts) > 0"
            " AND length(territorial_scope) > 0 AND length(duration) > 0 AND length(category) > 0",
            name=op.f("ck_statement_of_reasons_complete"),
        ),
        sa.ForeignKeyConstraint(
            ["recipient_id"],
            ["person.id"],
            name=op.f("fk_statement_of_reasons_recipient_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["track_id"], ["track.id"], name=op.f("fk_statement_of_reasons_track_id_track")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_of_reasons")),
    )
    op.create_index(
        op.f("ix_statement_of_reasons_case_id"), "statement_of_reasons", ["case_id"], unique=False
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notifier_id", sa.Uuid(), nullable=False),
        sa.Column("track_id", sa.Uuid(), nullable=True),
        sa.Column("uploader_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "received",
                "incomplete",
                "answered",
                "curable",
                "contacted",
                "lapsed",
                "complete",
                "triage",
                "rejected",
                "forwarded_only",
                "accepted",
                "cure_window",
                "changes_made",
                "implied_retraction",
                "disabled",
                "uploader_notified",
                "closed",
                "retracted",
                name="notice_state",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "works", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column(
            "locations", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("states_good_faith", sa.Boolean(), nullable=False),
        sa.Column("considered_fair_use", sa.Boolean(), nullable=False),
        sa.Column("states_accuracy", sa.Boolean(), nullable=False),
        sa.Column("states_authority_under_perjury", sa.Boolean(), nullable=False),
        sa.Column("access_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_by", sa.Uuid(), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("statement_of_reasons_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "statement_of_reasons_id IS NOT NULL"
            " OR NOT state IN ('disabled', 'uploader_notified', 'closed')",
            name=op.f("ck_notice_effect_has_reasons"),
        ),
        sa.CheckConstraint(
            "track_id IS NOT NULL OR state IN ('received', 'incomplete', 'answered')",
            name=op.f("ck_notice_names_a_track"),
        ),
        sa.CheckConstraint(
            "(claimed_by IS NULL) = (claimed_until IS NULL)",
            name=op.f("ck_notice_claim_has_an_end"),
        ),
        sa.ForeignKeyConstraint(
            ["claimed_by"], ["person.id"], name=op.f("fk_notice_claimed_by_person")
        ),
        sa.ForeignKeyConstraint(
            ["notifier_id"], ["case_party.id"], name=op.f("fk_notice_notifier_id_case_party")
        ),
        sa.ForeignKeyConstraint(
            ["statement_of_reasons_id"],
            ["statement_of_reasons.id"],
            name=op.f("fk_notice_statement_of_reasons_id_statement_of_reasons"),
        ),
        sa.ForeignKeyConstraint(["track_id"], ["track.id"], name=op.f("fk_notice_track_id_track")),
        sa.ForeignKeyConstraint(
            ["uploader_id"], ["person.id"], name=op.f("fk_notice_uploader_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint(
            "statement_of_reasons_id", name=op.f("uq_notice_statement_of_reasons_id")
        ),
    )
    op.create_index(op.f("ix_notice_notifier_id"), "notice", ["notifier_id"], unique=False)
    op.create_index(op.f("ix_notice_state"), "notice", ["state"], unique=False)
    op.create_index(op.f("ix_notice_track_id"), "notice", ["track_id"], unique=False)
    op.create_index(op.f("ix_notice_uploader_id"), "notice", ["uploader_id"], unique=False)
    op.create_table(
        "case_clock",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("basis", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.id"], name=op.f("fk_case_clock_notice_id_notice")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_clock")),
    )
    op.create_index("ix_case_clock_acting", "case_clock", ["stopped_at", "acts_at"], unique=False)
    op.create_index(op.f("ix_case_clock_notice_id"), "case_clock", ["notice_id"], unique=False)
    op.create_table(
        "case_decision",
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum("accept", "reject", name="outcome", native_enum=False, create_constraint=True),
            nullable=False,
        ),
        sa.Column("reasoning", sa.String(length=2000), nullable=False),
        sa.Column("private_note", sa.String(length=5000), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(reasoning) > 0", name=op.f("ck_case_decision_reasoned")),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["person.id"], name=op.f("fk_case_decision_decided_by_person")
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.id"], name=op.f("fk_case_decision_notice_id_notice")
        ),
        sa.PrimaryKeyConstraint("notice_id", name=op.f("pk_case_decision")),
    )
    op.create_table(
        "case_event",
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(length=16), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=True),
        sa.Column("actor_label", sa.String(length=120), nullable=False),
        sa.Column(
            "thing",
            sa.Enum(
                "case",
                "notice",
                "counter_notice",
                "strike",
                name="thing",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("command", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=True),
        sa.Column(
            "details", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("previous", sa.LargeBinary(length=32), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.id"], name=op.f("fk_case_event_notice_id_notice")
        ),
        sa.PrimaryKeyConstraint("notice_id", "sequence", name=op.f("pk_case_event")),
    )
    op.create_table(
        "case_measure",
        sa.Column("restriction_id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("statement_of_reasons_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.id"], name=op.f("fk_case_measure_notice_id_notice")
        ),
        sa.ForeignKeyConstraint(
            ["restriction_id"],
            ["restriction.id"],
            name=op.f("fk_case_measure_restriction_id_restriction"),
        ),
        sa.ForeignKeyConstraint(
            ["statement_of_reasons_id"],
            ["statement_of_reasons.id"],
            name=op.f("fk_case_measure_statement_of_reasons_id_statement_of_reasons"),
        ),
        sa.PrimaryKeyConstraint("restriction_id", name=op.f("pk_case_measure")),
    )
    op.create_index(op.f("ix_case_measure_notice_id"), "case_measure", ["notice_id"], unique=False)
    op.create_table(
        "counter_notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("uploader_party_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "received",
                "deficient",
                "complete",
                "forwarded",
                "waiting",
                "court_or_ccb_notice_received",
                "legal_review",
                "stay_down",
                "restored",
                "withdrawn",
                name="counter_notice_state",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column(
            "material", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("explanation", sa.String(length=5000), nullable=False),
        sa.Column("states_mistake_under_perjury", sa.Boolean(), nullable=False),
        sa.Column("consents_to_jurisdiction", sa.Boolean(), nullable=False),
        sa.Column("accepts_service", sa.Boolean(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "completed_at IS NOT NULL"
            " OR state IN ('received', 'deficient', 'withdrawn', 'restored')",
            name=op.f("ck_counter_notice_runs_when_complete"),
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.id"], name=op.f("fk_counter_notice_notice_id_notice")
        ),
        sa.ForeignKeyConstraint(
            ["uploader_party_id"],
            ["case_party.id"],
            name=op.f("fk_counter_notice_uploader_party_id_case_party"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counter_notice")),
        sa.UniqueConstraint("notice_id", name=op.f("uq_counter_notice_notice_id")),
    )
    op.create_index(op.f("ix_counter_notice_state"), "counter_notice", ["state"], unique=False)
    op.create_table(
        "notification",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_person_id", sa.Uuid(), nullable=True),
        sa.Column("recipient_party_id", sa.Uuid(), nullable=True),
        sa.Column("template", sa.String(length=60), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(recipient_person_id IS NULL) <> (recipient_party_id IS NULL)",
            name=op.f("ck_notification_one_recipient"),
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.id"], name=op.f("fk_notification_notice_id_notice")
        ),
        sa.ForeignKeyConstraint(
            ["recipient_party_id"],
            ["case_party.id"],
            name=op.f("fk_notification_recipient_party_id_case_party"),
        ),
        sa.ForeignKeyConstraint(
            ["recipient_person_id"],
            ["person.id"],
            name=op.f("fk_notification_recipient_person_id_person"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification")),
    )
    op.create_index(op.f("ix_notification_notice_id"), "notification", ["notice_id"], unique=False)
    op.create_index(
        op.f("ix_notification_recipient_person_id"),
        "notification",
        ["recipient_person_id"],
        unique=False,
    )
    op.create_table(
        "strike",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "provisional",
                "active",
                "expired",
                "void",
                name="strike_state",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("imposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.id"], name=op.f("fk_strike_notice_id_notice")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_strike_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_strike")),
        sa.UniqueConstraint("notice_id", name=op.f("uq_strike_notice_id")),
    )
    op.create_index(op.f("ix_strike_person_id"), "strike", ["person_id"], unique=False)
    op.create_table(
        "court_notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("counter_notice_id", sa.Uuid(), nullable=False),
        sa.Column(
            "forum",
            sa.Enum(
                "district_court",
                "copyright_claims_board",
                name="forum",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("court", sa.String(length=200), nullable=False),
        sa.Column("docket_number", sa.String(length=100), nullable=False),
        sa.Column("filed_on", sa.Date(), nullable=False),
        sa.Column("relief_sought", sa.String(length=2000), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["counter_notice_id"],
            ["counter_notice.id"],
            name=op.f("fk_court_notice_counter_notice_id_counter_notice"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_court_notice")),
    )
    op.create_index(
        op.f("ix_court_notice_counter_notice_id"),
        "court_notice",
        ["counter_notice_id"],
        unique=False,
    )
    op.create_table(
        "legal_opinion",
        sa.Column("court_notice_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "finding",
            sa.Enum(
                "sufficient",
                "insufficient",
                name="finding",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("private_note", sa.String(length=5000), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["court_notice_id"],
            ["court_notice.id"],
            name=op.f("fk_legal_opinion_court_notice_id_court_notice"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_legal_opinion_person_id_person")
        ),
        sa.PrimaryKeyConstraint("court_notice_id", "person_id", name=op.f("pk_legal_opinion")),
    )
    make_append_only(_APPEND_ONLY, function=_FUNCTION)


def downgrade() -> None:
    op.drop_table("legal_opinion")
    op.drop_index(op.f("ix_court_notice_counter_notice_id"), table_name="court_notice")
    op.drop_table("court_notice")
    op.drop_index(op.f("ix_strike_person_id"), table_name="strike")
    op.drop_table("strike")
    op.drop_index(op.f("ix_notification_recipient_person_id"), table_name="notification")
    op.drop_index(op.f("ix_notification_notice_id"), table_name="notification")
    op.drop_table("notification")
    op.drop_index(op.f("ix_counter_notice_state"), table_name="counter_notice")
    op.drop_table("counter_notice")
    op.drop_index(op.f("ix_case_measure_notice_id"), table_name="case_measure")
    op.drop_table("case_measure")
    op.drop_table("case_event")
    op.drop_table("case_decision")
    op.drop_index(op.f("ix_case_clock_notice_id"), table_name="case_clock")
    op.drop_index("ix_case_clock_acting", table_name="case_clock")
    op.drop_table("case_clock")
    op.drop_index(op.f("ix_notice_uploader_id"), table_name="notice")
    op.drop_index(op.f("ix_notice_track_id"), table_name="notice")
    op.drop_index(op.f("ix_notice_state"), table_name="notice")
    op.drop_index(op.f("ix_notice_notifier_id"), table_name="notice")
    op.drop_table("notice")
    op.drop_index(op.f("ix_statement_of_reasons_case_id"), table_name="statement_of_reasons")
    op.drop_table("statement_of_reasons")
    op.drop_index(op.f("ix_case_party_contact_digest"), table_name="case_party")
    op.drop_table("case_party")
    drop_append_only_function(_FUNCTION)
