"""Audit events: append-only, written in the transaction of the change that they record.

Personal data stays outside: ``details`` holds identifiers, states and digests only. The events
form one hash chain, whose head enters the transparency log every few minutes
(``app.provenance.audit_chain``).
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

import rfc8785
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base
from app.core.ids import TypedId


class AuditEvent(Base):
    """One thing that happened, by whom, to what. What a row says is never changed or deleted.

    ``position`` is the event's place in the chain, from 1; None until it has been chained.
    """

    __tablename__ = "audit_event"

    id: Mapped[str] = mapped_column(TypedId("evt"), primary_key=True)
    at: Mapped[datetime]
    actor_kind: Mapped[str] = mapped_column(sa.String(16))
    actor_id: Mapped[str | None] = mapped_column(sa.String(64))
    actor_label: Mapped[str] = mapped_column(sa.String(120))
    action: Mapped[str] = mapped_column(sa.String(80))
    subject: Mapped[str] = mapped_column(sa.String(64), index=True)
    details: Mapped[dict[str, Any]]
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    position: Mapped[int | None] = mapped_column(unique=True, index=True)


def digest_of(event: AuditEvent) -> bytes:
    """SHA-256 of the RFC 8785 form of what the event says."""
    document: dict[str, Any] = {
        "id": event.id,
        "at": event.at.isoformat(),
        "actor": [event.actor_kind, event.actor_id, event.actor_label],
        "action": event.action,
        "subject": event.subject,
        "details": event.details,
    }
    return hashlib.sha256(rfc8785.dumps(document)).digest()
