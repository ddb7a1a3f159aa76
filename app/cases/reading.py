"""Reading cases: who may see one, how much of it, and what waits on the desk."""

from __future__ import annotations

import enum

import sqlalchemy as sa

from app.cases import clocks, timeline
from app.cases.access import counter_notice_to, notifier_of, strike_for
from app.cases.correspondence import letters_of_case, letters_to_notifier, letters_to_uploader
from app.cases.intake import missing_from
from app.cases.models import (
    CaseClock,
    CaseEvent,
    CounterNotice,
    CourtNotice,
    Decision,
    Notice,
    Notification,
    Party,
    StatementOfReasons,
)
from app.cases.views import (
    CaseView,
    ClockView,
    CounterNoticeView,
    CourtNoticeView,
    DecisionView,
    EventView,
    LetterView,
    PartyView,
    QueuedNotice,
    StatementOfReasonsView,
    StrikeView,
    missing_elements,
    shown,
)
from app.catalog import service as catalog
from app.catalog.models import Track
from app.core.actor import Role
from app.core.errors import NotFound
from app.core.unit_of_work import UnitOfWork
from app.identity.credentials import same_digest
from app.provenance import log
from app.provenance.disclosure import Disclosure
from app.provenance.house import HouseKeys
from licensing.clocks import NOTICE_TRIAGE
from licensing.lifecycles.counter_notice import CounterNoticeState
from licensing.lifecycles.notice import NoticeState


class Audience(enum.Enum):
    """Who looks at a case. Auditors see what happened, but nobody's personal data."""

    NOTIFIER = enum.auto()
    UPLOADER = enum.auto()
    STAFF = enum.auto()
    AUDITOR = enum.auto()

    @property
    def internal(self) -> bool:
        return self in {Audience.STAFF, Audience.AUDITOR}


async def find_case(uow: UnitOfWork, notice_id: str, token: str | None) -> CaseView:
    """A case as the caller may see it, by role, by owning the track, or by the private link.

    Raises:
        NotFound: no such notice, or not one that the caller may see.
    """
    notice = await uow.session.get(Notice, notice_id)
    audience = None if notice is None else _audience_of(uow, notice, token)
    if notice is None or audience is None:
        raise NotFound("There is no notice with this id that you may see.")
    return await _view(uow, notice, audience)


async def prove_decision(
    uow: UnitOfWork, house: HouseKeys, *, notice_id: str, sequence: int, token: str | None
) -> Disclosure:
    """What the log holds of a decision, for whoever may see the case.

    Raises:
        NotFound: no such notice, not one that the caller may see, or the event is no decision.
        NotYetSealed: the entry waits for the next checkpoint.
    """
    notice = await uow.session.get(Notice, notice_id)
    if notice is None or _audience_of(uow, notice, token) is None:
        raise NotFound("There is no notice with this id that you may see.")
    return await log.disclose(uow.session, house, timeline.entry_subject(notice.id, sequence))


async def cases_of_track(uow: UnitOfWork, track_id: str) -> list[CaseView]:
    """The cases about a track that its owner, or staff, may see, oldest first.

    Raises:
        NotFound: there is no such track, or it is somebody else's.
    """
    await catalog.track_for(uow, track_id)
    query = sa.select(Notice).where(Notice.track_id == track_id).order_by(Notice.id)
    return [
        await _view(uow, notice, audience)
        for notice in await uow.session.scalars(query)
        if (audience := _audience_of(uow, notice, None)) is not None
    ]


async def queue(
    uow: UnitOfWork, *, state: NoticeState | None, after: str | None, limit: int
) -> list[QueuedNotice]:
    """Cases in a state, or all that wait for somebody of ours; oldest first, after one of them."""
    query = (
        sa.select(Notice, CounterNotice.state, Track.title, CaseClock.due_at)
        .outerjoin(CounterNotice, CounterNotice.notice_id == Notice.id)
        .outerjoin(Track, Track.id == Notice.track_id)
        .outerjoin(
            CaseClock,
            sa.and_(CaseClock.notice_id == Notice.id, CaseClock.name == NOTICE_TRIAGE.slug),
        )
        .where(_waits_for_us() if state is None else Notice.state == state)
        .order_by(Notice.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(Notice.id > after)
    return [
        QueuedNotice(
            id=notice.id,
            state=notice.state,
            counter_notice_state=counter_state,
            version=notice.version,
            track_id=notice.track_id,
            track_title=title,
            works=notice.works,
            received_at=notice.received_at,
            decide_by=due_at,
            claimed_by=notice.claimed_by,
            claimed_until=notice.claimed_until,
        )
        for notice, counter_state, title, due_at in await uow.session.execute(query)
    ]


def _waits_for_us() -> sa.ColumnElement[bool]:
    return sa.or_(
        Notice.state.in_((NoticeState.COMPLETE, NoticeState.TRIAGE)),
        CounterNotice.state == CounterNoticeState.LEGAL_REVIEW,
    )


def _audience_of(uow: UnitOfWork, notice: Notice, token: str | None) -> Audience | None:
    actor = uow.actor
    if token is not None and same_digest(token, notice.access_digest):
        return Audience.NOTIFIER
    if actor.user_id is not None and actor.user_id == notice.uploader_id:
        # Also where the uploader is one of ours; before it has an effect it is not their concern.
        return Audience.UPLOADER if notice.statement_of_reasons_id is not None else None
    if actor.has(Role.REVIEWER, Role.LEGAL):
        return Audience.STAFF
    return Audience.AUDITOR if actor.has(Role.AUDITOR) else None


async def _view(uow: UnitOfWork, notice: Notice, audience: Audience) -> CaseView:
    notifier = await notifier_of(uow, notice)
    track = None if notice.track_id is None else await uow.session.get(Track, notice.track_id)
    internal = audience.internal
    events = await timeline.events_of(uow.session, notice.id)
    return CaseView(
        id=notice.id,
        state=notice.state,
        version=notice.version,
        received_at=notice.received_at,
        track_id=notice.track_id,
        track_title=None if track is None else track.title,
        claimant="" if audience is Audience.AUDITOR else notifier.name,
        works=notice.works,
        locations=notice.locations,
        missing=missing_elements(missing_from(notice, notifier)),
        decision=await _decision(uow, notice, internal=internal),
        statement_of_reasons=await _statement(uow, notice, audience),
        counter_notice=await _counter_notice(uow, notice, audience),
        court_notices=await _court_notices(uow, notice),
        strike=await _strike(uow, notice, audience),
        clocks=[shown(clock, ClockView) for clock in await clocks.of_case(uow.session, notice.id)],
        timeline_intact=timeline.is_intact(events) if internal else None,
        timeline=await _timeline(uow, events, internal=internal),
        letters=[shown(letter, LetterView) for letter in await _letters(uow, notice, audience)],
        notifier=shown(notifier, PartyView) if _sees_notifier(audience) else None,
        claimed_by=notice.claimed_by if internal else None,
        claimed_until=notice.claimed_until if internal else None,
    )


async def _timeline(uow: UnitOfWork, events: list[CaseEvent], *, internal: bool) -> list[EventView]:
    subjects = {event: timeline.entry_subject(event.notice_id, event.sequence) for event in events}
    logged = await log.logged_among(uow.session, subjects.values())
    return [
        EventView.of(event, internal=internal, logged=subject in logged)
        for event, subject in subjects.items()
    ]


def _sees_notifier(audience: Audience) -> bool:
    return audience in {Audience.NOTIFIER, Audience.STAFF}


async def _decision(uow: UnitOfWork, notice: Notice, *, internal: bool) -> DecisionView | None:
    decision = await uow.session.get(Decision, notice.id)
    return None if decision is None else DecisionView.of(decision, internal=internal)


async def _statement(
    uow: UnitOfWork, notice: Notice, audience: Audience
) -> StatementOfReasonsView | None:
    if notice.statement_of_reasons_id is None or audience is Audience.NOTIFIER:
        return None
    statement = await uow.session.get_one(StatementOfReasons, notice.statement_of_reasons_id)
    return shown(statement, StatementOfReasonsView)


async def _counter_notice(
    uow: UnitOfWork, notice: Notice, audience: Audience
) -> CounterNoticeView | None:
    counter = await counter_notice_to(uow, notice)
    forwarded = counter is not None and counter.completed_at is not None
    # The notifier is owed a copy of a counter notice that takes effect, and of no other.
    if counter is None or (audience is Audience.NOTIFIER and not forwarded):
        return None
    uploader = await uow.session.get_one(Party, counter.uploader_party_id)
    return CounterNoticeView.of(counter, None if audience is Audience.AUDITOR else uploader)


async def _court_notices(uow: UnitOfWork, notice: Notice) -> list[CourtNoticeView]:
    query = (
        sa.select(CourtNotice)
        .join(CounterNotice, CounterNotice.id == CourtNotice.counter_notice_id)
        .where(CounterNotice.notice_id == notice.id)
        .order_by(CourtNotice.received_at)
    )
    return [shown(report, CourtNoticeView) for report in await uow.session.scalars(query)]


async def _strike(uow: UnitOfWork, notice: Notice, audience: Audience) -> StrikeView | None:
    strike = None if audience is Audience.NOTIFIER else await strike_for(uow, notice)
    return None if strike is None else shown(strike, StrikeView)


async def _letters(uow: UnitOfWork, notice: Notice, audience: Audience) -> list[Notification]:
    match audience:
        case Audience.NOTIFIER:
            return await letters_to_notifier(uow.session, notice)
        case Audience.UPLOADER:
            return await letters_to_uploader(uow.session, notice)
        case Audience.STAFF:
            return await letters_of_case(uow.session, notice)
        case Audience.AUDITOR:
            return []
