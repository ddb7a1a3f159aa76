"""Earnings mature, are kept back by cases, and come back to where they belong."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from app.core.errors import NotFound
from app.payments import ledger, service
from app.payments.policy import MATURES_AFTER
from licensing.ledger import EntryKind
from tests.payments.conftest import HOUSE, Studio

# 2,000 less 15 % are 1,700: 850, 566.61 and 283.39 before rounding.
ADA, BOB, CLEO = 850, 567, 283


async def test_a_sale_is_booked_to_the_cent(studio: Studio) -> None:
    await studio.sell()
    assert [await studio.buckets(party) for party in studio.parties] == [
        {"pending": ADA},
        {"pending": BOB},
        {"pending": CLEO},
    ]
    assert await studio.account("asset:stripe") == 2_000 - 88
    assert await studio.account("expense:processing") == 88
    assert await studio.account("income:platform_fee") == -300
    await studio.check()


async def test_booking_a_sale_again_changes_nothing(studio: Studio) -> None:
    order = await studio.sell()
    await studio.sell(order_id=order)
    assert await studio.buckets() == {"pending": ADA}
    with pytest.raises(ledger.EntryKeyReused):
        await studio.sell(order_id=order, gross=1_999)


async def test_earnings_mature_on_their_day_and_once(studio: Studio) -> None:
    await studio.sell()
    studio.clock.advance(MATURES_AFTER - timedelta(seconds=1))
    assert await studio.mature() == 0
    studio.clock.advance(timedelta(seconds=1))
    assert await studio.mature() == 1
    assert await studio.mature() == 0
    assert await studio.buckets() == {"available": ADA}
    await studio.check()


async def test_a_case_keeps_everything_unpaid_back(studio: Studio) -> None:
    await studio.sell()
    studio.clock.advance(MATURES_AFTER)
    await studio.mature()
    await studio.sell()
    await studio.hold("ntc_1")
    assert await studio.buckets() == {"held": 2 * ADA}
    await studio.hold("ntc_1")
    assert await studio.buckets() == {"held": 2 * ADA}
    await studio.check()


async def test_released_earnings_return_to_where_they_came_from(studio: Studio) -> None:
    await studio.sell()
    studio.clock.advance(MATURES_AFTER)
    await studio.mature()
    await studio.sell()
    await studio.hold("ntc_1")
    await studio.release("ntc_1")
    assert await studio.buckets() == {"available": ADA, "pending": ADA}
    await studio.release("ntc_1")
    assert await studio.buckets() == {"available": ADA, "pending": ADA}
    await studio.check()


async def test_what_matured_while_held_is_released_into_available(studio: Studio) -> None:
    await studio.sell()
    await studio.hold("ntc_1")
    studio.clock.advance(MATURES_AFTER)
    assert await studio.mature() == 1
    assert await studio.buckets() == {"held": ADA}
    await studio.release("ntc_1")
    assert await studio.buckets() == {"available": ADA}


async def test_a_sale_paid_during_a_case_is_held_at_once(studio: Studio) -> None:
    await studio.hold("ntc_1")
    await studio.sell()
    assert await studio.buckets() == {"held": ADA}
    await studio.release("ntc_1")
    assert await studio.buckets() == {"pending": ADA}


async def test_the_last_of_two_cases_releases(studio: Studio) -> None:
    await studio.sell()
    await studio.hold("ntc_1")
    await studio.hold("ntc_2")
    await studio.sell()
    await studio.release("ntc_1")
    assert await studio.buckets() == {"held": 2 * ADA}
    await studio.release("ntc_2")
    assert await studio.buckets() == {"pending": 2 * ADA}
    await studio.check()


async def test_a_case_can_hold_again_after_it_released(studio: Studio) -> None:
    await studio.sell()
    for _ in range(2):
        await studio.hold("ntc_1")
        assert await studio.buckets() == {"held": ADA}
        await studio.release("ntc_1")
        assert await studio.buckets() == {"pending": ADA}


async def test_a_dispute_holds_its_own_sale_only(studio: Studio) -> None:
    disputed = await studio.sell()
    await studio.sell()
    async with studio.units.begin(HOUSE) as uow:
        await service.hold_sale(uow, order_id=disputed, cause="dsp_1")
    assert await studio.buckets() == {"held": ADA, "pending": ADA}
    await studio.hold("ntc_1")
    await studio.release("ntc_1")
    assert await studio.buckets() == {"held": ADA, "pending": ADA}
    await studio.release("dsp_1")
    assert await studio.buckets() == {"pending": 2 * ADA}


async def test_a_refused_case_holds_nothing(studio: Studio) -> None:
    await studio.sell()
    with pytest.raises(RuntimeError, match="later step"):
        await _hold_and_fail(studio)
    assert await studio.buckets() == {"pending": ADA}


async def _hold_and_fail(studio: Studio) -> None:
    async with studio.units.begin(HOUSE) as uow:
        await service.hold_shares(uow, track_id=studio.track_id, case_id="ntc_1")
        raise RuntimeError("a later step of the same transaction")


async def test_a_case_on_an_unknown_track_is_refused(studio: Studio) -> None:
    with pytest.raises(NotFound):
        async with studio.units.begin(HOUSE) as uow:
            await service.hold_shares(uow, track_id=uow.new_id("trk"), case_id="ntc_1")


async def test_sales_and_a_case_at_once_leave_nothing_unheld(studio: Studio) -> None:
    sales = [studio.sell() for _ in range(6)]
    await asyncio.gather(*sales[:3], studio.hold("ntc_1"), studio.hold("ntc_1"), *sales[3:])
    assert await studio.buckets() == {"held": 6 * ADA}
    await studio.check()


async def test_maturing_and_a_case_at_once_move_each_cent_once(studio: Studio) -> None:
    orders = [await studio.sell() for _ in range(4)]
    studio.clock.advance(MATURES_AFTER)
    await asyncio.gather(studio.mature(), studio.hold("ntc_1"), studio.mature())
    assert await studio.buckets() == {"held": 4 * ADA}
    async with studio.units.look(HOUSE) as uow:
        entries = await ledger.entries_of_order(uow.session, orders[0])
    assert [entry.kind for entry in entries].count(EntryKind.HOLD) == 1
    await studio.check()
