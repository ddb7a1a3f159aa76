"""The chain of audit events: each head is a hash of the one before and of the event.

Events get their places some minutes after they happened, in a transaction of their own, so that
no use case waits for another's. Each batch's head enters the log, salted; whoever changes, drops
or slips in an event afterwards contradicts what was signed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.audit import AuditEvent, digest_of
from app.core.unit_of_work import UnitOfWork
from app.provenance import canonical, disclosure, log
from app.provenance.errors import AuditTampered
from app.provenance.models import AuditHead, LogDisclosure, LogHead, LogLeaf

BATCH: Final = 1024
EVERY: Final = timedelta(minutes=10)
"""Between two heads, unless a whole batch waits."""

AUDIT_HEAD: Final = "audit-head"
"""The kind of log entry. Its document: ``events`` (their count so far) and ``head`` (hex)."""

_SUBJECT: Final = "audit"
_START: Final = bytes(32)
_LOG_HEAD: Final = 1

# A head is an entry of the log; sealing that is an event: alone it would call for the next head.
_OF_THE_LOG: Final = ("log.sealed", "log.stamped")


async def is_due(uow: UnitOfWork) -> bool:
    """Whether events wait for their places, and have waited long enough or are many enough."""
    waiting = (
        sa.select(AuditEvent.action).where(AuditEvent.position.is_(None)).limit(BATCH).subquery()
    )
    others = waiting.c.action.not_in(_OF_THE_LOG)
    total, of_others = (
        await uow.session.execute(
            sa.select(sa.func.count(), sa.func.count().filter(others)).select_from(waiting)
        )
    ).one()
    if not of_others:
        return False
    newest = await _newest(uow.session)
    return total == BATCH or newest is None or uow.now - newest.chained_at >= EVERY


async def extend(uow: UnitOfWork) -> AuditHead | None:
    """Give up to BATCH events their places and queue the new head; None where none waits."""
    session = uow.session
    await session.get_one(LogHead, _LOG_HEAD, with_for_update=True)  # one at a time, as sealers
    previous = await _newest(session)
    events = await _unchained(session)
    if not events:
        return None
    start = 0 if previous is None else previous.position
    for position, event in enumerate(events, start=start + 1):
        event.position = position
    position = start + len(events)
    digest = _chained(_START if previous is None else previous.digest, events)
    leaf = await log.queue_salted(
        uow,
        kind=AUDIT_HEAD,
        subject=_SUBJECT,
        document={"events": position, "head": digest.hex()},
    )
    head = AuditHead(
        position=position, digest=digest, leaf_sequence=leaf.sequence, chained_at=uow.now
    )
    session.add(head)
    await session.flush()
    return head


async def verify_next(session: AsyncSession, after: AuditHead | None) -> AuditHead | None:
    """Check the events up to the first head after ``after``, and that the log holds this head.

    Returns:
        That head; None where ``after`` is the newest.

    Raises:
        AuditTampered: an event is not what was written, is missing, or the head was never logged.
    """
    start = 0 if after is None else after.position
    head: AuditHead | None = await session.scalar(
        sa.select(AuditHead).where(AuditHead.position > start).order_by(AuditHead.position).limit(1)
    )
    if head is None:
        return None
    events = await _placed(session, start, head.position)
    altered = next((event for event in events if event.digest != digest_of(event)), None)
    if altered is not None:
        raise AuditTampered(f"The audit event {altered.id} is not what was written.")
    found = _chained(_START if after is None else after.digest, events)
    if found != head.digest or not await _is_logged(session, head):
        raise AuditTampered(
            f"The audit events {start + 1} to {head.position} are not those whose head was logged."
        )
    return head


def _chained(head: bytes, events: Sequence[AuditEvent]) -> bytes:
    for event in events:
        head = hashlib.sha256(head + event.digest).digest()
    return head


async def _is_logged(session: AsyncSession, head: AuditHead) -> bool:
    leaf = await session.get_one(LogLeaf, head.leaf_sequence)
    kept = await session.get(LogDisclosure, head.leaf_sequence)
    said = canonical.encode({"events": head.position, "head": head.digest.hex()})
    return kept is not None and canonical.parse(leaf.entry).get(
        "saltedSha256"
    ) == disclosure.salted_sha256(said, kept.salt)


async def _newest(session: AsyncSession) -> AuditHead | None:
    newest: AuditHead | None = await session.scalar(
        sa.select(AuditHead).order_by(AuditHead.position.desc()).limit(1)
    )
    return newest


async def _unchained(session: AsyncSession) -> list[AuditEvent]:
    query = (
        sa.select(AuditEvent)
        .where(AuditEvent.position.is_(None))
        .order_by(AuditEvent.id)
        .limit(BATCH)
    )
    return list(await session.scalars(query))


async def _placed(session: AsyncSession, start: int, end: int) -> list[AuditEvent]:
    query = (
        sa.select(AuditEvent)
        .where(AuditEvent.position > start, AuditEvent.position <= end)
        .order_by(AuditEvent.position)
    )
    return list(await session.scalars(query))
