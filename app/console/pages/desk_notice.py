"""One notice on the desk: the claim, the track, the decision; and what lawyers add at court."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import sqlalchemy as sa
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Template

from app.cases import counter_notices, court_review, reading
from app.cases import service as cases
from app.cases.agent import DesignatedAgent
from app.cases.api import AGENT
from app.cases.models import Finding, Outcome
from app.cases.schemas import PrivateNote
from app.cases.views import CaseView, EventView
from app.catalog.lineage import descendants_of
from app.console import case_words
from app.console.page import Page
from app.console.queue import ClaimForm, holder_of
from app.core.access import only
from app.core.actor import Role
from app.core.errors import BadRequest, ServiceError
from app.core.unit_of_work import UnitOfWork
from app.identity.models import Person
from licensing.lifecycles.counter_notice import CounterNoticeState
from licensing.lifecycles.notice import NoticeState

_Reasoning = Annotated[str, msgspec.Meta(max_length=2000)]
_DECIDABLE = frozenset({NoticeState.COMPLETE, NoticeState.TRIAGE})


class DecisionForm(msgspec.Struct, kw_only=True):
    """A reviewer's decision on the version that they saw."""

    expected_version: int
    outcome: str = ""
    reasoning: _Reasoning = ""
    private_note: PrivateNote = ""

    def chosen(self) -> Outcome:
        """
        Raises:
            BadRequest: neither choice was made, or no reason is given.
        """
        if not self.reasoning.strip():
            raise BadRequest("Write the reason that the parties are told.")
        try:
            return Outcome(self.outcome)
        except ValueError:
            raise BadRequest("Choose whether to accept or to reject the notice.") from None


class OpinionForm(msgspec.Struct, kw_only=True):
    """A lawyer's opinion on a court action."""

    expected_version: int
    finding: Finding
    private_note: PrivateNote = ""


class RestorationForm(msgspec.Struct, kw_only=True):
    """Restoring by hand."""

    expected_version: int
    reason: _Reasoning = ""


class DeskNoticeController(Controller):
    """A case as staff see it."""

    path = "/desk/notices/{notice_id:str}"
    dependencies = AGENT

    @get(opt=only(Role.REVIEWER, Role.LEGAL))
    async def show(
        self,
        notice_id: FromPath[str],
        page: NamedDependency[Page],
        uow: NamedDependency[UnitOfWork],
    ) -> Template:
        """The case and what this person can do about it."""
        return await _case(page, uow, notice_id)

    @post("/claim", opt=only(Role.REVIEWER), status_code=303)
    async def claim(
        self,
        notice_id: FromPath[str],
        data: URLEncodedBody[ClaimForm],
        page: NamedDependency[Page],
        uow: NamedDependency[UnitOfWork],
    ) -> Response[Any]:
        """Take it up for ten minutes; a colleague may have been faster."""
        try:
            await cases.claim_notice(
                uow, notice_id=notice_id, expected_version=data.expected_version
            )
        except ServiceError as refusal:
            return await _case(page, uow, notice_id, refusal=refusal)
        return Redirect(f"/desk/notices/{notice_id}", status_code=303)

    @post("/decision", opt=only(Role.REVIEWER), status_code=303)
    async def decide(
        self,
        notice_id: FromPath[str],
        data: URLEncodedBody[DecisionForm],
        page: NamedDependency[Page],
        uow: NamedDependency[UnitOfWork],
        agent: NamedDependency[DesignatedAgent],
    ) -> Response[Any]:
        """Decide, or say why not and keep what was typed."""
        try:
            await cases.decide_notice(
                uow,
                agent,
                notice_id=notice_id,
                outcome=data.chosen(),
                reasoning=data.reasoning,
                private_note=data.private_note,
                expected_version=data.expected_version,
            )
        except ServiceError as refusal:
            return await _case(page, uow, notice_id, form=data, refusal=refusal)
        return Redirect("/desk?done=decided", status_code=303)

    @post("/legal-opinion", opt=only(Role.LEGAL), status_code=303)
    async def give_opinion(
        self,
        notice_id: FromPath[str],
        data: URLEncodedBody[OpinionForm],
        page: NamedDependency[Page],
        uow: NamedDependency[UnitOfWork],
        agent: NamedDependency[DesignatedAgent],
    ) -> Response[Any]:
        """Say whether the court action keeps the track down."""
        try:
            await court_review.give_legal_opinion(
                uow,
                agent,
                notice_id=notice_id,
                finding=data.finding,
                private_note=data.private_note,
                expected_version=data.expected_version,
            )
        except ServiceError as refusal:
            return await _case(page, uow, notice_id, refusal=refusal)
        return Redirect(f"/desk/notices/{notice_id}", status_code=303)

    @post("/restoration", opt=only(Role.REVIEWER, Role.LEGAL), status_code=303)
    async def restore(
        self,
        notice_id: FromPath[str],
        data: URLEncodedBody[RestorationForm],
        page: NamedDependency[Page],
        uow: NamedDependency[UnitOfWork],
    ) -> Response[Any]:
        """Restore before the day on which it happens by itself."""
        try:
            await counter_notices.restore(
                uow,
                notice_id=notice_id,
                reason=data.reason,
                expected_version=data.expected_version,
            )
        except ServiceError as refusal:
            return await _case(page, uow, notice_id, refusal=refusal)
        return Redirect(f"/desk/notices/{notice_id}", status_code=303)


async def _case(
    page: Page,
    uow: UnitOfWork,
    notice_id: str,
    *,
    form: DecisionForm | None = None,
    refusal: ServiceError | None = None,
) -> Template:
    case = await reading.find_case(uow, notice_id, None)
    return page.show(
        "desk/notice.html",
        status=refusal.status if refusal else 200,
        case=case,
        standing=case_words.standing(case),
        clocks=case_words.running(case),
        events=[(event, case_words.happened(event)) for event in await _named(uow, case)],
        holder=holder_of(case.claimed_by, case.claimed_until, uow),
        decidable=case.state in _DECIDABLE and uow.actor.has(Role.REVIEWER),
        at_court=_is(case, CounterNoticeState.LEGAL_REVIEW) and uow.actor.has(Role.LEGAL),
        restorable=_is(case, CounterNoticeState.WAITING, CounterNoticeState.STAY_DOWN),
        form=form or DecisionForm(expected_version=case.version),
        refusal=refusal,
        descendants=await descendants_of(uow.session, case.track_id) if case.track_id else [],
    )


async def _named(uow: UnitOfWork, case: CaseView) -> list[EventView]:
    """The timeline with people's names where the case knows their ids only."""
    actors = {event.actor for event in case.timeline}
    people = await uow.session.scalars(sa.select(Person).where(Person.id.in_(_people_in(actors))))
    names = {person.id: person.display_name for person in people}
    return [
        msgspec.structs.replace(event, actor=names.get(event.actor or "", event.actor))
        for event in case.timeline
    ]


def _people_in(actors: set[str | None]) -> list[str]:
    """The ids of persons; the public and the service's own jobs are named already."""
    return [actor for actor in actors if actor is not None and actor.startswith("usr_")]


def _is(case: CaseView, *states: CounterNoticeState) -> bool:
    return case.counter_notice is not None and case.counter_notice.state in states
