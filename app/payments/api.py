"""HTTP of payments: Stripe's webhooks, the books, refunds, and what a payee has earned."""

from __future__ import annotations

from typing import Annotated, Final

from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from app.core.access import PUBLIC, SIGNED_IN, only
from app.core.actor import Role
from app.core.clock import SystemClock
from app.core.runtime import Runtime
from app.core.unit_of_work import UnitOfWork
from app.payments import inbox, ledger, refunds
from app.payments.errors import WebhookRefused
from app.payments.schemas import (
    Acknowledgement,
    BucketView,
    EntryView,
    NewRefund,
    RefundView,
    TrialBalance,
)
from app.payments.webhooks import read_event
from licensing.money import Money

_MAX_WEBHOOK_BYTES: Final = 512 * 1024  # Stripe's largest snapshot events are some 100 KiB
_WALL_CLOCK: Final = SystemClock()  # Stripe signs with the real time, also in a sandbox

PageSize = Annotated[int, QueryParameter(ge=1, le=200)]
OrderQuery = Annotated[str, QueryParameter()]
BeforeQuery = Annotated[str | None, QueryParameter()]


class StripeWebhookController(Controller):
    """Where Stripe tells us what happened."""

    path = "/webhooks"
    tags = ["Payments"]

    @post(
        "/stripe",
        opt=PUBLIC,
        operation_id="receiveStripeWebhook",
        status_code=200,
        request_max_body_size=_MAX_WEBHOOK_BYTES,
    )
    async def receive(
        self, request: Request[object, object, State], uow: NamedDependency[UnitOfWork]
    ) -> Acknowledgement:
        """Take in a signed event. It is applied within seconds; the same event counts once."""
        runtime: Runtime = request.app.state.runtime
        signature = request.headers.get("stripe-signature")
        if signature is None:
            raise WebhookRefused("Only Stripe calls this address; the signature is missing.")
        event = read_event(
            await request.body(),
            signature,
            secret=runtime.settings.stripe_webhook_secret,
            at=_WALL_CLOCK.now(),
        )
        await inbox.receive(uow, event)
        return Acknowledgement()


class LedgerController(Controller):
    """The double-entry books."""

    path = "/v1/ledger"
    tags = ["Ledger"]

    @get("/trial-balance", opt=only(Role.FINANCE, Role.AUDITOR), operation_id="readTrialBalance")
    async def trial_balance(self, uow: NamedDependency[UnitOfWork]) -> TrialBalance:
        """Every account's balance, and whether they add up."""
        return TrialBalance.of(
            await ledger.trial_balance(uow.session),
            await ledger.balances_out_of_step(uow.session),
        )

    @get("/entries", opt=only(Role.FINANCE, Role.AUDITOR), operation_id="listLedgerEntries")
    async def entries(self, order: OrderQuery, uow: NamedDependency[UnitOfWork]) -> list[EntryView]:
        """Everything booked about one order, oldest first."""
        booked = await ledger.entries_of_order(uow.session, order)
        return [EntryView.of(entry) for entry in booked]


class EarningsController(Controller):
    """What you have earned, and where it lies."""

    path = "/v1"
    tags = ["Earnings"]

    @get("/balances", opt=SIGNED_IN, operation_id="listBalances")
    async def balances(self, uow: NamedDependency[UnitOfWork]) -> list[BucketView]:
        """Your buckets, by currency."""
        rows = await ledger.balances_of(uow.session, uow.actor.person_id)
        return [BucketView.of(bucket, balance) for bucket, balance in rows]

    @get("/statement", opt=SIGNED_IN, operation_id="readOwnStatement")
    async def statement(
        self,
        uow: NamedDependency[UnitOfWork],
        before: BeforeQuery = None,
        limit: PageSize = 50,
    ) -> list[EntryView]:
        """Your postings, newest first; ``before`` is the last entry that you have seen."""
        booked = await ledger.statement_of(
            uow.session, uow.actor.person_id, before=before, limit=limit
        )
        return [EntryView.of(entry) for entry in booked]


class RefundController(Controller):
    """Giving buyers their money back."""

    path = "/v1/orders/{order_id:str}/refunds"
    tags = ["Payments"]

    @post("/", opt=only(Role.FINANCE), operation_id="requestRefund")
    async def request_refund(
        self,
        order_id: FromPath[str],
        data: JSONBody[NewRefund],
        uow: NamedDependency[UnitOfWork],
    ) -> RefundView:
        """Take a refund out of the parties' shares and send it to the buyer."""
        refund = await refunds.request_refund(
            uow,
            order_id=order_id,
            amount=Money(data.amount_minor, data.currency),
            reason=data.reason,
        )
        return RefundView.of(refund)

    @get("/", opt=only(Role.FINANCE, Role.AUDITOR), operation_id="listRefunds")
    async def list_refunds(
        self, order_id: FromPath[str], uow: NamedDependency[UnitOfWork]
    ) -> list[RefundView]:
        """The refunds of an order, oldest first."""
        found = await refunds.refunds_of(uow.session, order_id)
        return [RefundView.of(refund) for refund in found]


CONTROLLERS = [StripeWebhookController, LedgerController, EarningsController, RefundController]
