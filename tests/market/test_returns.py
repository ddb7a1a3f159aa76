"""Refunds and disputes: in the books, in the order, and in the licence."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.payments import refunds, stripe_calls
from tests.market.test_purchase import books, state_of
from tests.market.world import HOUSE, Market
from tests.stripe_standin.process import SDK_DEPRECATION

pytestmark = SDK_DEPRECATION


async def sold(market: Market) -> tuple[str, str]:
    """A paid order and its PaymentIntent."""
    _, offer = await market.on_sale()
    order = await market.order(offer)
    intent = await market.pay(order)
    await market.hear(intent)
    return order, intent


async def refund(market: Market, order: str, amount: int, who: str = "finn") -> Any:
    return await market.post(
        f"/v1/orders/{order}/refunds",
        who,
        {"amount_minor": amount, "currency": "EUR", "reason": "asked for"},
    )


async def licence(market: Market) -> str:
    """The state of Dora's newest licence."""
    state: str = (await market.get("/v1/grants", "dora")).json()[0]["state"]
    return state


async def owed(market: Market) -> dict[str, int]:
    """What all parties have in each bucket."""
    sums: dict[str, int] = {}
    for code, minor in (await books(market)).items():
        if code.startswith("liability:payee:"):
            bucket = code.rpartition(":")[2]
            sums[bucket] = sums.get(bucket, 0) - minor
    return sums


async def test_a_full_refund_unwinds_the_sale_and_ends_the_licence(market: Market) -> None:
    order, intent = await sold(market)
    answer = await refund(market, order, 2_000)
    assert answer.status_code == 201, answer.text
    assert (await books(market))["liability:refund_clearing"] == -2_000
    await market.work()
    await market.hear(intent)
    assert await state_of(market, order) == "refunded"
    assert await licence(market) == "revoked"
    # Stripe keeps its fee.
    assert await books(market) == {"asset:stripe": -88, "expense:processing": 88}
    (listed,) = (await market.get(f"/v1/orders/{order}/refunds", "finn")).json()
    assert listed["state"] == "succeeded"


async def test_a_partial_refund_takes_each_party_its_leg(market: Market) -> None:
    order, intent = await sold(market)
    await refund(market, order, 1_000)
    await market.work()
    await market.hear(intent)
    assert await state_of(market, order) == "partially_refunded"
    assert await licence(market) == "active"
    after = await books(market)
    assert after["income:platform_fee"] == -150
    assert await owed(market) == {"pending": 850}


async def test_no_more_is_refunded_than_was_paid(market: Market) -> None:
    order, _ = await sold(market)
    await refund(market, order, 1_500)
    refused = await refund(market, order, 501)
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (
        422,
        "refund-exceeds-sale",
    )
    assert (await refund(market, order, 100, "ada")).status_code == 403


async def test_a_refund_that_stripe_refuses_is_taken_back(market: Market) -> None:
    order, intent = await sold(market)
    market.standin.order("disputes", payment_intent=intent)
    answer = await refund(market, order, 2_000)
    await market.work()
    (listed,) = (await market.get(f"/v1/orders/{order}/refunds", "finn")).json()
    assert (listed["id"], listed["state"]) == (answer.json()["id"], "canceled")
    assert await owed(market) == {"pending": 1_700}


async def test_a_refund_waits_for_a_stripe_that_does_not_answer(market: Market) -> None:
    order, intent = await sold(market)
    await refund(market, order, 2_000)
    market.standin.order("faults", fault="rate_limit")
    await market.work()
    market.clock.advance(refunds._LEFT_ALONE)
    market.standin.order("faults", fault="lost_answer")
    await market.payments_jobs.send_refunds()
    await market.payments_jobs.send_refunds()
    assert len(market.standin.objects("refunds", payment_intent=intent)) == 1
    await market.hear(intent)
    assert await state_of(market, order) == "refunded"


async def test_a_key_that_stripe_forgot_is_looked_up(market: Market) -> None:
    order, intent = await sold(market)
    answer = await refund(market, order, 500)
    market.standin.order("faults", fault="lost_answer")
    market.standin.order("faults", fault="rate_limit")
    await market.work()  # sent, but we never heard
    before = len(market.standin.objects("refunds", payment_intent=intent))
    assert before == 1
    market.clock.advance(stripe_calls.KEY_LIFETIME * 2)
    state = await refunds.submit_refund(
        market.units, market.market_jobs._gateway, refund_id=answer.json()["id"]
    )
    assert state.value == "submitted"
    assert len(market.standin.objects("refunds", payment_intent=intent)) == 1


async def test_a_refund_that_fails_days_later_gives_everything_back(market: Market) -> None:
    order, intent = await sold(market)
    await refund(market, order, 2_000)
    await market.work()
    await market.hear(intent)
    (sent,) = market.standin.objects("refunds", payment_intent=intent)
    market.clock.advance(timedelta(days=3))
    market.standin.order(f"refunds/{sent['id']}/fail")
    await market.hear(intent)
    assert await state_of(market, order) == "paid"
    assert await licence(market) == "active"
    assert await owed(market) == {"pending": 1_700}
    (listed,) = (await market.get(f"/v1/orders/{order}/refunds", "finn")).json()
    assert listed["state"] == "reversed"


async def test_a_refund_made_at_stripe_itself_is_booked_too(market: Market) -> None:
    order, intent = await sold(market)
    async with market.units.look(HOUSE):
        await market.market_jobs._gateway.create_refund(
            {"payment_intent": intent, "amount": 500}, key=f"dashboard-{order}"
        )
    await market.hear(intent)
    assert await state_of(market, order) == "partially_refunded"
    (listed,) = (await market.get(f"/v1/orders/{order}/refunds", "finn")).json()
    assert (listed["reason"], listed["amount"]["amount_minor"]) == ("made at Stripe", 500)


async def test_a_refund_heard_of_before_its_sale_waits_for_it(market: Market) -> None:
    _, offer = await market.on_sale()
    order = await market.order(offer)
    intent = await market.pay(order)
    await market.market_jobs._gateway.create_refund(
        {"payment_intent": intent, "amount": 2_000}, key=f"early-{order}"
    )
    for event in reversed(market.events_of(intent)):
        await market.deliver(event)
        await market.work()
    assert await state_of(market, order) == "refunded"
    assert await books(market) == {"asset:stripe": -88, "expense:processing": 88}


async def test_a_dispute_holds_the_shares_and_suspends_the_licence(market: Market) -> None:
    order, intent = await sold(market)
    opened = market.standin.order("disputes", payment_intent=intent)
    await market.hear(intent)
    assert await state_of(market, order) == "disputed"
    assert await licence(market) == "suspended"
    assert await owed(market) == {"held": 1_700}
    assert (await books(market))["asset:dispute"] == 2_000
    market.standin.order(f"disputes/{opened['id']}/close", outcome="won")
    await market.hear(intent)
    assert await state_of(market, order) == "paid"
    assert await licence(market) == "active"
    assert await owed(market) == {"pending": 1_700}
    assert (await books(market))["expense:dispute_fee"] == 1_500


async def test_a_lost_dispute_takes_the_shares_and_the_licence(market: Market) -> None:
    order, intent = await sold(market)
    opened = market.standin.order("disputes", payment_intent=intent)
    market.standin.order(f"disputes/{opened['id']}/close", outcome="lost")
    events = market.events_of(intent)
    for event in [*reversed(events), *events]:
        await market.deliver(event)
        await market.work()
    assert await state_of(market, order) == "charged_back"
    assert await licence(market) == "revoked"
    assert await books(market) == {
        "asset:stripe": -88 - 1_500,
        "expense:processing": 88,
        "expense:dispute_fee": 1_500,
    }


async def test_a_dispute_about_a_part_leaves_the_rest(market: Market) -> None:
    _, intent = await sold(market)
    opened = market.standin.order("disputes", payment_intent=intent, amount=1_000)
    market.standin.order(f"disputes/{opened['id']}/close", outcome="lost")
    await market.hear(intent)
    assert await owed(market) == {"pending": 850}


async def test_an_inquiry_moves_no_money(market: Market) -> None:
    order, intent = await sold(market)
    opened = market.standin.order("disputes", payment_intent=intent, warning=True)
    await market.hear(intent)
    assert await state_of(market, order) == "paid"
    market.standin.order(f"disputes/{opened['id']}/close")
    await market.hear(intent)
    assert await owed(market) == {"pending": 1_700}
