"""What each audience is shown of a case."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, TypeVar

import msgspec

from app.cases.models import (
    CaseEvent,
    CounterNotice,
    Decision,
    Forum,
    Notice,
    Outcome,
    Party,
    Thing,
)
from licensing.lifecycles.counter_notice import CounterNoticeState
from licensing.lifecycles.notice import NoticeState
from licensing.lifecycles.strike import StrikeState
from licensing.notices import ELEMENT_REQUESTS, NoticeElement

View = TypeVar("View", bound=msgspec.Struct)


class MissingElement(msgspec.Struct, kw_only=True):
    """An element that a notice or counter notice lacks, and what to do about it."""

    element: str
    request: str


class FiledNotice(msgspec.Struct, kw_only=True):
    """A notice as it was taken in. The token is in this answer and nowhere else."""

    id: str
    state: NoticeState
    track_id: str | None
    locations: list[str]
    missing: list[MissingElement]
    access_token: str
    link: str


class FiledNotices(msgspec.Struct, kw_only=True):
    """One notice for each track that the locations lead to."""

    notices: list[FiledNotice]


class NoticeProgress(msgspec.Struct, kw_only=True):
    """A notice after it was changed, and what it still lacks."""

    id: str
    state: NoticeState
    version: int
    claimed_until: datetime | None
    missing: list[MissingElement]

    @classmethod
    def of(cls, notice: Notice, missing: tuple[NoticeElement, ...] = ()) -> NoticeProgress:
        return cls(
            id=notice.id,
            state=notice.state,
            version=notice.version,
            claimed_until=notice.claimed_until,
            missing=missing_elements(missing),
        )


class CounterNoticeProgress(msgspec.Struct, kw_only=True):
    """A counter notice after it was changed, and what it still lacks."""

    id: str
    notice_id: str
    state: CounterNoticeState
    completed_at: datetime | None
    missing: list[MissingElement]


class QueuedNotice(msgspec.Struct, kw_only=True):
    """A case on the desk."""

    id: str
    state: NoticeState
    counter_notice_state: CounterNoticeState | None
    version: int
    track_id: str | None
    track_title: str | None
    works: list[str]
    received_at: datetime
    decide_by: datetime | None
    claimed_by: str | None
    claimed_until: datetime | None


class PartyView(msgspec.Struct, kw_only=True):
    """Personal data of a party, for those who must have it."""

    name: str
    address: str
    telephone: str
    email: str
    signature: str


class DecisionView(msgspec.Struct, kw_only=True):
    """What was decided and why; the last two are for staff only."""

    outcome: Outcome
    reasoning: str
    decided_at: datetime
    private_note: str | None
    decided_by: str | None

    @classmethod
    def of(cls, decision: Decision, *, internal: bool) -> DecisionView:
        return cls(
            outcome=decision.outcome,
            reasoning=decision.reasoning,
            decided_at=decision.decided_at,
            private_note=decision.private_note if internal else None,
            decided_by=decision.decided_by if internal else None,
        )


class StatementOfReasonsView(msgspec.Struct, kw_only=True):
    """A statement of reasons, in the terms of the Commission's transparency database."""

    id: str
    decision_visibility: str
    decision_monetary: str
    decision_ground: str
    legal_ground: str
    explanation: str
    facts: str
    source_type: str
    automated_detection: bool
    automated_decision: str
    category: str
    content_types: list[str]
    content_date: date
    application_date: date
    territorial_scope: str
    duration: str
    redress: list[str]


class CounterNoticeView(msgspec.Struct, kw_only=True):
    """A counter notice; ``uploader`` for its sender, for staff, and for the notifier once it is
    complete."""

    id: str
    state: CounterNoticeState
    received_at: datetime
    completed_at: datetime | None
    material: list[str]
    explanation: str
    uploader: PartyView | None

    @classmethod
    def of(cls, counter: CounterNotice, uploader: Party | None) -> CounterNoticeView:
        return cls(
            id=counter.id,
            state=counter.state,
            received_at=counter.received_at,
            completed_at=counter.completed_at,
            material=counter.material,
            explanation=counter.explanation,
            uploader=None if uploader is None else shown(uploader, PartyView),
        )


class CourtNoticeView(msgspec.Struct, kw_only=True):
    """A court action that the notifier reported."""

    id: str
    forum: Forum
    court: str
    docket_number: str
    filed_on: date
    relief_sought: str
    received_at: datetime


class StrikeView(msgspec.Struct, kw_only=True):
    """The mark that a notice left on the uploader."""

    id: str
    state: StrikeState
    imposed_at: datetime


class ClockView(msgspec.Struct, kw_only=True):
    """A clock of the case: when the act is possible, when we act ourselves, when it is due."""

    name: str
    basis: str
    source: str
    started_at: datetime
    opens_at: datetime
    acts_at: datetime | None
    due_at: datetime
    stopped_at: datetime | None


class EventView(msgspec.Struct, kw_only=True):
    """One event of the timeline; who did it and the details are for staff only.

    ``logged``: the transparency log holds an entry for it, with a receipt to be had.
    """

    sequence: int
    at: datetime
    thing: Thing
    command: str
    state: str | None
    digest: str
    actor: str | None
    details: dict[str, Any] | None
    logged: bool

    @classmethod
    def of(cls, event: CaseEvent, *, internal: bool, logged: bool) -> EventView:
        return cls(
            sequence=event.sequence,
            at=event.at,
            thing=event.thing,
            command=event.command,
            state=event.state,
            digest=event.digest.hex(),
            actor=(event.actor_id or event.actor_label) if internal else None,
            details=event.details if internal else None,
            logged=logged,
        )


class LetterView(msgspec.Struct, kw_only=True):
    """A letter as it was rendered."""

    id: str
    notice_id: str
    template: str
    language: str
    subject: str
    body: str
    written_at: datetime


class CaseView(msgspec.Struct, kw_only=True):
    """A case, as far as the caller may see it; what they may not is null or empty.

    ``timeline_intact`` says whether the stored events still form their chain.
    """

    id: str
    state: NoticeState
    version: int
    received_at: datetime
    track_id: str | None
    track_title: str | None
    claimant: str
    works: list[str]
    locations: list[str]
    missing: list[MissingElement]
    decision: DecisionView | None
    statement_of_reasons: StatementOfReasonsView | None
    counter_notice: CounterNoticeView | None
    court_notices: list[CourtNoticeView]
    strike: StrikeView | None
    clocks: list[ClockView]
    timeline: list[EventView]
    timeline_intact: bool | None
    letters: list[LetterView]
    notifier: PartyView | None
    claimed_by: str | None
    claimed_until: datetime | None


def shown(row: object, view: type[View]) -> View:
    """The view that holds the attributes of the same names of a row."""
    return msgspec.convert(row, view, from_attributes=True)


def missing_elements(missing: tuple[NoticeElement, ...]) -> list[MissingElement]:
    """The missing elements of a notice with what to do about each."""
    return [
        MissingElement(element=element.value, request=ELEMENT_REQUESTS[element])
        for element in missing
    ]
