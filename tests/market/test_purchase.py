"""From an order to a licence: paid at the stand-in, booked to the cent, proved by a certificate."""

from __future__ import annotations

import base64
import json

import pytest

from app.market.errors import PaymentMismatch
from app.market.settlement import settle_order
from app.payments import checkout
from app.payments.models import Payment
from app.provenance import log
from app.provenance.offline import Trust, verify
from licensing.certificate import LicenceCertificate
from tests.market.world import HOUSE, Market
from tests.stripe_standin.process import SDK_DEPRECATION

pytestmark = SDK_DEPRECATION


async def books(market: Market) -> dict[str, int]:
    answer = await market.get("/v1/ledger/trial-balance", "finn")
    assert answer.status_code == 200, answer.text
    report = answer.json()
    assert set(report["totals"].values()) <= {0}
    assert report["out_of_step"] == []
    return {row["account"]: row["minor"] for row in report["accounts"] if row["minor"]}


async def state_of(market: Market, order_id: str, who: str = "dora") -> str:
    answer = await market.get(f"/v1/orders/{order_id}", who)
    state: str = answer.json()["state"]
    return state


async def test_a_paid_order_is_shared_to_the_cent(market: Market) -> None:
    _, offer = await market.on_sale()
    order = await market.buy(offer)
    assert await state_of(market, order) == "paid"
    ada, bob, cleo = (market.members[name].id for name in ("ada", "bob", "cleo"))
    assert await books(market) == {
        "asset:stripe": 2_000 - 88,
        "expense:processing": 88,
        "income:platform_fee": -300,
        f"liability:payee:{ada}:pending": -850,
        f"liability:payee:{bob}:pending": -567,
        f"liability:payee:{cleo}:pending": -283,
    }
    own = (await market.get("/v1/balances", "bob")).json()
    assert own == [{"bucket": "pending", "balance": {"amount_minor": 567, "currency": "EUR"}}]


async def test_each_party_sees_its_own_postings_only(market: Market) -> None:
    _, offer = await market.on_sale()
    await market.buy(offer)
    (entry,) = (await market.get("/v1/statement", "cleo")).json()
    assert [line["minor"] for line in entry["postings"]] == [-283]
    assert (await market.get("/v1/statement", "dora")).json() == []
    assert (await market.get("/v1/ledger/trial-balance", "ada")).status_code == 403


async def test_duplicates_and_disorder_have_one_effect(market: Market) -> None:
    _, offer = await market.on_sale()
    order = await market.order(offer)
    intent = await market.pay(order)
    events = market.events_of(intent)
    for event in [*reversed(events), *events, *reversed(events)]:
        assert (await market.deliver(event)).status_code == 200
        await market.work()
    assert (await books(market))["asset:stripe"] == 1_912
    assert len((await market.get("/v1/grants", "dora")).json()) == 1


async def test_a_declined_card_may_be_followed_by_a_good_one(market: Market) -> None:
    _, offer = await market.on_sale()
    order = await market.order(offer)
    intent = await market.pay(order, card="pm_card_visa_chargeDeclined")
    await market.hear(intent)
    assert await state_of(market, order) == "awaiting_payment"
    assert await market.pay(order) == intent
    await market.hear(intent)
    assert await state_of(market, order) == "paid"


async def test_asking_for_the_payment_again_gives_the_same_one(market: Market) -> None:
    _, offer = await market.on_sale()
    order = await market.order(offer)
    path, key = f"/v1/orders/{order}/payment", {"Idempotency-Key": "one"}
    answers = [await market.post(path, "dora", **key) for _ in range(2)]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["payment_intent"] for answer in answers}) == 1
    assert answers[0].headers["cache-control"] == "no-store"
    assert (await market.post(path, "emil")).status_code == 404


async def test_a_lost_answer_of_stripe_is_found_again(market: Market) -> None:
    _, offer = await market.on_sale()
    order = await market.order(offer)
    market.standin.order("faults", fault="rate_limit")
    refused = await market.post(f"/v1/orders/{order}/payment", "dora")
    assert refused.status_code == 503
    assert refused.json()["type"].endswith("/stripe-unavailable")
    market.standin.order("faults", fault="lost_answer")
    intent = await market.pay(order)
    mine = [one for one in market.standin.objects("payment_intents") if order in json.dumps(one)]
    assert [one["id"] for one in mine] == [intent]


async def test_what_was_received_must_be_the_price(market: Market) -> None:
    _, offer = await market.on_sale()
    order = await market.order(offer)
    intent = await market.pay(order)
    event = next(e for e in market.events_of(intent) if e["type"] == "payment_intent.succeeded")
    assert (await market.deliver(event)).status_code == 200
    await market.market_jobs._read_payment(event["id"])
    async with market.units.begin(HOUSE) as uow:
        payment = await checkout.payment_of(uow.session, order)
        assert isinstance(payment, Payment)
        payment.received_minor = 1_999
    with pytest.raises(PaymentMismatch):
        async with market.units.begin(HOUSE) as uow:
            await settle_order(uow, market.house, order_id=order)
    assert await state_of(market, order) == "awaiting_payment"
    assert await books(market) == {}


async def test_the_certificate_verifies_offline(market: Market) -> None:
    _, offer = await market.on_sale()
    order = await market.buy(offer)
    (grant,) = (await market.get("/v1/grants", "dora")).json()
    path = f"/v1/grants/{grant['id']}/certificate"
    early = await market.get(path, "dora")
    assert (early.status_code, early.headers["retry-after"]) == (409, "5")
    async with market.units.begin(HOUSE) as uow:
        await log.seal(uow, market.house)
    answer = await market.get(path, "dora")
    assert answer.status_code == 200, answer.text
    key = market.house.statements.public_key
    report = verify(answer.content, Trust({key.kid: key}, (market.house.log_key,)))
    assert report.accepted, report
    payload = json.loads(_payload(answer.json()["envelope"]))
    certificate = LicenceCertificate.from_statement(payload)
    assert certificate.order_id == order
    assert certificate.licensee.party_id == market.members["dora"].id
    downloads = (await market.get(f"/v1/grants/{grant['id']}/download", "dora")).json()["files"]
    assert {file.sha256 for file in certificate.files} == {file["sha256"] for file in downloads}
    status = (await market.get(f"/v1/certificates/{certificate.certificate_id}")).json()
    assert status["state"] == "active"
    assert certificate.status_url.endswith(f"/v1/certificates/{certificate.certificate_id}")
    assert (await market.get(path, "emil")).status_code == 404


def _payload(envelope: dict[str, str]) -> bytes:
    return base64.b64decode(envelope["payload"])
