"""The gateway and the outbox of its calls."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from app.core.settings import Settings
from app.core.unit_of_work import UnitOfWorkFactory
from app.payments import checkout, stripe_calls
from app.payments.errors import (
    PaymentAmountChanged,
    PaymentNotPossible,
    PaymentsNotConfigured,
    StripeCallChanged,
    StripeRefused,
    StripeUnavailable,
)
from app.payments.lifecycle import PAYMENT, PaymentCommand, PaymentState
from app.payments.models import CallState, Payment, StripeCall
from app.payments.stripe_gateway import InsecureStripeAddress, StripeGateway
from licensing.errors import IllegalTransition
from licensing.money import Money
from tests.payments.conftest import HOUSE
from tests.stripe_standin.process import SDK_DEPRECATION, RunningStandin, running_standin

pytestmark = SDK_DEPRECATION


@pytest.fixture(scope="module")
def standin() -> Iterator[RunningStandin]:
    with running_standin() as running:
        yield running


@pytest.fixture
async def gateway(standin: RunningStandin) -> AsyncIterator[StripeGateway]:
    gateway = StripeGateway.connect(
        Settings(stripe_api_key=standin.secret_key, stripe_api_base=standin.address)
    )
    yield gateway
    await gateway.close()


@pytest.mark.parametrize(
    ("base", "sandbox", "safe"),
    [
        ("https://stripe.example", False, True),
        ("http://127.0.0.1:9", False, True),
        ("http://[::1]:9", False, True),
        ("http://localhost:9", False, True),
        ("http://stripe.example", True, True),
        ("http://stripe.example", False, False),
        ("http://127.0.0.1.evil.example", False, False),
        ("http://192.168.1.4", False, False),
    ],
)
async def test_the_key_does_not_travel_in_the_clear(base: str, sandbox: bool, safe: bool) -> None:
    settings = Settings(stripe_api_key="sk_test_x", stripe_api_base=base, sandbox=sandbox)
    if safe:
        await StripeGateway.connect(settings).close()
    else:
        with pytest.raises(InsecureStripeAddress):
            StripeGateway.connect(settings)


async def test_without_a_key_the_gateway_says_so() -> None:
    with pytest.raises(PaymentsNotConfigured):
        await StripeGateway.connect(Settings()).intent("pi_1")


async def test_a_wrong_key_is_our_fault_and_not_the_buyers(standin: RunningStandin) -> None:
    gateway = StripeGateway.connect(
        Settings(stripe_api_key="sk_test_wrong", stripe_api_base=standin.address)
    )
    with pytest.raises(StripeUnavailable):
        await gateway.intent("pi_1")
    await gateway.close()


async def test_nobody_listening_is_unavailable() -> None:
    gateway = StripeGateway.connect(
        Settings(stripe_api_key="sk_test_x", stripe_api_base="http://127.0.0.1:1")
    )
    with pytest.raises(StripeUnavailable):
        await gateway.intent("pi_1")
    await gateway.close()


async def test_a_refusal_carries_stripes_code(gateway: StripeGateway) -> None:
    with pytest.raises(StripeRefused) as refused:
        await gateway.refund("re_nothing")
    assert refused.value.code == "resource_missing"


async def new_payment(units: UnitOfWorkFactory, amount: int = 2_000) -> Payment:
    async with units.begin(HOUSE) as uow:
        return await checkout.open_payment(
            uow, order_id=uow.new_id("ord"), amount=Money(amount, "EUR")
        )


async def test_a_call_is_written_down_before_it_is_made(
    units: UnitOfWorkFactory, gateway: StripeGateway, standin: RunningStandin
) -> None:
    payment = await new_payment(units)
    standin.order("faults", fault="rate_limit")
    with pytest.raises(StripeUnavailable):
        await checkout.ensure_intent(units, gateway, payment_id=payment.id)
    key = f"{payment.id}:create-intent"
    async with units.look(HOUSE) as uow:
        call = await uow.session.get_one(StripeCall, key)
        assert (call.state, call.object_id) == (CallState.PREPARED, None)
    intent = await checkout.ensure_intent(units, gateway, payment_id=payment.id)
    async with units.look(HOUSE) as uow:
        call = await uow.session.get_one(StripeCall, key)
        assert (call.state, call.object_id) == (CallState.ANSWERED, intent.id)
        stored = await uow.session.get_one(Payment, payment.id)
        assert (stored.state, stored.intent_id) == (PaymentState.REQUESTED, intent.id)


async def test_a_key_stands_for_one_set_of_parameters(units: UnitOfWorkFactory) -> None:
    async with units.begin(HOUSE) as uow:
        await stripe_calls.prepare(uow, key="k", operation="o", params={"amount": 1, "b": "c"})
        await stripe_calls.prepare(uow, key="k", operation="o", params={"b": "c", "amount": 1})
        with pytest.raises(StripeCallChanged):
            await stripe_calls.prepare(uow, key="k", operation="o", params={"amount": 2, "b": "c"})


async def test_an_order_is_paid_with_one_amount(units: UnitOfWorkFactory) -> None:
    payment = await new_payment(units)
    async with units.begin(HOUSE) as uow:
        same = await checkout.open_payment(
            uow, order_id=payment.order_id, amount=Money(2_000, "EUR")
        )
        assert same.id == payment.id
        with pytest.raises(PaymentAmountChanged):
            await checkout.open_payment(uow, order_id=payment.order_id, amount=Money(2_000, "USD"))


async def test_a_payment_never_asked_for_is_called_off_without_stripe(
    units: UnitOfWorkFactory,
) -> None:
    payment = await new_payment(units)
    offline = StripeGateway()
    state = await checkout.cancel_payment(units, offline, payment_id=payment.id)
    assert state is PaymentState.CANCELED
    assert (
        await checkout.cancel_payment(units, offline, payment_id=payment.id)
        is PaymentState.CANCELED
    )
    with pytest.raises(PaymentNotPossible):
        await checkout.ensure_intent(units, offline, payment_id=payment.id)


async def test_a_call_whose_answer_was_lost_is_called_off_at_stripe_too(
    units: UnitOfWorkFactory, gateway: StripeGateway, standin: RunningStandin
) -> None:
    payment = await new_payment(units)
    # Stripe made the intent, but neither answer nor retry came through.
    standin.order("faults", fault="lost_answer")
    standin.order("faults", fault="rate_limit")
    with pytest.raises(StripeUnavailable):
        await checkout.ensure_intent(units, gateway, payment_id=payment.id)
    state = await checkout.cancel_payment(units, gateway, payment_id=payment.id)
    assert state is PaymentState.CANCELED
    mine = [
        one
        for one in standin.objects("payment_intents")
        if one["metadata"].get("payment_id") == payment.id
    ]
    assert [one["status"] for one in mine] == ["canceled"]


async def test_an_intent_that_is_not_ours_is_left_alone(
    units: UnitOfWorkFactory, gateway: StripeGateway
) -> None:
    foreign = await gateway.create_intent({"amount": 100, "currency": "eur"}, key="foreign")
    async with units.begin(HOUSE) as uow:
        assert await checkout.apply_intent(uow, intent=foreign) is None


def test_a_payment_that_ended_stays_ended() -> None:
    for state in PAYMENT.terminal:
        for command in PaymentCommand:
            with pytest.raises(IllegalTransition):
                PAYMENT.advance(state, command)
