"""``Idempotency-Key``: the same key with the same body replays the first answer.

The answer is stored in the transaction of the effect itself, so that there is never one without
the other (draft-ietf-httpapi-idempotency-key-header). Keys belong to the caller and are kept for
24 hours.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base
from app.core.errors import BadRequest, Conflict

KEY_LIFETIME: Final = timedelta(hours=24)
KEY_MAX_LENGTH: Final = 255


class IdempotencyRecord(Base):
    """The first answer given to a caller's key."""

    __tablename__ = "idempotency_record"

    caller: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(KEY_MAX_LENGTH), primary_key=True)
    request_digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    status: Mapped[int] = mapped_column(sa.Integer())
    headers: Mapped[list[Any]]
    body: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(index=True)


class IdempotencyKeyReused(Conflict):
    """The key was used before for a request with another body."""

    slug = "idempotency-key-reused"
    title = "This Idempotency-Key belongs to another request"


@dataclass(frozen=True, slots=True)
class IdempotentRequest:
    """A request that carries a key: who sent it, and a digest of what it asks."""

    caller: str
    key: str
    digest: bytes

    @classmethod
    def of(cls, caller: str, key: str, method: str, path: str, body: bytes) -> IdempotentRequest:
        """
        Raises:
            BadRequest: the key is empty or too long.
        """
        if not key or len(key) > KEY_MAX_LENGTH:
            raise BadRequest(f"Idempotency-Key must have 1 to {KEY_MAX_LENGTH} characters.")
        line = f"{method} {path}\n".encode()
        return cls(caller, key, hashlib.sha256(line + body).digest())


async def find_answer(
    session: AsyncSession, request: IdempotentRequest, now: datetime
) -> IdempotencyRecord | None:
    """The stored first answer, or None.

    Raises:
        IdempotencyKeyReused: the key was used for another request.
    """
    record = await session.get(IdempotencyRecord, (request.caller, request.key))
    if record is None:
        return None
    if record.created_at < now - KEY_LIFETIME:
        await session.delete(record)
        await session.flush()
        return None
    if record.request_digest != request.digest:
        raise IdempotencyKeyReused(
            "Send a new Idempotency-Key for a new request, or repeat the first one unchanged."
        )
    return record
