"""A notice as its sender follows it, through the private link and without an account."""

from __future__ import annotations

from datetime import date
from typing import Final
from urllib.parse import urlencode

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Template

from app.cases import court_review, filing, reading
from app.cases import service as cases
from app.cases.agent import DesignatedAgent
from app.cases.api import AGENT
from app.cases.intake import Cure
from app.cases.models import Forum
from app.cases.schemas import Reasoning, ShortText
from app.console import case_words
from app.console.page import ConsoleRequest, Page
from app.core.access import PUBLIC
from app.core.unit_of_work import UnitOfWork
from licensing.lifecycles.notice import NOTICE, NoticeCommand

_DONE: Final = {
    "cured": "Thank you: we added it to your notice.",
    "court": "We noted the court action. Two lawyers will look at it.",
    "retracted": "Your notice is withdrawn, and what it brought about is undone.",
}


class CureForm(msgspec.Struct, kw_only=True):
    """What a curable notice lacked."""

    token: str
    signature: ShortText = ""
    good_faith: str = ""
    fair_use: str = ""
    accuracy: str = ""
    authority: str = ""


class CourtForm(msgspec.Struct, kw_only=True):
    """A court action against the uploader."""

    token: str
    forum: Forum
    court: ShortText
    docket_number: ShortText
    filed_on: date
    relief_sought: Reasoning


class TokenForm(msgspec.Struct, kw_only=True):
    """Nothing but the proof that the sender holds the private link."""

    token: str


class CaseController(Controller):
    """The notifier's side of a case. The token is checked by the cases room at every step."""

    path = "/notices/{notice_id:str}"
    dependencies = AGENT

    @get(opt=PUBLIC)
    async def show(
        self,
        notice_id: FromPath[str],
        request: ConsoleRequest,
        page: NamedDependency[Page],
        uow: NamedDependency[UnitOfWork],
    ) -> Template:
        """How the notice stands."""
        token = request.query_params.get("token", "")
        case = await reading.find_case(uow, notice_id, token or None)
        return page.show(
            "notices/case.html",
            headers={"Cache-Control": "no-store"},
            case=case,
            token=token,
            standing=case_words.standing(case),
            clocks=case_words.running(case),
            events=[(event, case_words.happened(event)) for event in case.timeline],
            retractable=bool(token) and NoticeCommand.RETRACT in NOTICE.allowed(case.state),
            done=_DONE.get(request.query_params.get("done", "")),
        )

    @post("/cure", opt=PUBLIC, status_code=303)
    async def cure(
        self,
        notice_id: FromPath[str],
        data: URLEncodedBody[CureForm],
        uow: NamedDependency[UnitOfWork],
        agent: NamedDependency[DesignatedAgent],
    ) -> Response[None]:
        """Add what was missing."""
        cure = Cure(
            signature=data.signature,
            states_good_faith=bool(data.good_faith),
            considered_fair_use=bool(data.fair_use),
            states_accuracy=bool(data.accuracy),
            states_authority_under_perjury=bool(data.authority),
        )
        await filing.cure_notice(uow, agent, notice_id=notice_id, token=data.token, cure=cure)
        return _back(notice_id, data.token, "cured")

    @post("/court-notice", opt=PUBLIC, status_code=303)
    async def report_court_action(
        self,
        notice_id: FromPath[str],
        data: URLEncodedBody[CourtForm],
        uow: NamedDependency[UnitOfWork],
        agent: NamedDependency[DesignatedAgent],
    ) -> Response[None]:
        """Tell us that a court was asked to keep the track down."""
        await court_review.report_court_action(
            uow,
            agent,
            notice_id=notice_id,
            token=data.token,
            forum=data.forum,
            court=data.court,
            docket_number=data.docket_number,
            filed_on=data.filed_on,
            relief_sought=data.relief_sought,
        )
        return _back(notice_id, data.token, "court")

    @post("/retraction", opt=PUBLIC, status_code=303)
    async def retract(
        self,
        notice_id: FromPath[str],
        data: URLEncodedBody[TokenForm],
        uow: NamedDependency[UnitOfWork],
    ) -> Response[None]:
        """Withdraw the notice."""
        await cases.retract_notice(uow, notice_id=notice_id, token=data.token)
        return _back(notice_id, data.token, "retracted")


def _back(notice_id: str, token: str, done: str) -> Redirect:
    query = urlencode({"token": token, "done": done})
    return Redirect(f"/notices/{notice_id}?{query}", status_code=303)
