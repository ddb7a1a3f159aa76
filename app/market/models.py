"""Tables of the market: what is offered, by whom it is shared, who ordered it, who may use it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.database import Base, enum_column
from app.core.ids import TypedId
from licensing.lifecycles.grant import GrantState
from licensing.lifecycles.listing import ListingState
from licensing.lifecycles.order import OrderState
from licensing.splits import FeeBearer, Role

_CURRENCY = sa.String(3)
_SHA256 = sa.String(64)
_GONE = "state IN ('withdrawn', 'removed')"


class Listing(Base):
    """A track offered for sale. A track has one listing at a time, and none beside one sold.

    ``generation_plan`` and ``generation_terms_sha256`` say under which plan and terms of the
    generator it was made; ``ownership_evidence`` digests a document that a reviewer accepted.
    """

    __tablename__ = "listing"
    __table_args__ = (
        sa.Index(
            "uq_listing_track",
            "track_id",
            unique=True,
            sqlite_where=sa.text(f"NOT {_GONE}"),
            postgresql_where=sa.text(f"NOT ({_GONE})"),
        ),
    )

    id: Mapped[str] = mapped_column(TypedId("lst"), primary_key=True)
    track_id: Mapped[str] = mapped_column(sa.ForeignKey("track.id"), index=True)
    owner_id: Mapped[str] = mapped_column(sa.ForeignKey("person.id"), index=True)
    description: Mapped[str] = mapped_column(sa.String(2_000))
    state: Mapped[ListingState] = mapped_column(enum_column(ListingState, "listing_state"))
    generation_plan: Mapped[str] = mapped_column(sa.String(120))
    generation_terms_sha256: Mapped[str] = mapped_column(_SHA256)
    ownership_evidence: Mapped[str | None] = mapped_column(_SHA256)
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]

    offers: Mapped[list[Offer]] = relationship(lazy="selectin", order_by="Offer.id")


class Offer(Base):
    """A licence for a price. What was offered is never edited: a change is another offer."""

    __tablename__ = "licence_offer"
    __table_args__ = (sa.CheckConstraint("price_minor > 0", name="has_a_price"),)

    id: Mapped[str] = mapped_column(TypedId("off"), primary_key=True)
    listing_id: Mapped[str] = mapped_column(sa.ForeignKey("listing.id"), index=True)
    template: Mapped[str] = mapped_column(sa.String(120))
    terms: Mapped[dict[str, Any]]
    terms_hash: Mapped[str] = mapped_column(_SHA256)
    price_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(_CURRENCY)
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class Split(Base):
    """One version of how a listing's earnings are divided; sales pin the version."""

    __tablename__ = "split_sheet"

    listing_id: Mapped[str] = mapped_column(sa.ForeignKey("listing.id"), primary_key=True)
    version: Mapped[int] = mapped_column(sa.Integer(), primary_key=True, autoincrement=False)
    created_by: Mapped[str] = mapped_column(sa.ForeignKey("person.id"))
    created_at: Mapped[datetime]

    shares: Mapped[list[SplitShare]] = relationship(
        lazy="selectin", order_by="SplitShare.position", cascade="all"
    )


class SplitShare(Base):
    """One party's share for one role, in basis points."""

    __tablename__ = "split_share"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["listing_id", "version"], ["split_sheet.listing_id", "split_sheet.version"]
        ),
        sa.CheckConstraint("basis_points BETWEEN 1 AND 10000", name="is_a_share"),
    )

    listing_id: Mapped[str] = mapped_column(TypedId("lst"), primary_key=True)
    version: Mapped[int] = mapped_column(sa.Integer(), primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(sa.Integer(), primary_key=True, autoincrement=False)
    party_id: Mapped[str] = mapped_column(sa.ForeignKey("person.id"))
    role: Mapped[Role] = mapped_column(enum_column(Role, "split_role"))
    basis_points: Mapped[int] = mapped_column(sa.Integer())


class Order(Base):
    """A buyer's order of one licence. All that money and rights depend on is pinned in it."""

    __tablename__ = "licence_order"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["listing_id", "split_version"], ["split_sheet.listing_id", "split_sheet.version"]
        ),
        sa.Index(
            "ix_licence_order_due",
            "expires_at",
            sqlite_where=sa.text("state IN ('created', 'awaiting_payment')"),
            postgresql_where=sa.text("state IN ('created', 'awaiting_payment')"),
        ),
    )

    id: Mapped[str] = mapped_column(TypedId("ord"), primary_key=True)
    buyer_id: Mapped[str] = mapped_column(sa.ForeignKey("person.id"), index=True)
    listing_id: Mapped[str] = mapped_column(sa.ForeignKey("listing.id"), index=True)
    offer_id: Mapped[str] = mapped_column(sa.ForeignKey("licence_offer.id"))
    track_id: Mapped[str] = mapped_column(sa.ForeignKey("track.id"))
    split_version: Mapped[int] = mapped_column(sa.Integer())
    terms_hash: Mapped[str] = mapped_column(_SHA256)
    price_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(_CURRENCY)
    platform_fee_basis_points: Mapped[int] = mapped_column(sa.Integer())
    processing_fee_bearer: Mapped[FeeBearer] = mapped_column(enum_column(FeeBearer, "fee_bearer"))
    state: Mapped[OrderState] = mapped_column(enum_column(OrderState, "order_state"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]


class ExclusiveReservation(Base):
    """While an exclusive licence is being paid, nobody else can order the track."""

    __tablename__ = "exclusive_reservation"

    track_id: Mapped[str] = mapped_column(sa.ForeignKey("track.id"), primary_key=True)
    order_id: Mapped[str] = mapped_column(sa.ForeignKey("licence_order.id"), unique=True)
    reserved_at: Mapped[datetime]


class Grant(Base):
    """A licence that a buyer holds, proved by a signed certificate.

    An order has one that was not revoked; when a refund turns out to have failed, the licence is
    granted anew.
    """

    __tablename__ = "licence_grant"
    __table_args__ = (
        sa.Index(
            "uq_licence_grant_order",
            "order_id",
            unique=True,
            sqlite_where=sa.text("state <> 'revoked'"),
            postgresql_where=sa.text("state <> 'revoked'"),
        ),
    )

    id: Mapped[str] = mapped_column(TypedId("grt"), primary_key=True)
    certificate_id: Mapped[str] = mapped_column(TypedId("crt"), unique=True)
    order_id: Mapped[str] = mapped_column(sa.ForeignKey("licence_order.id"), index=True)
    buyer_id: Mapped[str] = mapped_column(sa.ForeignKey("person.id"), index=True)
    track_id: Mapped[str] = mapped_column(sa.ForeignKey("track.id"), index=True)
    statement_id: Mapped[str] = mapped_column(sa.ForeignKey("statement.id"))
    state: Mapped[GrantState] = mapped_column(enum_column(GrantState, "grant_state"))
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
