"""Audit events: append-only, written in the transaction of the change that they record.

Personal data stays outside: ``details`` holds identifiers, states and digests only. The events
form one hash chain per stream; their heads are sealed into the transparency log asynchronously.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import rfc8785
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.actor import Actor
from app.core.database import Base
from app.core.ids import TypedId


class AuditEvent(Base):
    """One thing that happened, by whom, to what. Rows are never changed or deleted."""

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


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """What an audit event says, before it is stored."""

    id: str
    at: datetime
    actor: Actor
    action: str
    subject: str
    details: dict[str, Any]

    def digest(self) -> bytes:
        """SHA-256 of the RFC 8785 canonical form."""
        document: dict[str, Any] = {
            "id": self.id,
            "at": self.at.isoformat(),
            "actor": [self.actor.kind.value, self.actor.user_id, self.actor.label],
            "action": self.action,
            "subject": self.subject,
            "details": self.details,
        }
        return hashlib.sha256(rfc8785.dumps(document)).digest()

    def as_row(self) -> AuditEvent:
        return AuditEvent(
            id=self.id,
            at=self.at,
            actor_kind=self.actor.kind.value,
            actor_id=self.actor.user_id,
            actor_label=self.actor.label,
            action=self.action,
            subject=self.subject,
            details=self.details,
            digest=self.digest(),
        )
