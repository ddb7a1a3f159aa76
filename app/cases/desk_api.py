"""HTTP of cases for staff: claims, decisions, legal review, restoration."""

from __future__ import annotations

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from app.cases import counter_notices, court_review, service
from app.cases.agent import DesignatedAgent
from app.cases.api import AGENT
from app.cases.models import CounterNotice
from app.cases.schemas import Claim, NewDecision, NewLegalOpinion, NewRestoration
from app.cases.views import CounterNoticeProgress, NoticeProgress
from app.core.access import only
from app.core.actor import Role
from app.core.unit_of_work import UnitOfWork


class CaseDeskController(Controller):
    """What reviewers and lawyers do about cases."""

    path = "/v1/notices"
    tags = ["Case desk"]
    dependencies = AGENT

    @post(
        "/{notice_id:str}/claim",
        opt=only(Role.REVIEWER),
        operation_id="claimNotice",
        status_code=200,
    )
    async def claim(
        self, notice_id: FromPath[str], data: JSONBody[Claim], uow: NamedDependency[UnitOfWork]
    ) -> NoticeProgress:
        """Take up a case, or renew your claim, for ten minutes. Decide with the new version."""
        notice = await service.claim_notice(
            uow, notice_id=notice_id, expected_version=data.expected_version
        )
        return NoticeProgress.of(notice)

    @post(
        "/{notice_id:str}/decision",
        opt=only(Role.REVIEWER),
        operation_id="decideNotice",
        status_code=200,
    )
    async def decide(
        self,
        notice_id: FromPath[str],
        data: JSONBody[NewDecision],
        uow: NamedDependency[UnitOfWork],
        agent: NamedDependency[DesignatedAgent],
    ) -> NoticeProgress:
        """Accept or reject a notice that you claimed.

        Accepting unlists the track, refuses its downloads, holds its unpaid shares, states the
        reasons and tells both parties, all at once.
        """
        notice = await service.decide_notice(
            uow,
            agent,
            notice_id=notice_id,
            outcome=data.outcome,
            reasoning=data.reasoning,
            private_note=data.private_note,
            expected_version=data.expected_version,
        )
        return NoticeProgress.of(notice)

    @post("/{notice_id:str}/legal-opinion", opt=only(Role.LEGAL), operation_id="giveLegalOpinion")
    async def give_opinion(
        self,
        notice_id: FromPath[str],
        data: JSONBody[NewLegalOpinion],
        uow: NamedDependency[UnitOfWork],
        agent: NamedDependency[DesignatedAgent],
    ) -> CounterNoticeProgress:
        """Say whether the court notice keeps the material down; two who agree decide."""
        counter = await court_review.give_legal_opinion(
            uow,
            agent,
            notice_id=notice_id,
            finding=data.finding,
            private_note=data.private_note,
            expected_version=data.expected_version,
        )
        return _progress(counter)

    @post(
        "/{notice_id:str}/restoration",
        opt=only(Role.REVIEWER, Role.LEGAL),
        operation_id="restoreMaterial",
        status_code=200,
    )
    async def restore(
        self,
        notice_id: FromPath[str],
        data: JSONBody[NewRestoration],
        uow: NamedDependency[UnitOfWork],
    ) -> CounterNoticeProgress:
        """Restore after ten business days without waiting for the day on which we do it anyway.

        A lawyer also restores what a court, a settlement or the Claims Board gave free.
        """
        counter = await counter_notices.restore(
            uow,
            notice_id=notice_id,
            reason=data.reason,
            expected_version=data.expected_version,
        )
        return _progress(counter)


def _progress(counter: CounterNotice) -> CounterNoticeProgress:
    return CounterNoticeProgress(
        id=counter.id,
        notice_id=counter.notice_id,
        state=counter.state,
        completed_at=counter.completed_at,
        missing=[],
    )
