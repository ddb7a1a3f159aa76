"""Use cases of notices: take up, decide, withdraw, undo.

What comes before is in ``filing``, what the uploader answers in ``counter_notices``, a notifier's
way to court in ``court_review``, and what happens by itself in ``expiry``.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from app.cases import clocks, enforcement, letters, reasons
from app.cases.access import (
    counter_notice_to,
    notice_by_token,
    notice_for_decision,
    notifier_of,
    track_of,
)
from app.cases.agent import DesignatedAgent
from app.cases.correspondence import write_to_notifier, write_to_person
from app.cases.models import Decision, Notice, Outcome
from app.cases.strikes import annul_strike, impose_strike
from app.cases.timeline import (
    advance_counter_notice,
    advance_notice,
    append,
    record,
    record_decision,
)
from app.catalog import service as catalog
from app.core.actor import Role
from app.core.errors import Conflict
from app.core.unit_of_work import UnitOfWork
from app.core.webhooks.service import publish_event
from licensing.clocks import (
    COUNTER_NOTICE_RESTORE,
    DSA_COMPLAINT,
    NOTICE_CURE,
    NOTICE_TRIAGE,
)
from licensing.lifecycles.counter_notice import COUNTER_NOTICE, CounterNoticeCommand
from licensing.lifecycles.notice import NoticeCommand, NoticeState

CLAIM_LEASE: Final = timedelta(minutes=10)  # long enough to decide, short enough to be forgotten


class ClaimedByAnother(Conflict):
    """A colleague is working on the case."""

    slug = "claimed-by-another"
    title = "A colleague is working on this case"


class NotClaimed(Conflict):
    """A decision is made by whoever holds the claim, and while it lasts."""

    slug = "not-claimed"
    title = "Claim the case before you decide about it"


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
    await record(uow, notice, "notice.claimed", notice.id)
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
    await record_decision(uow, notice, "notice.decided", notice.id, outcome=outcome.value)
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
    await record_decision(uow, notice, "notice.retracted", notice.id)
    return notice


async def restore_material(uow: UnitOfWork, notice: Notice, *, because: str) -> None:
    """Lift and release all that the notice brought about, void its strike, tell both parties.

    Does nothing where nothing is in force, so that it happens once.
    """
    if not await enforcement.lift(uow, notice):
        return
    await annul_strike(uow, notice)
    track = await track_of(uow, notice)
    others = await catalog.restrictions_in_force(uow.session, track.id, uow.now)
    letter = letters.material_restored(notice, track.title, because, still_down=bool(others))
    write_to_notifier(uow, notice, letter)
    write_to_person(uow, notice, track.owner_id, letter)
    if not others:
        await publish_event(
            uow,
            "track.restored",
            track.id,
            {"track_id": track.id, "notice_id": notice.id},
            owner_id=track.owner_id,
        )


async def close_notice(uow: UnitOfWork, notice: Notice) -> None:
    """Nothing more is to be done about an accepted notice. Does nothing to any other."""
    if notice.state is NoticeState.UPLOADER_NOTIFIED:
        await advance_notice(uow, notice, NoticeCommand.CLOSE)


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
        letters.material_disabled(agent, notice, track, claimant, statement),
    )
    await advance_notice(uow, notice, NoticeCommand.NOTIFY_UPLOADER)
    await publish_event(
        uow,
        "track.disabled",
        track.id,
        {"track_id": track.id, "notice_id": notice.id, "statement_of_reasons_id": statement.id},
        owner_id=track.owner_id,
    )
    write_to_notifier(uow, notice, letters.notice_accepted(notice, track.title, reasoning))


async def _reject(uow: UnitOfWork, agent: DesignatedAgent, notice: Notice, reasoning: str) -> None:
    await advance_notice(uow, notice, NoticeCommand.REJECT)
    object_by = DSA_COMPLAINT.run(uow.now, agent.zone).due_on
    write_to_notifier(uow, notice, letters.notice_rejected(notice, reasoning, object_by))


def _is_claimed(notice: Notice, uow: UnitOfWork) -> bool:
    return notice.claimed_until is not None and notice.claimed_until > uow.now
