"""Letters written into the outbox, in the transaction of what they tell."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.cases.letters import LANGUAGE, Letter
from app.cases.models import Notice, Notification
from app.core.unit_of_work import UnitOfWork


def write_to_notifier(uow: UnitOfWork, notice: Notice, letter: Letter) -> None:
    """Write to whoever sent the notice."""
    _write(uow, notice, letter, person_id=None, party_id=notice.notifier_id)


def write_to_person(uow: UnitOfWork, notice: Notice, person_id: str, letter: Letter) -> None:
    """Write to somebody with an account."""
    _write(uow, notice, letter, person_id=person_id, party_id=None)


async def letters_to_notifier(session: AsyncSession, notice: Notice) -> list[Notification]:
    """What the notifier was written about this notice, oldest first."""
    return await _letters(session, notice, Notification.recipient_party_id == notice.notifier_id)


async def letters_to_uploader(session: AsyncSession, notice: Notice) -> list[Notification]:
    """What the uploader was written about this notice, oldest first."""
    return await _letters(session, notice, Notification.recipient_person_id == notice.uploader_id)


async def letters_of_case(session: AsyncSession, notice: Notice) -> list[Notification]:
    """Everything that was written about this notice, oldest first."""
    return await _letters(session, notice, sa.true())


async def letters_to_person(
    session: AsyncSession, person_id: str, *, limit: int
) -> list[Notification]:
    """What a person was written, newest first."""
    query = (
        sa.select(Notification)
        .where(Notification.recipient_person_id == person_id)
        .order_by(Notification.written_at.desc(), Notification.id)
        .limit(limit)
    )
    return list(await session.scalars(query))


async def _letters(
    session: AsyncSession, notice: Notice, recipient: sa.ColumnElement[bool]
) -> list[Notification]:
    query = (
        sa.select(Notification)
        .where(Notification.notice_id == notice.id, recipient)
        .order_by(Notification.written_at, Notification.id)
    )
    return list(await session.scalars(query))


def _write(
    uow: UnitOfWork, notice: Notice, letter: Letter, *, person_id: str | None, party_id: str | None
) -> None:
    uow.session.add(
        Notification(
            id=uow.new_id("ntf"),
            notice_id=notice.id,
            recipient_person_id=person_id,
            recipient_party_id=party_id,
            template=letter.template,
            language=LANGUAGE,
            subject=letter.subject,
            body=letter.body,
            written_at=uow.now,
        )
    )
