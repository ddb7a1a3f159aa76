"""Orders: who may place them, what they pin, exclusive ones, and their end."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import httpx
import pytest

from app.market import orders
from app.market.errors import OwnTrack
from app.market.policy import ORDER_LIFETIME
from app.payments.errors import StripeUnavailable
from licensing.money import Money
from licensing.templates import COMMERCIAL_NON_EXCLUSIVE_1, EXCLUSIVE_1
from tests.market.world import Market
from tests.stripe_standin.process import SDK_DEPRECATION

pytestmark = SDK_DEPRECATION


def kind(answer: httpx.Response) -> str:
    slug: str = answer.json()["type"].rpartition("/")[2]
    return slug


async def exclusive(market: Market) -> tuple[str, str, str]:
    """A listing with an exclusive and a non-exclusive offer: its id and theirs."""
    listing = await market.draft(await market.track())
    await market.share(listing)
    plain = await market.offer(listing, COMMERCIAL_NON_EXCLUSIVE_1.reference)
    sole = await market.offer(listing, EXCLUSIVE_1.reference, Money(90_000, "EUR"))
    await market.http.put(
        f"/v1/listings/{listing}/ownership-evidence",
        json={"document_sha256": "ab" * 32},
        headers=market.members["rita"].headers,
    )
    published = await market.post(f"/v1/listings/{listing}/publication", "ada")
    assert published.status_code == 200, published.text
    return listing, plain, sole


async def state_of(market: Market, order: str, who: str = "dora") -> str:
    state: str = (await market.get(f"/v1/orders/{order}", who)).json()["state"]
    return state


async def test_an_order_pins_price_terms_and_split(market: Market) -> None:
    listing, offer = await market.on_sale()
    order = await market.order(offer)
    everything_to_ada = [
        {"party_id": market.members["ada"].id, "role": "producer", "basis_points": 10_000}
    ]
    changed = await market.http.put(
        f"/v1/listings/{listing}/split-sheet",
        json={"shares": everything_to_ada},
        headers=market.members["ada"].headers,
    )
    assert changed.json()["version"] == 2
    await market.hear(await market.pay(order))
    own = (await market.get("/v1/balances", "bob")).json()
    assert own[0]["balance"]["amount_minor"] == 567
    later = await market.order(offer, "emil")
    assert (await market.get(f"/v1/orders/{later}", "emil")).json()["split_version"] == 2


async def test_sellers_do_not_buy_from_themselves(market: Market) -> None:
    _, offer = await market.on_sale()
    ada = market.members["ada"].actor
    buyer = type(ada)(kind=ada.kind, user_id=ada.user_id, roles=market.members["dora"].actor.roles)
    with pytest.raises(OwnTrack):
        async with market.units.begin(buyer) as uow:
            await orders.place_order(uow, offer_id=offer)


async def test_orders_are_their_buyers_business(market: Market) -> None:
    _, offer = await market.on_sale()
    order = await market.order(offer)
    assert (await market.get(f"/v1/orders/{order}", "emil")).status_code == 404
    assert (await market.get(f"/v1/orders/{order}", "finn")).status_code == 200
    assert (await market.post("/v1/orders", "ada", {"offer_id": offer})).status_code == 403
    assert (await market.post("/v1/orders", None, {"offer_id": offer})).status_code == 401
    assert [one["id"] for one in (await market.get("/v1/orders", "dora")).json()] == [order]
    assert (await market.get("/v1/orders", "emil")).json() == []


async def test_an_unpaid_order_expires_and_its_payment_is_called_off(market: Market) -> None:
    _, offer = await market.on_sale()
    paid_late, never_paid = await market.order(offer), await market.order(offer)
    answer = await market.post(f"/v1/orders/{paid_late}/payment", "dora")
    market.clock.advance(ORDER_LIFETIME + timedelta(seconds=1))
    await market.market_jobs.expire_orders()
    assert await state_of(market, paid_late) == "expired"
    assert await state_of(market, never_paid) == "expired"
    late = market.standin.confirm(answer.json()["client_secret"])
    assert late.json()["error"]["code"] == "payment_intent_unexpected_state"
    refused = await market.post(f"/v1/orders/{paid_late}/payment", "dora")
    assert (refused.status_code, kind(refused)) == (410, "order-expired")


async def test_money_that_was_faster_than_the_expiry_counts(market: Market) -> None:
    _, offer = await market.on_sale()
    order = await market.order(offer)
    await market.pay(order)  # and its webhooks are lost
    market.clock.advance(ORDER_LIFETIME + timedelta(seconds=1))
    await market.market_jobs.expire_orders()
    assert await state_of(market, order) == "paid"
    await market.market_jobs.expire_orders()
    assert len((await market.get("/v1/grants", "dora")).json()) == 1


async def test_an_order_whose_payment_cannot_be_called_off_yet_waits(market: Market) -> None:
    _, offer = await market.on_sale()
    order = await market.order(offer)
    await market.post(f"/v1/orders/{order}/payment", "dora")
    market.clock.advance(ORDER_LIFETIME + timedelta(seconds=1))
    market.standin.order("faults", fault="rate_limit", times=1)
    await market.market_jobs.expire_orders()
    assert await state_of(market, order) == "awaiting_payment"
    await market.market_jobs.expire_orders()
    assert await state_of(market, order) == "expired"


async def test_an_exclusive_order_keeps_others_out_until_it_expires(market: Market) -> None:
    listing, plain, sole = await exclusive(market)
    order = await market.order(sole)
    for offer in (plain, sole):
        refused = await market.post("/v1/orders", "emil", {"offer_id": offer})
        assert (refused.status_code, kind(refused)) == (409, "exclusively-reserved")
    withdrawn = await market.http.delete(
        f"/v1/listings/{listing}/publication", headers=market.members["ada"].headers
    )
    assert kind(withdrawn) == "not-for-sale"
    market.clock.advance(ORDER_LIFETIME + timedelta(seconds=1))
    await market.market_jobs.expire_orders()
    assert await state_of(market, order) == "expired"
    await market.order(sole, "emil")


async def test_an_exclusive_sale_ends_the_listing_and_spares_earlier_licences(
    market: Market,
) -> None:
    listing, plain, sole = await exclusive(market)
    earlier = await market.buy(plain, "emil")
    await market.buy(sole)
    assert (await market.get(f"/v1/listings/{listing}")).json()["state"] == "sold_exclusive"
    refused = await market.post("/v1/orders", "emil", {"offer_id": plain})
    assert kind(refused) == "not-for-sale"
    assert await state_of(market, earlier, "emil") == "paid"
    (grant,) = (await market.get("/v1/grants", "emil")).json()
    assert grant["state"] == "active"
    track = (await market.get(f"/v1/listings/{listing}")).json()["track_id"]
    again = await market.post(
        "/v1/listings",
        "ada",
        {"track_id": track, "generation": {"plan": "pro", "terms_sha256": "0" * 64}},
    )
    assert kind(again) == "track-listed-already"


async def test_of_two_exclusive_buyers_at_once_one_gets_the_track(market: Market) -> None:
    _, _, sole = await exclusive(market)
    answers = await asyncio.gather(
        *(market.post("/v1/orders", who, {"offer_id": sole}) for who in ("dora", "emil"))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409]


async def test_a_case_opened_meanwhile_stops_the_payment(market: Market) -> None:
    track = await market.track()
    _, offer = await market.on_sale(track)
    order = await market.order(offer)
    await market.restrict(track)
    refused = await market.post(f"/v1/orders/{order}/payment", "dora")
    assert (refused.status_code, kind(refused)) == (410, "listing-withheld")


async def test_without_a_key_no_payment_is_started(market: Market) -> None:
    _, offer = await market.on_sale()
    order = await market.order(offer)
    market.standin.order("faults", fault="rate_limit")
    answer = await market.post(f"/v1/orders/{order}/payment", "dora")
    assert kind(answer) == StripeUnavailable.slug
    assert await state_of(market, order) == "awaiting_payment"
