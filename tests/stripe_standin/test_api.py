"""The real SDK against the stand-in's HTTP."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
import stripe

from tests.stripe_standin.process import SDK_DEPRECATION, RunningStandin

pytestmark = SDK_DEPRECATION

ClientOf = Callable[..., stripe.StripeClient]


def new_intent(client: stripe.StripeClient, amount: int = 2_000) -> stripe.PaymentIntent:
    return client.v1.payment_intents.create(
        {
            "amount": amount,
            "currency": "eur",
            "allowed_payment_method_types": ["card"],
            "transfer_group": "ord_1",
            "metadata": {"order_id": "ord_1"},
        }
    )


def paid(client: stripe.StripeClient, amount: int = 2_000) -> stripe.PaymentIntent:
    intent = new_intent(client, amount)
    return client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})


def test_a_payment_leaves_a_charge_and_its_fee(client: stripe.StripeClient) -> None:
    intent = client.v1.payment_intents.retrieve(
        paid(client).id, {"expand": ["latest_charge.balance_transaction"]}
    )
    assert (intent.status, intent.amount_received) == ("succeeded", 2_000)
    assert intent.metadata["order_id"] == "ord_1"
    charge = intent.latest_charge
    assert isinstance(charge, stripe.Charge)
    assert isinstance(charge.balance_transaction, stripe.BalanceTransaction)
    assert charge.balance_transaction.fee == 88  # 2.9 % of 20.00 and 0.30
    assert charge.balance_transaction.net == 1_912


def test_a_browser_confirms_with_the_client_secret_only(
    standin: RunningStandin, client: stripe.StripeClient
) -> None:
    intent = new_intent(client)
    assert intent.client_secret is not None
    forged = standin.confirm(intent.client_secret + "x")
    assert forged.status_code == 401
    answer = standin.confirm(intent.client_secret)
    assert answer.json()["status"] == "succeeded"


def test_without_a_key_nothing_opens(standin: RunningStandin) -> None:
    answer = standin.http.get("/v1/events")
    assert answer.status_code == 401


def test_a_declined_card_may_be_followed_by_another(client: stripe.StripeClient) -> None:
    intent = new_intent(client)
    with pytest.raises(stripe.CardError) as declined:
        client.v1.payment_intents.confirm(
            intent.id, {"payment_method": "pm_card_visa_chargeDeclined"}
        )
    assert declined.value.code == "card_declined"
    after = client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert after.status == "succeeded"


def test_a_card_may_ask_for_authentication(client: stripe.StripeClient) -> None:
    intent = new_intent(client)
    card: stripe.params.PaymentIntentConfirmParams = {
        "payment_method": "pm_card_authenticationRequired"
    }
    asked = client.v1.payment_intents.confirm(intent.id, card)
    assert asked.status == "requires_action"
    assert client.v1.payment_intents.confirm(intent.id, card).status == "succeeded"


def test_money_that_came_cannot_be_called_off(client: stripe.StripeClient) -> None:
    assert client.v1.payment_intents.cancel(new_intent(client).id).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.cancel(paid(client).id)
    assert refused.value.code == "payment_intent_unexpected_state"


def test_a_key_is_one_call(client: stripe.StripeClient) -> None:
    key = uuid.uuid4().hex
    params: stripe.params.PaymentIntentCreateParams = {"amount": 500, "currency": "eur"}
    first = client.v1.payment_intents.create(params, {"idempotency_key": key})
    again = client.v1.payment_intents.create(params, {"idempotency_key": key})
    assert first.id == again.id
    with pytest.raises(stripe.IdempotencyError):
        client.v1.payment_intents.create(
            {"amount": 501, "currency": "eur"}, {"idempotency_key": key}
        )


def test_a_declined_call_is_replayed_and_a_wrong_one_is_not(client: stripe.StripeClient) -> None:
    key = uuid.uuid4().hex
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.create({"amount": 1, "currency": "eur"}, {"idempotency_key": key})
    intent = client.v1.payment_intents.create(
        {"amount": 100, "currency": "eur"}, {"idempotency_key": key}
    )
    declined = uuid.uuid4().hex
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            client.v1.payment_intents.confirm(
                intent.id,
                {"payment_method": "pm_card_visa_chargeDeclined"},
                {"idempotency_key": declined},
            )


@pytest.mark.parametrize(
    "params",
    [
        {"amount": 100, "currency": "eur", "payment_method_types": ["card"]},
        {"amount": 100, "currency": "eur", "automatic_payment_methods": {"enable": True}},
        {"amount": 100, "currency": "eur", "idempotency_key": "in the wrong place"},
    ],
)
def test_parameters_that_the_sdk_does_not_know_are_refused(
    client: stripe.StripeClient, params: stripe.params.PaymentIntentCreateParams
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.create(params)
    assert refused.value.code == "parameter_unknown"


def test_no_more_is_refunded_than_was_paid(client: stripe.StripeClient) -> None:
    intent = paid(client)
    client.v1.refunds.create({"payment_intent": intent.id, "amount": 1_500})
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 501})
    rest = client.v1.refunds.create({"payment_intent": intent.id})
    assert rest.amount == 500
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": intent.id})
    assert refused.value.code == "charge_already_refunded"
    assert len(client.v1.refunds.list({"payment_intent": intent.id}).data) == 2


def test_a_refund_may_fail_days_later(standin: RunningStandin, client: stripe.StripeClient) -> None:
    refund = client.v1.refunds.create({"payment_intent": paid(client).id})
    standin.order(f"refunds/{refund.id}/fail")
    assert client.v1.refunds.retrieve(refund.id).status == "failed"


def test_a_dispute_takes_the_money_and_may_give_it_back(
    standin: RunningStandin, client: stripe.StripeClient
) -> None:
    intent = paid(client)
    opened = standin.order("disputes", payment_intent=intent.id)
    dispute = client.v1.disputes.retrieve(opened["id"])
    (taken,) = dispute.balance_transactions
    assert (taken.amount, taken.fee) == (-2_000, 1_500)
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create({"payment_intent": intent.id})
    standin.order(f"disputes/{dispute.id}/close", outcome="won")
    after = client.v1.disputes.retrieve(dispute.id)
    assert after.status == "won"
    assert [move.amount for move in after.balance_transactions] == [-2_000, 2_000]


def test_the_balance_is_the_sum_of_its_transactions(client: stripe.StripeClient) -> None:
    paid(client)
    moves = client.v1.balance_transactions.list({"limit": 100}).auto_paging_iter()
    total = sum(move.net for move in moves if move.currency == "eur")
    balance = client.v1.balance.retrieve()
    assert {entry.currency: entry.amount for entry in balance.available}["eur"] == total


@pytest.mark.parametrize("fault", ["server_error", "conflict", "lost_request", "lost_answer"])
def test_the_sdk_gets_through_ordered_faults_with_one_effect(
    standin: RunningStandin, client_of: ClientOf, fault: str
) -> None:
    client = client_of(retries=2)
    before = len(client.v1.payment_intents.list({"limit": 1_000}).data)
    standin.order("faults", fault=fault)
    new_intent(client)
    assert len(client.v1.payment_intents.list({"limit": 1_000}).data) == before + 1


def test_a_rate_limit_is_the_callers_to_wait_for(
    standin: RunningStandin, client_of: ClientOf
) -> None:
    standin.order("faults", fault="rate_limit")
    with pytest.raises(stripe.RateLimitError):
        new_intent(client_of(retries=2))


def test_unknown_objects_and_paths_are_404(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as missing:
        client.v1.charges.retrieve("ch_nothing")
    assert missing.value.code == "resource_missing"
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.customers.list()
