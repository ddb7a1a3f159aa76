"""Use cases of notices: file, complete, take up, decide, withdraw.

Counter notices have their own file (``counter_notices``), as have the clocks that come due
(``expiry``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import sqlalchemy as sa

from app.cases import clocks, enforcement, letters, reasons
from app.cases.access import (
    counter_notice_to,
    new_access_token,
    notice_by_token,
    notice_for_decision,
    notifier_of,
    track_of,
)
from app.cases.agent import DesignatedAgent
from app.cases.correspondence import write_to_notifier, write_to_person
from app.cases.intake import Cure, Filing, elements_of, missing_from, tracks_at
from app.cases.misuse import check_sender, contact_digest
from app.cases.models import Decision, Notice, Outcome, Party, Thing
from app.cases.strikes import annul_strike, impose_strike
from app.cases.timeline import advance_counter_notice, advance_notice, append, open_thing
from app.catalog.models import Track
from app.core.actor import Role
from app.core.errors import Conflict
from app.core.unit_of_work import UnitOfWork
from licensing.clocks import (
    COUNTER_NOTICE_RESTORE,
    DSA_COMPLAINT,
    NOTICE_CURE,
    NOTICE_TRIAGE,
)
from licensing.lifecycles.counter_notice import COUNTER_NOTICE, CounterNoticeCommand
from licensing.lifecycles.notice import NOTICE, NoticeCommand, NoticeState
from licensing.notices import Completeness, completeness

CLAIM_LEASE: Final = timedelta(minutes=10)  # long enough to decide, short enough to be forgotten


class AlreadyFiled(Conflict):
    """The same contact has an open notice about the same works in the same track."""

    slug = "notice-already-filed"
    title = "You filed this notice before"


class ClaimedByAnother(Conflict):
    """A colleague is working on the case."""

    slug = "claimed-by-another"
    title = "A colleague is working on this case"


class NotClaimed(Conflict):
    """A decision is made by whoever holds the claim, and while it lasts."""

    slug = "not-claimed"
    title = "Claim the case before you decide about it"


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
    uow.record("notice.amended", notice.id, missing=[element.value for element in missing])
    return notice, notifier


async def claim_notice(uow: UnitOfWork, *, notice_id: str, expected_version: int) -> Notice:
    """Take up a complete notice, or renew one's own claim, for ``CLAIM_LEASE``.

    Raises:
        Forbidden: the actor is no reviewer, or uploaded the track.
        StaleVersion: the case has changed since the actor looked.
        ClaimedByAnother: a colleague's claim has not run out.
        IllegalState: there is nothing to decide.
    """
    reviewer = uow.actor.person_id
    notice = await notice_for_decision(
        uow, notice_id, Role.REVIEWER, expected_version=expected_version
    )
    if _is_claimed(notice, uow) and notice.claimed_by != reviewer:
        raise ClaimedByAnother(
            "Choose another case, or wait until the claim runs out.",
            claimed_until=str(notice.claimed_until),
        )
    if notice.state is not NoticeState.TRIAGE:
        await advance_notice(uow, notice, NoticeCommand.TAKE_UP)
    notice.claimed_by = reviewer
    notice.claimed_until = uow.now + CLAIM_LEASE
    await append(uow, notice, "claim", until=notice.claimed_until.isoformat())
    uow.record("notice.claimed", notice.id)
    return notice


async def decide_notice(
    uow: UnitOfWork,
    agent: DesignatedAgent,
    *,
    notice_id: str,
    outcome: Outcome,
    reasoning: str,
    private_note: str,
    expected_version: int,
) -> Notice:
    """Accept or reject a claimed notice; accepting takes the track down in this transaction.

    ``reasoning`` is told to the parties, ``private_note`` to staff only.

    Raises:
        Forbidden: the actor is no reviewer, or uploaded the track.
        StaleVersion: the case has changed since the actor looked.
        NotClaimed: the actor holds no claim, or it ran out.
    """
    reviewer = uow.actor.person_id
    notice = await notice_for_decision(
        uow, notice_id, Role.REVIEWER, expected_version=expected_version
    )
    if notice.claimed_by != reviewer or not _is_claimed(notice, uow):
        raise NotClaimed("Claim the case, then send your decision with its new version.")
    uow.session.add(
        Decision(
            notice_id=notice.id,
            outcome=outcome,
            reasoning=reasoning,
            private_note=private_note,
            decided_by=reviewer,
            decided_at=uow.now,
        )
    )
    notice.claimed_by = notice.claimed_until = None
    await clocks.stop(uow, notice, NOTICE_TRIAGE)
    match outcome:
        case Outcome.ACCEPT:
            await _accept(uow, agent, notice, reasoning)
        case Outcome.REJECT:
            await _reject(uow, agent, notice, reasoning)
    uow.record("notice.decided", notice.id, outcome=outcome.value)
    return notice


async def retract_notice(uow: UnitOfWork, *, notice_id: str, token: str) -> Notice:
    """The notifier takes the notice back: what it brought about is undone.

    Raises:
        NotFound: not the private link of a notice.
        IllegalState: the notice has ended without effect.
    """
    notice = await notice_by_token(uow, notice_id, token)
    await advance_notice(uow, notice, NoticeCommand.RETRACT)
    notice.claimed_by = notice.claimed_until = None
    await clocks.stop(uow, notice, NOTICE_CURE, NOTICE_TRIAGE, COUNTER_NOTICE_RESTORE)
    counter = await counter_notice_to(uow, notice)
    if counter is not None and counter.state not in COUNTER_NOTICE.terminal:
        await advance_counter_notice(uow, notice, counter, CounterNoticeCommand.ACCEPT_RETRACTION)
    await restore_material(uow, notice, because="the notice was withdrawn")
    uow.record("notice.retracted", notice.id)
    return notice


async def restore_material(uow: UnitOfWork, notice: Notice, *, because: str) -> None:
    """Lift and release all that the notice brought about, void its strike, tell both parties.

    Does nothing where nothing is in force, so that it happens once.
    """
    if not await enforcement.lift(uow, notice):
        return
    await annul_strike(uow, notice)
    track = await track_of(uow, notice)
    letter = letters.material_restored(notice, track.title, because)
    write_to_notifier(uow, notice, letter)
    write_to_person(uow, notice, track.owner_id, letter)


async def close_notice(uow: UnitOfWork, notice: Notice) -> None:
    """Nothing more is to be done about an accepted notice. Does nothing to any other."""
    if notice.state is NoticeState.UPLOADER_NOTIFIED:
        await advance_notice(uow, notice, NoticeCommand.CLOSE)


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
    uow.record("notice.filed", notice.id, track_id=notice.track_id, state=notice.state.value)
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


async def _accept(uow: UnitOfWork, agent: DesignatedAgent, notice: Notice, reasoning: str) -> None:
    track = await track_of(uow, notice)
    notifier = await notifier_of(uow, notice)
    await advance_notice(uow, notice, NoticeCommand.ACCEPT)
    statement = reasons.compose(
        uow, agent, notice=notice, notifier=notifier, track=track, reasoning=reasoning
    )
    await enforcement.impose(uow, notice, track, statement)
    await advance_notice(uow, notice, NoticeCommand.DISABLE)
    await impose_strike(uow, agent, notice, track.owner_id)
    claimant = notifier.name.strip() or "Somebody who gave no name"
    write_to_person(
        uow,
        notice,
        track.owner_id,
        letters.material_disabled(agent, notice, track.title, claimant, statement),
    )
    await advance_notice(uow, notice, NoticeCommand.NOTIFY_UPLOADER)
    write_to_notifier(uow, notice, letters.notice_accepted(notice, track.title, reasoning))


async def _reject(uow: UnitOfWork, agent: DesignatedAgent, notice: Notice, reasoning: str) -> None:
    await advance_notice(uow, notice, NoticeCommand.REJECT)
    object_by = DSA_COMPLAINT.run(uow.now, agent.zone).due_on
    write_to_notifier(uow, notice, letters.notice_rejected(notice, reasoning, object_by))


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


def _is_claimed(notice: Notice, uow: UnitOfWork) -> bool:
    return notice.claimed_until is not None and notice.claimed_until > uow.now
