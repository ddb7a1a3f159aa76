"""HTTP of cases: file, list, complete, withdraw, counter, follow; ``desk_api`` has the rest."""

from __future__ import annotations

from typing import Annotated, Any, Final

from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from app.cases import counter_notices, court_review, filing, reading, service
from app.cases.agent import DesignatedAgent
from app.cases.correspondence import letters_to_person
from app.cases.intake import missing_from
from app.cases.schemas import CourtAction, NewCounterNotice, NewNotice, NoticeAddition
from app.cases.views import (
    CaseView,
    CounterNoticeProgress,
    CourtNoticeView,
    FiledNotice,
    FiledNotices,
    LetterView,
    MissingElement,
    NoticeProgress,
    QueuedNotice,
    missing_elements,
    shown,
)
from app.core.access import PUBLIC, SIGNED_IN, only
from app.core.actor import Role
from app.core.unit_of_work import UnitOfWork
from app.provenance.api import house_keys
from app.provenance.disclosure import Disclosure
from app.provenance.house import HouseKeys
from licensing.counter_notices import ELEMENT_REQUESTS
from licensing.lifecycles.notice import NoticeState

_SHOWN_ONCE: Final = {"Cache-Control": "no-store"}
_MAX_BODY: Final = 256 * 1024  # fifty locations of full length, twice over
_LETTERS_SHOWN: Final = 100


def designated_agent(request: Request[Any, Any, State]) -> DesignatedAgent:
    """Litestar dependency: in whose name letters go out, and whose business days count."""
    return DesignatedAgent.of(request.app.state.runtime.settings)


AGENT: Final = {"agent": Provide(designated_agent, sync_to_thread=False)}


class NoticeController(Controller):
    """Notices and counter notices, as the parties to a case use them."""

    path = "/v1/notices"
    tags = ["Notices"]
    dependencies = AGENT
    request_max_body_size = _MAX_BODY

    @post("/", opt=PUBLIC, operation_id="fileNotice", response_headers=_SHOWN_ONCE)
    async def file(
        self,
        data: JSONBody[NewNotice],
        uow: NamedDependency[UnitOfWork],
        agent: NamedDependency[DesignatedAgent],
    ) -> FiledNotices:
        """File a notice of claimed infringement; no account is needed.

        The elements are those of 17 U.S.C. 512(c)(3)(A). A notice that lacks some is taken in
        nevertheless, and the answer says what is missing. A notice about several tracks becomes
        one for each. The private link in the answer is shown this once only.
        """
        filed = await filing.file_notice(uow, agent, data.as_filing())
        return FiledNotices(
            notices=[
                FiledNotice(
                    id=each.notice.id,
                    state=each.notice.state,
                    track_id=each.notice.track_id,
                    locations=each.notice.locations,
                    missing=missing_elements(missing_from(each.notice, each.notifier)),
                    access_token=each.token,
                    link=f"{agent.notice_url(each.notice.id)}?token={each.token}",
                )
                for each in filed
            ]
        )

    @get("/", opt=only(Role.REVIEWER, Role.LEGAL, Role.AUDITOR), operation_id="listNotices")
    async def queue(
        self,
        uow: NamedDependency[UnitOfWork],
        in_state: Annotated[NoticeState | None, QueryParameter(name="state")] = None,
        after: FromQuery[str | None] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> list[QueuedNotice]:
        """Cases in a state, or all that wait for somebody of ours; oldest first.

        ``after`` is the id of the last case of the page before.
        """
        return await reading.queue(uow, state=in_state, after=after, limit=limit)

    @get("/{notice_id:str}", opt=PUBLIC, operation_id="getNotice")
    async def show(
        self,
        notice_id: FromPath[str],
        uow: NamedDependency[UnitOfWork],
        token: FromQuery[str | None] = None,
    ) -> CaseView:
        """A case, for its notifier (by the token), its uploader, and staff."""
        return await reading.find_case(uow, notice_id, token)

    @get(
        "/{notice_id:str}/events/{sequence:int}/receipt",
        opt=PUBLIC,
        operation_id="proveCaseDecision",
        dependencies={"house": Provide(house_keys, sync_to_thread=False)},
    )
    async def prove(
        self,
        notice_id: FromPath[str],
        sequence: FromPath[int],
        uow: NamedDependency[UnitOfWork],
        house: NamedDependency[HouseKeys],
        token: FromQuery[str | None] = None,
    ) -> Disclosure:
        """That the log holds a decision of this case, for ``countersign verify``.

        Events with ``logged`` have a receipt. A decision of some seconds ago is not in a checkpoint
        yet; its answer is 409 ``not-yet-sealed``.
        """
        return await reading.prove_decision(
            uow, house, notice_id=notice_id, sequence=sequence, token=token
        )

    @post("/{notice_id:str}/cure", opt=PUBLIC, operation_id="cureNotice", status_code=200)
    async def cure(
        self,
        notice_id: FromPath[str],
        token: FromQuery[str],
        data: JSONBody[NoticeAddition],
        uow: NamedDependency[UnitOfWork],
        agent: NamedDependency[DesignatedAgent],
    ) -> NoticeProgress:
        """Add what a notice lacked. The answer says what is still missing."""
        notice, notifier = await filing.cure_notice(
            uow, agent, notice_id=notice_id, token=token, cure=data.as_cure()
        )
        return NoticeProgress.of(notice, missing_from(notice, notifier))

    @post("/{notice_id:str}/retraction", opt=PUBLIC, operation_id="retractNotice", status_code=200)
    async def retract(
        self, notice_id: FromPath[str], token: FromQuery[str], uow: NamedDependency[UnitOfWork]
    ) -> NoticeProgress:
        """Withdraw a notice. What it brought about is undone at once."""
        notice = await service.retract_notice(uow, notice_id=notice_id, token=token)
        return NoticeProgress.of(notice)

    @post("/{notice_id:str}/counter-notice", opt=SIGNED_IN, operation_id="fileCounterNotice")
    async def counter(
        self,
        notice_id: FromPath[str],
        data: JSONBody[NewCounterNotice],
        uow: NamedDependency[UnitOfWork],
        agent: NamedDependency[DesignatedAgent],
    ) -> CounterNoticeProgress:
        """Answer a notice about a track of yours, 17 U.S.C. 512(g)(3).

        A complete counter notice is forwarded to whoever sent the notice, with your name, address
        and telephone number. Send it again, whole, where the answer says that something is missing.
        """
        counter, missing = await counter_notices.file_counter_notice(
            uow, agent, notice_id=notice_id, filing=data.as_filing()
        )
        return CounterNoticeProgress(
            id=counter.id,
            notice_id=counter.notice_id,
            state=counter.state,
            completed_at=counter.completed_at,
            missing=[
                MissingElement(element=element.value, request=ELEMENT_REQUESTS[element])
                for element in missing
            ],
        )

    @post("/{notice_id:str}/court-notice", opt=PUBLIC, operation_id="reportCourtAction")
    async def report_court_action(
        self,
        notice_id: FromPath[str],
        token: FromQuery[str],
        data: JSONBody[CourtAction],
        uow: NamedDependency[UnitOfWork],
        agent: NamedDependency[DesignatedAgent],
    ) -> CourtNoticeView:
        """Report that you went to court, or to the Copyright Claims Board, against the uploader."""
        report = await court_review.report_court_action(
            uow,
            agent,
            notice_id=notice_id,
            token=token,
            forum=data.forum,
            court=data.court,
            docket_number=data.docket_number,
            filed_on=data.filed_on,
            relief_sought=data.relief_sought,
        )
        return shown(report, CourtNoticeView)


class PartyController(Controller):
    """Cases as seen from a track, and what a person was written."""

    path = "/v1"
    tags = ["Notices"]

    @get("/tracks/{track_id:str}/cases", opt=SIGNED_IN, operation_id="listCasesOfTrack")
    async def of_track(
        self, track_id: FromPath[str], uow: NamedDependency[UnitOfWork]
    ) -> list[CaseView]:
        """The cases about a track of yours that have had an effect, with their timelines."""
        return await reading.cases_of_track(uow, track_id)

    @get("/notifications", opt=SIGNED_IN, operation_id="listNotifications")
    async def letters(self, uow: NamedDependency[UnitOfWork]) -> list[LetterView]:
        """The latest letters to you, newest first."""
        letters = await letters_to_person(uow.session, uow.actor.person_id, limit=_LETTERS_SHOWN)
        return [shown(letter, LetterView) for letter in letters]
