"""How many notices one sender may file, so that the desk is not buried.

Regulation (EU) 2022/2065, Article 23(2) asks for measures against frequent, manifestly unfounded
notices. These limits only slow a sender down; refusing to process anything from somebody needs a
warning first and a person's decision, and is not done here.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.cases.models import Notice, Party
from app.core.errors import TooManyRequests
from licensing.lifecycles.notice import NoticeState
from licensing.notices import Contact

NOTICES_PER_DAY: Final = 50  # an agency's busy day; more is a script
SLOWED_NOTICES_PER_DAY: Final = 1
UNFOUNDED_WINDOW: Final = timedelta(days=90)
UNFOUNDED_AT_LEAST: Final = 3  # below that, a share says nothing about a sender

_UNFOUNDED: Final = (NoticeState.REJECTED, NoticeState.ANSWERED, NoticeState.LAPSED)
_DAY: Final = timedelta(days=1)


class TooManyNotices(TooManyRequests):
    """The sender has filed as many notices as one may in a day."""

    slug = "too-many-notices"
    title = "Too many notices from this contact"


def contact_digest(contact: Contact) -> bytes:
    """SHA-256 of the surest way to reach somebody; all who give none count as one sender."""
    given = (contact.email, contact.telephone, contact.address)
    key = next((way.strip().casefold() for way in given if way.strip()), "")
    return hashlib.sha256(key.encode()).digest()


async def check_sender(
    session: AsyncSession, contact: Contact, *, filing: int, now: datetime
) -> None:
    """Refuse a sender who would exceed the day's limit with ``filing`` more notices.

    Raises:
        TooManyNotices: says how many are possible in a day.
    """
    sent = (
        sa.select(sa.func.count())
        .select_from(Notice)
        .join(Party, Party.id == Notice.notifier_id)
        .where(Party.contact_digest == contact_digest(contact))
    )
    today = await session.scalar(sent.where(Notice.received_at > now - _DAY)) or 0
    recent = sent.where(Notice.received_at > now - UNFOUNDED_WINDOW)
    unfounded = await session.scalar(recent.where(Notice.state.in_(_UNFOUNDED))) or 0
    slowed = unfounded >= UNFOUNDED_AT_LEAST and unfounded * 2 > (await session.scalar(recent) or 0)
    limit = SLOWED_NOTICES_PER_DAY if slowed else NOTICES_PER_DAY
    if today + filing > limit:
        raise TooManyNotices(
            f"At most {limit} in 24 hours are taken from one contact; file the rest tomorrow, or"
            " write to the designated agent.",
            limit_per_day=limit,
        )
