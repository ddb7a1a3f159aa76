"""Tables of payments: the ledger, the sales it is about, and our side of the talk with Stripe.

The ledger is append-only and sealed by the database itself (migration 0006): an entry's postings
are written first and its header last, the header is refused unless they balance, and nothing is
ever added to, changed in or removed from an entry that has one.
"""

from __future__ import annotations

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, enum_column
from app.core.ids import TypedId
from app.payments.lifecycle import PaymentState
from licensing.ledger import AccountType, Bucket, EntryKind
from licensing.lifecycles.dispute import DisputeState
from licensing.lifecycles.hold import HoldState
from licensing.lifecycles.refund import RefundState

_ACCOUNT_CODE = sa.String(120)
_CURRENCY = sa.String(3)
_STRIPE_ID = sa.String(255)
_SUBJECT = sa.String(64)


class LedgerAccount(Base):
    """An account of the chart (``licensing.ledger.accounts``) opened in one currency."""

    __tablename__ = "ledger_account"

    code: Mapped[str] = mapped_column(_ACCOUNT_CODE, primary_key=True)
    currency: Mapped[str] = mapped_column(_CURRENCY, primary_key=True)
    type: Mapped[AccountType] = mapped_column(enum_column(AccountType, "account_type"))
    party_id: Mapped[str | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    bucket: Mapped[Bucket | None] = mapped_column(enum_column(Bucket, "bucket"))


class JournalEntry(Base):
    """One event in the books. ``key`` makes it happen once, ``digest`` says what it was.

    ``order_id`` names the sale that it is about, ``subject`` what caused it (a payment, a hold, a
    refund, a dispute).
    """

    __tablename__ = "journal_entry"

    id: Mapped[str] = mapped_column(TypedId("led"), primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(200), unique=True)
    kind: Mapped[EntryKind] = mapped_column(enum_column(EntryKind, "entry_kind"))
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    order_id: Mapped[str | None] = mapped_column(TypedId("ord"), index=True)
    subject: Mapped[str] = mapped_column(_SUBJECT, index=True)
    at: Mapped[datetime] = mapped_column(index=True)


class Posting(Base):
    """``minor`` signed units on one account: a debit where positive, else a credit."""

    __tablename__ = "posting"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["account", "currency"], ["ledger_account.code", "ledger_account.currency"]
        ),
        sa.CheckConstraint("minor <> 0", name="moves_something"),
        sa.Index(None, "account", "currency"),
    )

    # Deferred, because the postings come before the header that seals them.
    entry_id: Mapped[str] = mapped_column(
        TypedId("led"),
        sa.ForeignKey("journal_entry.id", deferrable=True, initially="DEFERRED"),
        primary_key=True,
    )
    account: Mapped[str] = mapped_column(_ACCOUNT_CODE, primary_key=True)
    currency: Mapped[str] = mapped_column(_CURRENCY, primary_key=True)
    minor: Mapped[int]


class PayeeBalance(Base):
    """What we owe in a payee's bucket: kept by a trigger on ``posting``, never below zero."""

    __tablename__ = "payee_balance"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["account", "currency"], ["ledger_account.code", "ledger_account.currency"]
        ),
        sa.CheckConstraint("minor >= 0", name="not_overdrawn"),
    )

    account: Mapped[str] = mapped_column(_ACCOUNT_CODE, primary_key=True)
    currency: Mapped[str] = mapped_column(_CURRENCY, primary_key=True)
    minor: Mapped[int]


class Sale(Base):
    """A paid order as the books know it; who earned what from it are the postings themselves."""

    __tablename__ = "sale"
    __table_args__ = (sa.CheckConstraint("gross_minor > 0", name="has_a_price"),)

    order_id: Mapped[str] = mapped_column(TypedId("ord"), primary_key=True)
    track_id: Mapped[str] = mapped_column(sa.ForeignKey("track.id"), index=True)
    gross_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(_CURRENCY)
    sold_at: Mapped[datetime]
    matures_at: Mapped[datetime]
    matured_at: Mapped[datetime | None]


class Hold(Base):
    """Unpaid earnings kept back: of a whole track by a case, or of one sale by a card dispute."""

    __tablename__ = "hold"
    __table_args__ = (
        sa.CheckConstraint(
            "(track_id IS NULL) <> (order_id IS NULL)", name="of_a_track_or_of_a_sale"
        ),
        *(
            sa.Index(
                f"uq_hold_open_{scope}",
                "cause",
                f"{scope}_id",
                unique=True,
                sqlite_where=sa.text("state = 'held'"),
                postgresql_where=sa.text("state = 'held'"),
            )
            for scope in ("track", "order")
        ),
    )

    id: Mapped[str] = mapped_column(TypedId("hld"), primary_key=True)
    cause: Mapped[str] = mapped_column(_SUBJECT, index=True)
    track_id: Mapped[str | None] = mapped_column(sa.ForeignKey("track.id"), index=True)
    order_id: Mapped[str | None] = mapped_column(TypedId("ord"), index=True)
    state: Mapped[HoldState] = mapped_column(enum_column(HoldState, "hold_state"))
    held_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Payment(Base):
    """What a buyer is asked to pay for one order, through one PaymentIntent at Stripe."""

    __tablename__ = "payment"
    __table_args__ = (sa.CheckConstraint("amount_minor > 0", name="asks_something"),)

    id: Mapped[str] = mapped_column(TypedId("pay"), primary_key=True)
    order_id: Mapped[str] = mapped_column(TypedId("ord"), unique=True)
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(_CURRENCY)
    state: Mapped[PaymentState] = mapped_column(enum_column(PaymentState, "payment_state"))
    intent_id: Mapped[str | None] = mapped_column(_STRIPE_ID, unique=True)
    charge_id: Mapped[str | None] = mapped_column(_STRIPE_ID, unique=True)
    received_minor: Mapped[int | None]
    processing_fee_minor: Mapped[int | None]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Refund(Base):
    """Money on its way back to a buyer. ``provider_id`` is Stripe's name of it."""

    __tablename__ = "refund"
    __table_args__ = (sa.CheckConstraint("amount_minor > 0", name="gives_something"),)

    id: Mapped[str] = mapped_column(TypedId("rfd"), primary_key=True)
    order_id: Mapped[str] = mapped_column(
        TypedId("ord"), sa.ForeignKey("sale.order_id"), index=True
    )
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(_CURRENCY)
    reason: Mapped[str] = mapped_column(sa.String(500))
    state: Mapped[RefundState] = mapped_column(enum_column(RefundState, "refund_state"))
    provider_id: Mapped[str | None] = mapped_column(_STRIPE_ID, unique=True)
    requested_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Dispute(Base):
    """A buyer's dispute of a card payment, as Stripe reports it."""

    __tablename__ = "dispute"

    id: Mapped[str] = mapped_column(TypedId("dsp"), primary_key=True)
    order_id: Mapped[str] = mapped_column(
        TypedId("ord"), sa.ForeignKey("sale.order_id"), index=True
    )
    provider_id: Mapped[str] = mapped_column(_STRIPE_ID, unique=True)
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(_CURRENCY)
    reason: Mapped[str] = mapped_column(sa.String(80))
    state: Mapped[DisputeState] = mapped_column(enum_column(DisputeState, "dispute_state"))
    opened_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class CallState(enum.StrEnum):
    """How far a call to Stripe has come, as far as we can know."""

    PREPARED = "prepared"
    ANSWERED = "answered"
    REFUSED = "refused"


class StripeCall(Base):
    """A changing call to Stripe, written down with its idempotency key before it is made.

    A process that dies in between repeats the call under the same key, and gets the first answer.
    """

    __tablename__ = "stripe_call"

    key: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    operation: Mapped[str] = mapped_column(sa.String(80))
    params_digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    state: Mapped[CallState] = mapped_column(enum_column(CallState, "call_state"))
    object_id: Mapped[str | None] = mapped_column(_STRIPE_ID)
    error_code: Mapped[str | None] = mapped_column(sa.String(120))
    prepared_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]


class ExternalEvent(Base):
    """The inbox of webhooks: which events arrived, and whether they were applied.

    Only the identity of an event is kept. What happened is read from the API again, so that
    repeated, reordered and stale events come to the same end, and no personal data lies here.
    """

    __tablename__ = "external_event"
    __table_args__ = (
        sa.Index(
            "ix_external_event_due",
            "next_attempt_at",
            sqlite_where=sa.text("handled_at IS NULL"),
            postgresql_where=sa.text("handled_at IS NULL"),
        ),
    )

    source: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    event_id: Mapped[str] = mapped_column(_STRIPE_ID, primary_key=True)
    type: Mapped[str] = mapped_column(sa.String(120))
    object_id: Mapped[str] = mapped_column(_STRIPE_ID)
    received_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(sa.Integer())
    next_attempt_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]
