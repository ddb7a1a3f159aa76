"""Use cases of whoever sends a notice: file it, and add what it lacked."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from app.cases import clocks, letters
from app.cases.access import new_access_token, notice_by_token, notifier_of
from app.cases.agent import DesignatedAgent
from app.cases.correspondence import write_to_notifier
from app.cases.intake import Cure, Filing, elements_of, missing_from, tracks_at
from app.cases.misuse import check_sender, contact_digest
from app.cases.models import Notice, Party, Thing
from app.cases.timeline import advance_notice, append, open_thing, record
from app.catalog.models import Track
from app.core.errors import Conflict
from app.core.unit_of_work import UnitOfWork
from app.core.webhooks.service import publish_event
from licensing.clocks import NOTICE_CURE, NOTICE_TRIAGE
from licensing.lifecycles.notice import NOTICE, NoticeCommand, NoticeState
from licensing.notices import Completeness, completeness


class AlreadyFiled(Conflict):
    """The same contact has an open notice about the same works in the same track."""

    slug = "notice-already-filed"
    title = "You filed this notice before"


@dataclass(frozen=True, slots=True)
class Filed:
    """A notice as it was taken in, and the token of its private link, shown this once only."""

    notice: Notice
    notifier: Party
    token: str


async def file_notice(uow: UnitOfWork, agent: DesignatedAgent, filing: Filing) -> list[Filed]:
    """Take in a notice from anybody; one that names several tracks becomes one for each.

    Each track's case is decided, countered and restored on its own. A notice that names no
    location at all is kept, answered, and has no effect.

    Raises:
        UnknownLocation: a location names no listing of ours.
        TooManyNotices: the sender reached the day's limit.
        AlreadyFiled: the sender has an open notice about the same works in one of the tracks.
    """
    places = await tracks_at(uow.session, filing.locations)
    await check_sender(uow.session, filing.contact, filing=max(len(places), 1), now=uow.now)
    if not places:
        return [await _file_one(uow, agent, filing, None, [])]
    for track, _ in places:
        await _refuse_repetition(uow, filing, track)
    return [await _file_one(uow, agent, filing, track, found) for track, found in places]


async def cure_notice(
    uow: UnitOfWork, agent: DesignatedAgent, *, notice_id: str, token: str, cure: Cure
) -> tuple[Notice, Party]:
    """Add what a curable notice lacked; it stays curable while anything is still missing.

    Raises:
        NotFound: not the private link of a notice.
        IllegalState: the notice does not wait for anything.
    """
    notice = await notice_by_token(uow, notice_id, token)
    notifier = await notifier_of(uow, notice)
    if notice.state is not NoticeState.CONTACTED:
        # Refused by the table itself, in its own words.
        await advance_notice(uow, notice, NoticeCommand.FIND_COMPLETE)
    notifier.signature = cure.signature.strip() or notifier.signature
    notice.states_good_faith |= cure.states_good_faith
    notice.considered_fair_use |= cure.considered_fair_use
    notice.states_accuracy |= cure.states_accuracy
    notice.states_authority_under_perjury |= cure.states_authority_under_perjury
    missing = missing_from(notice, notifier)
    if missing:
        await append(
            uow, notice, "receive-addition", missing=[element.value for element in missing]
        )
    else:
        await clocks.stop(uow, notice, NOTICE_CURE)
        await _queue(uow, agent, notice)
    await record(
        uow, notice, "notice.amended", notice.id, missing=[element.value for element in missing]
    )
    return notice, notifier


async def _file_one(
    uow: UnitOfWork,
    agent: DesignatedAgent,
    filing: Filing,
    track: Track | None,
    locations: list[str],
) -> Filed:
    token, digest = new_access_token()
    notifier = Party(
        id=uow.new_id("pty"),
        name=filing.contact.name,
        address=filing.contact.address,
        telephone=filing.contact.telephone,
        email=filing.contact.email,
        signature=filing.signature,
        contact_digest=contact_digest(filing.contact),
        created_at=uow.now,
    )
    notice = Notice(
        id=uow.new_id("ntc"),
        notifier_id=notifier.id,
        track_id=None if track is None else track.id,
        uploader_id=None if track is None else track.owner_id,
        state=NOTICE.initial,
        version=0,
        works=[work for work in filing.works if work.strip()],
        locations=locations,
        states_good_faith=filing.states_good_faith,
        considered_fair_use=filing.considered_fair_use,
        states_accuracy=filing.states_accuracy,
        states_authority_under_perjury=filing.states_authority_under_perjury,
        access_digest=digest,
        received_at=uow.now,
    )
    uow.session.add(notifier)
    await uow.session.flush()
    uow.session.add(notice)
    await uow.session.flush()
    await open_thing(uow, notice, Thing.NOTICE, track_id=notice.track_id)
    await _sort(uow, agent, notice, notifier)
    await record(
        uow, notice, "notice.filed", notice.id, track_id=notice.track_id, state=notice.state.value
    )
    await publish_event(
        uow,
        "notice.filed",
        notice.id,
        {"notice_id": notice.id, "track_id": notice.track_id, "state": notice.state.value},
        # The uploader hears of a notice when it has an effect, not before.
        owner_id=None,
    )
    return Filed(notice, notifier, token)


async def _sort(uow: UnitOfWork, agent: DesignatedAgent, notice: Notice, notifier: Party) -> None:
    missing = missing_from(notice, notifier)
    match completeness(elements_of(notice, notifier)):
        case Completeness.COMPLETE:
            await _queue(uow, agent, notice)
        case Completeness.CURABLE:
            await advance_notice(
                uow,
                notice,
                NoticeCommand.FIND_CURABLE,
                missing=[element.value for element in missing],
            )
            clock = await clocks.start(uow, notice, NOTICE_CURE, agent.zone)
            until = clocks.last_day(clock, agent.zone)
            write_to_notifier(uow, notice, letters.cure_requested(notice, missing, until))
            await advance_notice(uow, notice, NoticeCommand.CONTACT)
        case Completeness.INCOMPLETE:
            await advance_notice(
                uow,
                notice,
                NoticeCommand.FIND_INCOMPLETE,
                missing=[element.value for element in missing],
            )
            write_to_notifier(uow, notice, letters.notice_incomplete(notice, missing))
            await advance_notice(uow, notice, NoticeCommand.ANSWER)


async def _queue(uow: UnitOfWork, agent: DesignatedAgent, notice: Notice) -> None:
    await advance_notice(uow, notice, NoticeCommand.FIND_COMPLETE)
    await clocks.start(uow, notice, NOTICE_TRIAGE, agent.zone)
    write_to_notifier(uow, notice, letters.notice_received(notice))


async def _refuse_repetition(uow: UnitOfWork, filing: Filing, track: Track) -> None:
    # An answer that was lost on its way makes people send again; the desk should see one case.
    query = (
        sa.select(Notice)
        .join(Party, Party.id == Notice.notifier_id)
        .where(Notice.track_id == track.id, Notice.state.not_in(NOTICE.terminal))
        .where(Party.contact_digest == contact_digest(filing.contact))
    )
    works = sorted(work for work in filing.works if work.strip())
    for notice in await uow.session.scalars(query):
        if sorted(notice.works) == works:
            raise AlreadyFiled(
                "Follow it with the private link that you were given then. If you lost it, write"
                " to the designated agent."
            )
