"""Counter notices: forwarded, waited for by business days, stopped at court, restored."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from app.cases import counter_notices, court_review
from app.cases.models import Finding, Forum, Notification
from app.core.clock import TestClock
from app.core.errors import Forbidden, IllegalState, NotFound, Unprocessable
from licensing.clocks import COUNTER_NOTICE_RESTORE, STRIKE_CONFIRMATION
from licensing.ledger import Bucket
from licensing.notices import Contact
from tests.cases.world import (
    AGENT,
    HOUSE,
    UPLOADER,
    World,
    complete_counter_filing,
)

# Receipt on Friday, 20 November 2026; Thanksgiving is on the 26th.
BUSINESS_DAY_9 = datetime(2026, 12, 4, 23, 0, tzinfo=UTC)
BEFORE_BUSINESS_DAY_10 = datetime(2026, 12, 7, 4, 59, 59, tzinfo=UTC)
BUSINESS_DAY_10 = datetime(2026, 12, 7, 5, 0, tzinfo=UTC)
BUSINESS_DAY_12 = datetime(2026, 12, 9, 5, 0, tzinfo=UTC)
AFTER_BUSINESS_DAY_14 = datetime(2026, 12, 12, 5, 0, tzinfo=UTC)


def _at(clock: TestClock, moment: datetime) -> None:
    clock.advance(moment - clock.now())


async def _letters(world: World, template: str) -> list[Notification]:
    async with world.units.look(HOUSE) as uow:
        query = sa.select(Notification).where(Notification.template == template)
        return list(await uow.session.scalars(query))


async def test_everything_is_restored_on_the_twelfth_business_day(
    world: World, clock: TestClock
) -> None:
    await world.sell()
    filed = await world.accepted()
    await world.counter(filed.notice.id)
    running = await world.clock(filed.notice.id, COUNTER_NOTICE_RESTORE.slug)
    assert running.opens_at == BUSINESS_DAY_10
    assert running.due_at == AFTER_BUSINESS_DAY_14
    _at(clock, BUSINESS_DAY_12 - timedelta(seconds=1))
    assert await world.sweep() == 0
    assert await world.buckets() == {Bucket.HELD: 1_700}
    _at(clock, BUSINESS_DAY_12)
    assert await world.sweep() == 1
    assert await world.states(filed.notice.id) == {
        "notice": "closed",
        "counter_notice": "restored",
        "strike": "void",
    }
    assert await world.in_force() == set()
    assert await world.buckets() == {Bucket.PENDING: 1_700}
    assert len(await _letters(world, "material-restored@1")) == 2
    before = (await world.notice(filed.notice.id)).version
    assert await world.sweep() == 0
    assert (await world.notice(filed.notice.id)).version == before


@pytest.mark.parametrize("moment", [BUSINESS_DAY_9, BEFORE_BUSINESS_DAY_10])
async def test_nothing_is_restored_before_ten_business_days(
    world: World, clock: TestClock, moment: datetime
) -> None:
    filed = await world.accepted()
    await world.counter(filed.notice.id)
    _at(clock, moment)
    with pytest.raises(counter_notices.TooEarly) as refused:
        await world.restore_by_hand(filed.notice.id, world.reviewer)
    assert refused.value.extra == {"opens_at": "2026-12-07T05:00:00+00:00"}
    assert await world.in_force() != set()


async def test_a_reviewer_may_restore_from_the_tenth_business_day_on(
    world: World, clock: TestClock
) -> None:
    filed = await world.accepted()
    await world.counter(filed.notice.id)
    _at(clock, BUSINESS_DAY_10)
    await world.restore_by_hand(filed.notice.id, world.reviewer)
    assert await world.in_force() == set()
    _at(clock, BUSINESS_DAY_12)
    assert await world.sweep() == 0


async def test_a_service_that_slept_too_long_restores_late_and_says_so(
    world: World, clock: TestClock
) -> None:
    filed = await world.accepted()
    await world.counter(filed.notice.id)
    _at(clock, AFTER_BUSINESS_DAY_14)
    await world.sweep()
    assert await world.in_force() == set()
    restored = [each for each in await world.events(filed.notice.id) if each.command == "restore"]
    assert [each.details for each in restored] == [{"overdue": True}]


async def test_two_workers_restore_once(world: World, clock: TestClock) -> None:
    await world.sell()
    filed = await world.accepted()
    await world.counter(filed.notice.id)
    _at(clock, BUSINESS_DAY_12)
    acted = await asyncio.gather(world.sweep(), world.sweep(), world.sweep())
    assert sum(acted) == 1
    restored = [each for each in await world.events(filed.notice.id) if each.command == "restore"]
    assert len(restored) == 1
    assert await world.buckets() == {Bucket.PENDING: 1_700}


async def test_the_notifier_receives_the_counter_notice_and_nobody_else_does(
    world: World,
) -> None:
    filed = await world.accepted()
    await world.counter(filed.notice.id)
    forwarded = await _letters(world, "counter-notice-forwarded@1")
    assert [each.recipient_party_id for each in forwarded] == [filed.notifier.id]
    for part in (UPLOADER.name, UPLOADER.address, UPLOADER.telephone, "I wrote it myself."):
        assert part in forwarded[0].body
    assert "7 December 2026" in forwarded[0].body
    async with world.units.look(HOUSE) as uow:
        others = [
            each.body
            for each in await uow.session.scalars(sa.select(Notification))
            if each.id != forwarded[0].id
        ]
    assert not any(UPLOADER.address in body for body in others)


async def test_a_deficient_counter_notice_starts_no_clock_until_it_is_completed(
    world: World, clock: TestClock
) -> None:
    filed = await world.accepted()
    whole = complete_counter_filing()
    lacking = replace(
        whole, contact=Contact(name="Ursula", email="u@people.example"), accepts_service=False
    )
    await world.counter(filed.notice.id, lacking)
    assert (await world.states(filed.notice.id))["counter_notice"] == "deficient"
    (letter,) = await _letters(world, "counter-notice-deficient@1")
    assert "Give your name, address and telephone number." in letter.body
    assert "accept service of process" in letter.body
    assert await _letters(world, "counter-notice-forwarded@1") == []
    clock.advance(timedelta(days=1))
    await world.counter(filed.notice.id, replace(whole, signature=" "))
    assert (await world.states(filed.notice.id))["counter_notice"] == "deficient"
    clock.advance(timedelta(days=3))
    await world.counter(filed.notice.id)
    running = await world.clock(filed.notice.id, COUNTER_NOTICE_RESTORE.slug)
    assert running.started_at == clock.now()
    with pytest.raises(counter_notices.CounterNoticeExists):
        await world.counter(filed.notice.id)


async def test_only_the_uploader_counters_and_only_what_is_down(world: World) -> None:
    filed = await world.file()
    with pytest.raises(counter_notices.NothingDisabled):
        await world.counter(filed.notice.id)
    await world.decide(filed.notice.id)
    with pytest.raises(NotFound):
        async with world.units.begin(world.colleague) as uow:
            await counter_notices.file_counter_notice(
                uow, AGENT, notice_id=filed.notice.id, filing=complete_counter_filing()
            )
    await world.retract(filed)
    with pytest.raises(counter_notices.NothingDisabled):
        await world.counter(filed.notice.id)


async def test_a_court_action_keeps_the_track_down_once_two_lawyers_agree(
    world: World, clock: TestClock
) -> None:
    await world.sell()
    filed = await world.accepted()
    await world.counter(filed.notice.id)
    clock.advance(timedelta(days=5))
    await world.sue(filed)
    first, second, _ = world.lawyers
    await world.opine(filed.notice.id, first, Finding.SUFFICIENT)
    with pytest.raises(court_review.OpinionGiven):
        await world.opine(filed.notice.id, first, Finding.SUFFICIENT)
    assert (await world.states(filed.notice.id))["counter_notice"] == "legal_review"
    await world.opine(filed.notice.id, second, Finding.SUFFICIENT)
    assert await world.states(filed.notice.id) == {
        "notice": "closed",
        "counter_notice": "stay_down",
        "strike": "active",
    }
    _at(clock, AFTER_BUSINESS_DAY_14)
    assert await world.sweep() == 0
    assert await world.buckets() == {Bucket.HELD: 1_700}
    with pytest.raises(court_review.NothingToReview):
        await world.opine(filed.notice.id, world.lawyers[2], Finding.INSUFFICIENT)
    with pytest.raises(Forbidden):
        await world.restore_by_hand(filed.notice.id, world.reviewer)
    await world.restore_by_hand(filed.notice.id, first)
    assert await world.buckets() == {Bucket.PENDING: 1_700}
    assert (await world.states(filed.notice.id))["strike"] == "void"


async def test_an_insufficient_court_notice_lets_the_same_clock_run_on(
    world: World, clock: TestClock
) -> None:
    filed = await world.accepted()
    await world.counter(filed.notice.id)
    await world.sue(filed)
    first, second, third = world.lawyers
    await world.opine(filed.notice.id, first, Finding.INSUFFICIENT)
    await world.opine(filed.notice.id, second, Finding.SUFFICIENT)
    _at(clock, BUSINESS_DAY_12)
    assert await world.sweep() == 0
    await world.opine(filed.notice.id, third, Finding.INSUFFICIENT)
    assert (await world.states(filed.notice.id))["counter_notice"] == "waiting"
    assert await world.sweep() == 1
    assert await world.in_force() == set()


async def test_a_second_court_notice_is_reviewed_on_its_own(world: World) -> None:
    filed = await world.accepted()
    await world.counter(filed.notice.id)
    first, second, _ = world.lawyers
    for finding in (Finding.INSUFFICIENT, Finding.INSUFFICIENT, Finding.SUFFICIENT):
        await world.sue(filed)
        await world.opine(filed.notice.id, first, finding)
        await world.opine(filed.notice.id, second, finding)
    assert (await world.states(filed.notice.id))["counter_notice"] == "stay_down"


async def test_a_court_notice_must_come_before_the_restoration(
    world: World, clock: TestClock
) -> None:
    filed = await world.accepted()
    with pytest.raises(NotFound):
        await world.sue(filed)
    await world.counter(filed.notice.id)
    _at(clock, BUSINESS_DAY_12)
    await world.sweep()
    with pytest.raises(IllegalState):
        await world.sue(filed)


async def test_an_action_of_tomorrow_is_refused(world: World) -> None:
    filed = await world.accepted()
    await world.counter(filed.notice.id)
    with pytest.raises(Unprocessable):
        async with world.units.begin(HOUSE) as uow:
            await court_review.report_court_action(
                uow,
                AGENT,
                notice_id=filed.notice.id,
                token=filed.token,
                forum=Forum.COPYRIGHT_CLAIMS_BOARD,
                court="CCB",
                docket_number="26-CCB-0001",
                filed_on=uow.now.date() + timedelta(days=1),
                relief_sought="damages",
            )


async def test_a_retraction_ends_a_dispute(world: World) -> None:
    filed = await world.accepted()
    await world.counter(filed.notice.id)
    await world.sue(filed)
    await world.retract(filed)
    assert await world.states(filed.notice.id) == {
        "notice": "retracted",
        "counter_notice": "restored",
        "strike": "void",
    }
    assert await world.in_force() == set()


async def test_silence_confirms_a_strike_which_expires_after_a_year(
    world: World, clock: TestClock
) -> None:
    filed = await world.accepted()
    clock.advance(timedelta(days=7, hours=14))
    assert await world.sweep() == 1
    assert await world.states(filed.notice.id) == {"notice": "closed", "strike": "active"}
    clock.advance(timedelta(days=366))
    assert await world.sweep() == 1
    assert (await world.states(filed.notice.id))["strike"] == "expired"


async def test_a_late_counter_notice_voids_a_strike_that_counted(
    world: World, clock: TestClock
) -> None:
    filed = await world.accepted()
    clock.advance(timedelta(days=8))
    await world.sweep()
    await world.counter(filed.notice.id)
    clock.advance(timedelta(days=24))
    assert await world.sweep() == 1
    assert await world.states(filed.notice.id) == {
        "notice": "closed",
        "counter_notice": "restored",
        "strike": "void",
    }


async def test_a_pending_dispute_keeps_a_strike_provisional(world: World, clock: TestClock) -> None:
    filed = await world.accepted()
    await world.counter(filed.notice.id)
    stopped = await world.clock(filed.notice.id, STRIKE_CONFIRMATION.slug)
    assert stopped.stopped_at == clock.now()
    clock.advance(timedelta(days=8))
    assert await world.sweep() == 0
    assert (await world.states(filed.notice.id))["strike"] == "provisional"
