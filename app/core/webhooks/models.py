"""Tables of outgoing webhooks: who listens, what happened, and each attempt to tell."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, enum_column
from app.core.ids import TypedId
from app.core.webhooks.lifecycle import DeliveryState, EndpointState


class Scope(enum.StrEnum):
    """Whose events an endpoint is told: its owner's own, or all of the platform."""

    OWN = "own"
    PLATFORM = "platform"


class WebhookEndpoint(Base):
    """An address that wants to know. ``event_types`` is empty for all of them.

    ``sealed_secret`` is the signing secret, encrypted. ``failing_since`` is the first failure
    after the last success.
    """

    __tablename__ = "webhook_endpoint"

    id: Mapped[str] = mapped_column(TypedId("hks"), primary_key=True)
    owner_id: Mapped[str] = mapped_column(TypedId("usr"), index=True)
    scope: Mapped[Scope] = mapped_column(enum_column(Scope, "scope"))
    url: Mapped[str] = mapped_column(sa.String(2000))
    event_types: Mapped[list[Any]]
    state: Mapped[EndpointState] = mapped_column(enum_column(EndpointState, "endpoint_state"))
    sealed_secret: Mapped[bytes]
    created_at: Mapped[datetime]
    failing_since: Mapped[datetime | None]
    disabled_reason: Mapped[str | None] = mapped_column(sa.String(200))


class WebhookEvent(Base):
    """Something that happened; ``body`` is what is sent, byte for byte."""

    __tablename__ = "webhook_event"

    id: Mapped[str] = mapped_column(TypedId("msg"), primary_key=True)
    type: Mapped[str] = mapped_column(sa.String(80))
    subject: Mapped[str] = mapped_column(sa.String(64), index=True)
    body: Mapped[bytes]
    occurred_at: Mapped[datetime]


class WebhookDelivery(Base):
    """An event on its way to one endpoint.

    ``next_attempt_at`` is None while an attempt is enqueued, and once there are no more.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        sa.UniqueConstraint("endpoint_id", "event_id"),
        sa.Index("ix_webhook_delivery_due", "state", "next_attempt_at"),
    )

    id: Mapped[str] = mapped_column(TypedId("dlv"), primary_key=True)
    endpoint_id: Mapped[str] = mapped_column(sa.ForeignKey("webhook_endpoint.id"))
    event_id: Mapped[str] = mapped_column(sa.ForeignKey("webhook_event.id"))
    state: Mapped[DeliveryState] = mapped_column(enum_column(DeliveryState, "delivery_state"))
    attempts: Mapped[int] = mapped_column(sa.Integer())
    next_attempt_at: Mapped[datetime | None]


class WebhookAttempt(Base):
    """One attempt: the status that the receiver answered, or why there was no answer."""

    __tablename__ = "webhook_attempt"

    delivery_id: Mapped[str] = mapped_column(sa.ForeignKey("webhook_delivery.id"), primary_key=True)
    number: Mapped[int] = mapped_column(sa.Integer(), primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    status: Mapped[int | None] = mapped_column(sa.Integer())
    failure: Mapped[str | None] = mapped_column(sa.String(200))
