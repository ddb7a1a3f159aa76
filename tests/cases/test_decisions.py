"""What a reviewer's decision does, all at once or not at all."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app.cases import service
from app.cases.access import OwnTrack, StaleVersion
from app.cases.models import (
    Decision,
    Measure,
    Notice,
    Notification,
    Outcome,
    StatementOfReasons,
)
from app.catalog.models import RestrictionKind
from app.core.clock import TestClock
from app.core.errors import Forbidden, IllegalState
from app.core.ids import new_id
from app.core.unit_of_work import UnitOfWork
from app.payments import service as payments
from licensing.ledger import Bucket
from licensing.lifecycles.notice import NoticeState
from tests.cases.world import AGENT, HOUSE, NOTIFIER, REASONING, World, complete_filing

ALL_KINDS = set(RestrictionKind)


async def _decide(world: World, notice_id: str, version: int) -> None:
    async with world.units.begin(world.reviewer) as uow:
        await service.decide_notice(
            uow,
            AGENT,
            notice_id=notice_id,
            outcome=Outcome.ACCEPT,
            reasoning=REASONING,
            private_note="",
            expected_version=version,
        )


async def test_accepting_takes_the_track_down_and_holds_its_money(world: World) -> None:
    await world.sell()
    assert await world.buckets() == {Bucket.PENDING: 1_700}
    filed = await world.accepted()
    assert await world.states(filed.notice.id) == {
        "notice": "uploader_notified",
        "strike": "provisional",
    }
    assert await world.in_force(filed.notice.id) == ALL_KINDS
    assert await world.buckets() == {Bucket.HELD: 1_700}
    await world.sell(1_000)
    assert await world.buckets() == {Bucket.HELD: 2_550}


async def test_the_statement_of_reasons_says_what_article_17_asks_for(world: World) -> None:
    works = tuple(f"Song {number}" for number in range(7))
    filed = await world.file(complete_filing(world.listing_id, works=works))
    await world.decide(filed.notice.id)
    async with world.units.look(HOUSE) as uow:
        statement = (await uow.session.scalars(sa.select(StatementOfReasons))).one()
        measures = list(await uow.session.scalars(sa.select(Measure)))
    assert statement.recipient_id == world.uploader.user_id
    assert statement.automated_detection is False
    assert statement.automated_decision == "AUTOMATED_DECISION_NOT_AUTOMATED"
    assert statement.source_type == "SOURCE_ARTICLE_16"
    assert statement.explanation == REASONING
    assert "Song 4; and 2 more" in statement.facts
    assert "Complain to us, free of charge, until 2027-05-20." in statement.redress
    assert NOTIFIER.email not in statement.facts
    assert {measure.statement_of_reasons_id for measure in measures} == {statement.id}
    assert len(measures) == len(ALL_KINDS)


async def test_each_party_is_told_and_only_what_concerns_them(world: World) -> None:
    filed = await world.accepted()
    async with world.units.look(HOUSE) as uow:
        letters = list(await uow.session.scalars(sa.select(Notification)))
    to_uploader = [each for each in letters if each.recipient_person_id is not None]
    assert [each.template for each in to_uploader] == ["material-disabled@1"]
    assert to_uploader[0].recipient_person_id == world.uploader.user_id
    assert "Clara Composer claims" in to_uploader[0].body
    assert f"/studio/tracks/{filed.notice.track_id}." in to_uploader[0].body
    said = "\n".join(each.body for each in letters)
    assert "Asked Ralf" not in said
    assert NOTIFIER.email not in to_uploader[0].body
    assert {each.template for each in letters if each.recipient_party_id is not None} == {
        "notice-received@1",
        "notice-accepted@1",
    }


async def test_rejecting_does_nothing_to_the_track(world: World) -> None:
    await world.sell()
    filed = await world.file()
    await world.decide(filed.notice.id, Outcome.REJECT)
    assert await world.states(filed.notice.id) == {"notice": "rejected"}
    assert await world.in_force() == set()
    assert await world.buckets() == {Bucket.PENDING: 1_700}
    with pytest.raises(IllegalState):
        await world.retract(filed)


async def test_a_decision_that_fails_half_way_leaves_nothing_behind(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    filed = await world.file()
    version = await world.claim(filed.notice.id)

    async def fail(uow: UnitOfWork, **_: object) -> None:
        raise RuntimeError("the books are closed")

    monkeypatch.setattr(payments, "hold_shares", fail)
    with pytest.raises(RuntimeError):
        await _decide(world, filed.notice.id, version)
    monkeypatch.undo()
    assert await world.states(filed.notice.id) == {"notice": "triage"}
    assert await world.in_force() == set()
    async with world.units.look(HOUSE) as uow:
        for table in (Decision, Measure, StatementOfReasons):
            assert (await uow.session.scalars(sa.select(table))).all() == []
    await _decide(world, filed.notice.id, version)
    assert await world.in_force() == ALL_KINDS


@pytest.mark.parametrize(
    "state", [NoticeState.DISABLED, NoticeState.UPLOADER_NOTIFIED, NoticeState.CLOSED]
)
async def test_the_database_refuses_an_effect_without_reasons(
    world: World, state: NoticeState
) -> None:
    filed = await world.file()
    with pytest.raises(IntegrityError, match="effect_has_reasons"):
        async with world.units.begin(HOUSE) as uow:
            await uow.session.execute(
                sa.update(Notice).where(Notice.id == filed.notice.id).values(state=state)
            )


async def test_the_database_refuses_an_incomplete_statement_of_reasons(world: World) -> None:
    await world.accepted()
    async with world.units.look(HOUSE) as uow:
        statement = (await uow.session.scalars(sa.select(StatementOfReasons))).one()
    values = {
        column.key: getattr(statement, column.key)
        for column in sa.inspect(StatementOfReasons).columns
    }
    for missing in ("legal_ground", "explanation", "facts", "territorial_scope", "duration"):
        row = {**values, "id": new_id("sor", statement.created_at), missing: ""}
        with pytest.raises(IntegrityError, match="complete"):
            async with world.units.begin(HOUSE) as uow:
                await uow.session.execute(sa.insert(StatementOfReasons).values(**row))


async def test_a_claim_keeps_colleagues_off_until_it_runs_out(
    world: World, clock: TestClock
) -> None:
    filed = await world.file()
    version = await world.claim(filed.notice.id)
    with pytest.raises(service.ClaimedByAnother):
        await world.claim(filed.notice.id, world.colleague)
    clock.advance(timedelta(minutes=9))
    version = await world.claim(filed.notice.id)
    clock.advance(timedelta(minutes=9))
    with pytest.raises(service.ClaimedByAnother):
        await world.claim(filed.notice.id, world.colleague)
    clock.advance(timedelta(minutes=1))
    with pytest.raises(service.NotClaimed):
        await _decide(world, filed.notice.id, version)
    await world.claim(filed.notice.id, world.colleague)
    with pytest.raises(StaleVersion) as stale:
        await _decide(world, filed.notice.id, version)
    assert stale.value.extra == {"current_version": (await world.notice(filed.notice.id)).version}


async def test_of_two_who_claim_at_once_one_is_told(world: World) -> None:
    filed = await world.file()
    answers = await asyncio.gather(
        world.claim(filed.notice.id, world.reviewer),
        world.claim(filed.notice.id, world.colleague),
        return_exceptions=True,
    )
    refusals = [answer for answer in answers if isinstance(answer, Exception)]
    assert len(refusals) == 1
    assert isinstance(refusals[0], StaleVersion | service.ClaimedByAnother)


async def test_nobody_decides_about_their_own_track(world: World) -> None:
    filed = await world.file()
    both = replace(world.uploader, roles=world.uploader.roles | world.reviewer.roles)
    with pytest.raises(OwnTrack):
        await world.claim(filed.notice.id, both)
    with pytest.raises(Forbidden):
        await world.claim(filed.notice.id, world.auditor)


async def test_a_retraction_undoes_everything_once(world: World) -> None:
    await world.sell()
    filed = await world.accepted()
    await world.retract(filed)
    assert await world.states(filed.notice.id) == {"notice": "retracted", "strike": "void"}
    assert await world.in_force() == set()
    assert await world.buckets() == {Bucket.PENDING: 1_700}
    with pytest.raises(IllegalState):
        await world.retract(filed)


async def _told_of_restoration(world: World) -> list[bool]:
    """Of each letter about a restoration, whether it says that the track stays down."""
    query = sa.select(Notification.body).where(Notification.template == "material-restored@1")
    async with world.units.look(HOUSE) as uow:
        bodies = await uow.session.scalars(query)
        return sorted(("stays disabled" in body for body in bodies), reverse=True)


async def test_what_another_notice_holds_stays_held(world: World) -> None:
    await world.sell()
    first = await world.accepted()
    second = await world.file(complete_filing(world.listing_id, works=("Another Song",)))
    await world.decide(second.notice.id)
    await world.retract(first)
    assert await world.in_force() == ALL_KINDS
    assert await world.buckets() == {Bucket.HELD: 1_700}
    assert await _told_of_restoration(world) == [True, True]
    await world.retract(second)
    assert await _told_of_restoration(world) == [True, True, False, False]
    assert await world.in_force() == set()
    assert await world.buckets() == {Bucket.PENDING: 1_700}
