"""Which case a caller may see or act upon: by role, by owning the track, or by the private link."""

from __future__ import annotations

import secrets

import sqlalchemy as sa

from app.cases.models import CounterNotice, Measure, Notice, Party, Strike
from app.catalog.models import Restriction, Track
from app.core.actor import Role
from app.core.errors import Conflict, Forbidden, NotFound
from app.core.unit_of_work import UnitOfWork
from app.identity.credentials import digest_of, same_digest


class OwnTrack(Forbidden):
    """Nobody decides about their own track."""

    slug = "own-track"
    title = "This case is about your own track"


class StaleVersion(Conflict):
    """The case has moved on since the caller looked at it."""

    slug = "stale-version"
    title = "The case has changed since you looked"


def new_access_token() -> tuple[str, bytes]:
    """256 random bits for a notifier's private link, and the digest that is stored."""
    token = secrets.token_urlsafe(32)
    return token, digest_of(token)


async def notice_for_update(uow: UnitOfWork, notice_id: str) -> Notice:
    """The notice, locked: all that changes a case begins here.

    Raises:
        NotFound: no such notice.
    """
    notice = await uow.session.get(Notice, notice_id, with_for_update=True, populate_existing=True)
    if notice is None:
        raise NotFound("There is no notice with this id.")
    return notice


async def notice_by_token(uow: UnitOfWork, notice_id: str, token: str) -> Notice:
    """The notice of a private link, locked.

    Raises:
        NotFound: no such notice, or the token is not its own; it never says which.
    """
    notice = await uow.session.get(Notice, notice_id, with_for_update=True, populate_existing=True)
    if notice is None or not same_digest(token, notice.access_digest):
        raise NotFound("There is no notice with this id and token.")
    return notice


async def notice_for_decision(
    uow: UnitOfWork, notice_id: str, *roles: Role, expected_version: int
) -> Notice:
    """The notice, locked, for somebody of ours who is about to change it.

    Raises:
        Forbidden: the actor holds none of the roles.
        OwnTrack: the actor uploaded the track.
        StaleVersion: the case has changed since the actor looked.
    """
    uow.actor.require(*roles)
    notice = await notice_for_update(uow, notice_id)
    if notice.uploader_id is not None and notice.uploader_id == uow.actor.user_id:
        raise OwnTrack("Leave it to a colleague.")
    if notice.version != expected_version:
        raise StaleVersion(
            "Read the case again; somebody has changed it.", current_version=notice.version
        )
    return notice


async def track_of(uow: UnitOfWork, notice: Notice) -> Track:
    """The track that the notice is about.

    Raises:
        NotFound: the notice names none.
    """
    track = None if notice.track_id is None else await uow.session.get(Track, notice.track_id)
    if track is None:
        raise NotFound("The notice names no track.")
    return track


async def notifier_of(uow: UnitOfWork, notice: Notice) -> Party:
    """Whoever sent the notice."""
    return await uow.session.get_one(Party, notice.notifier_id)


async def counter_notice_to(uow: UnitOfWork, notice: Notice) -> CounterNotice | None:
    """The uploader's counter notice, if there is one."""
    found: CounterNotice | None = await uow.session.scalar(
        sa.select(CounterNotice).where(CounterNotice.notice_id == notice.id)
    )
    return found


async def existing_counter_notice(uow: UnitOfWork, notice: Notice) -> CounterNotice:
    """The uploader's counter notice.

    Raises:
        NotFound: there is none.
    """
    counter = await counter_notice_to(uow, notice)
    if counter is None:
        raise NotFound("There is no counter notice to this notice.")
    return counter


async def strike_for(uow: UnitOfWork, notice: Notice) -> Strike | None:
    """The strike that the notice brought, if any."""
    found: Strike | None = await uow.session.scalar(
        sa.select(Strike).where(Strike.notice_id == notice.id)
    )
    return found


async def restrictions_of(uow: UnitOfWork, notice: Notice) -> list[Restriction]:
    """The restrictions that the notice brought about and that are still in force."""
    query = (
        sa.select(Restriction)
        .join(Measure, Measure.restriction_id == Restriction.id)
        .where(Measure.notice_id == notice.id, Restriction.until.is_(None))
        .order_by(Restriction.kind)
    )
    return list(await uow.session.scalars(query))
