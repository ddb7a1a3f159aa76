"""Use cases of a notifier who went to court: nothing is restored until two persons looked at it.

17 U.S.C. 512(g)(2)(C): restoration is due unless the designated agent first receives notice of an
action seeking a court order against the uploader; 1507(d) puts a claim with the Copyright Claims
Board on a par with it.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import sqlalchemy as sa

from app.cases import clocks, letters
from app.cases.access import existing_counter_notice, notice_by_token, notice_for_decision
from app.cases.agent import DesignatedAgent
from app.cases.correspondence import write_to_notifier, write_to_person
from app.cases.models import CounterNotice, CourtNotice, Finding, Forum, LegalOpinion, Notice
from app.cases.service import close_notice
from app.cases.strikes import confirm_strike
from app.cases.timeline import advance_counter_notice, append, record, record_decision
from app.core.actor import Role
from app.core.errors import Conflict, Unprocessable
from app.core.unit_of_work import UnitOfWork
from licensing.calendar import local_day
from licensing.clocks import COUNTER_NOTICE_RESTORE
from licensing.lifecycles.counter_notice import CounterNoticeCommand, CounterNoticeState

AGREEING_OPINIONS: Final = 2


class NothingToReview(Conflict):
    """No court notice waits for an opinion."""

    slug = "nothing-to-review"
    title = "No court notice is under review"


class OpinionGiven(Conflict):
    """One person, one opinion."""

    slug = "opinion-given"
    title = "You gave your opinion on this court notice"


async def report_court_action(
    uow: UnitOfWork,
    agent: DesignatedAgent,
    *,
    notice_id: str,
    token: str,
    forum: Forum,
    court: str,
    docket_number: str,
    filed_on: date,
    relief_sought: str,
) -> CourtNotice:
    """The notifier sued: nothing is restored until two persons have reviewed it.

    Raises:
        NotFound: not the private link of a notice, or there is no counter notice to it.
        IllegalState: the material was restored already, or a court notice is under review.
        Unprocessable: the action is dated after today.
    """
    if filed_on > local_day(uow.now, agent.zone):
        raise Unprocessable("Give the day on which the action was filed; it cannot lie ahead.")
    notice = await notice_by_token(uow, notice_id, token)
    counter = await existing_counter_notice(uow, notice)
    report = CourtNotice(
        id=uow.new_id("cou"),
        counter_notice_id=counter.id,
        forum=forum,
        court=court,
        docket_number=docket_number,
        filed_on=filed_on,
        relief_sought=relief_sought,
        received_at=uow.now,
    )
    uow.session.add(report)
    await advance_counter_notice(
        uow,
        notice,
        counter,
        CounterNoticeCommand.RECEIVE_COURT_OR_CCB_NOTICE,
        court_notice_id=report.id,
    )
    await clocks.stop(uow, notice, COUNTER_NOTICE_RESTORE)
    await advance_counter_notice(uow, notice, counter, CounterNoticeCommand.REVIEW)
    await record(uow, notice, "court-notice.received", report.id, forum=forum.value)
    return report


async def give_legal_opinion(
    uow: UnitOfWork,
    agent: DesignatedAgent,
    *,
    notice_id: str,
    finding: Finding,
    private_note: str,
    expected_version: int,
) -> CounterNotice:
    """One person's view of the court notice under review; a finding that two share decides.

    Raises:
        Forbidden: the actor has not the role LEGAL, or uploaded the track.
        StaleVersion: the case has changed since the actor looked.
        OpinionGiven: the actor gave an opinion on this court notice.
        NothingToReview: no court notice is under review.
    """
    lawyer = uow.actor.person_id
    notice = await notice_for_decision(
        uow, notice_id, Role.LEGAL, expected_version=expected_version
    )
    counter = await existing_counter_notice(uow, notice)
    report = await _court_notice_under_review(uow, counter)
    given = list(
        await uow.session.scalars(
            sa.select(LegalOpinion).where(LegalOpinion.court_notice_id == report.id)
        )
    )
    if lawyer in {opinion.person_id for opinion in given}:
        raise OpinionGiven("A second person has to look at it.")
    uow.session.add(
        LegalOpinion(
            court_notice_id=report.id,
            person_id=lawyer,
            finding=finding,
            private_note=private_note,
            given_at=uow.now,
        )
    )
    await append(uow, notice, "give-opinion", finding=finding.value, court_notice_id=report.id)
    agreeing = 1 + sum(opinion.finding is finding for opinion in given)
    if agreeing >= AGREEING_OPINIONS:
        await _conclude_review(uow, agent, notice, counter, finding)
    await record_decision(
        uow, notice, "court-notice.opinion-given", report.id, finding=finding.value
    )
    return counter


async def _conclude_review(
    uow: UnitOfWork,
    agent: DesignatedAgent,
    notice: Notice,
    counter: CounterNotice,
    finding: Finding,
) -> None:
    match finding:
        case Finding.SUFFICIENT:
            await advance_counter_notice(uow, notice, counter, CounterNoticeCommand.KEEP_DOWN)
            await confirm_strike(uow, agent, notice)
            await close_notice(uow, notice)
        case Finding.INSUFFICIENT:
            await advance_counter_notice(
                uow, notice, counter, CounterNoticeCommand.FIND_INSUFFICIENT
            )
            await clocks.resume(uow, notice, COUNTER_NOTICE_RESTORE)
    letter = letters.court_notice_reviewed(notice, finding)
    write_to_notifier(uow, notice, letter)
    if notice.uploader_id is not None:
        write_to_person(uow, notice, notice.uploader_id, letter)


async def _court_notice_under_review(uow: UnitOfWork, counter: CounterNotice) -> CourtNotice:
    if counter.state is not CounterNoticeState.LEGAL_REVIEW:
        raise NothingToReview("An opinion is asked for when the notifier reports a court action.")
    decided = (
        sa.select(LegalOpinion.court_notice_id)
        .group_by(LegalOpinion.court_notice_id, LegalOpinion.finding)
        .having(sa.func.count() >= AGREEING_OPINIONS)
    )
    query = sa.select(CourtNotice).where(
        CourtNotice.counter_notice_id == counter.id, CourtNotice.id.not_in(decided)
    )
    return (await uow.session.scalars(query)).one()
