"""Whatever happens to sales, in whatever order: no cent is lost or invented."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from app.core.clock import TestClock
from app.core.settings import Settings
from app.core.unit_of_work import UnitOfWork, UnitOfWorkFactory
from app.payments import checkout, disputes, refunds, service
from app.payments.models import Payment, Refund, Sale
from app.payments.policy import MATURES_AFTER
from app.payments.stripe_objects import (
    ORDER_ID,
    PAYMENT_ID,
    REFUND_ID,
    Intent,
    Movement,
    ProviderDispute,
    ProviderRefund,
)
from licensing.ledger import Bucket
from licensing.lifecycles.dispute import DisputeState
from licensing.lifecycles.refund import RefundState
from licensing.money import Money
from tests.payments.conftest import HOUSE, Studio, open_studio

FEE = 30
CASES = ("ntc_1", "ntc_2")

Step = tuple[str, int]
steps = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "sell",
                "sell",
                "mature",
                "hold",
                "release",
                "refund",
                "refund",
                "succeed",
                "fail",
                "dispute",
                "win",
                "lose",
            ]
        ),
        st.integers(min_value=1, max_value=2_000),
    ),
    min_size=8,
    max_size=30,
)


@pytest.fixture
def settings(sqlite_settings: Settings) -> Settings:
    """The rules under test are the same on both engines; their locks are tested elsewhere."""
    return sqlite_settings


def euro(minor: int) -> Money:
    return Money(minor, "EUR")


@dataclass
class Story:
    """A track's sales as Stripe would report them, and what we should hold at Stripe."""

    studio: Studio
    orders: list[str] = field(default_factory=list)
    at_stripe: int = 0

    async def do(self, action: str, number: int) -> None:
        await getattr(self, f"_{action}")(number)
        await self.check()

    async def check(self) -> None:
        await self.studio.check()
        owed = await self.studio.owed()
        assert min(owed.values()) >= 0
        assert await self.studio.account("asset:stripe") == self.at_stripe
        async with self.studio.units.look(HOUSE) as uow:
            for order in self.orders:
                await self._check_sale(uow, order)

    async def _check_sale(self, uow: UnitOfWork, order: str) -> None:
        sale = await uow.session.get_one(Sale, order)
        books = await service.sale_ledger(uow.session, sale)
        sold = books.divided()
        for legs in books.given_back():
            assert all(
                0 <= legs.shares[party].minor <= sold.shares[party].minor for party in sold.shares
            )
            assert 0 <= legs.platform_fee.minor <= sold.platform_fee.minor
        plenty = dict.fromkeys(sold.shares, euro(10**9))
        for position in books.unpaid(plenty).values():
            if sale.matured_at is None:
                assert position.available.minor == 0
            if await service.belongs_in(uow.session, sale) is Bucket.HELD:
                assert position.pending.minor == 0
            else:
                assert position.held.minor == 0
            if sale.matured_at is not None:
                assert position.pending.minor == 0

    async def _sell(self, number: int) -> None:
        gross = number + 50
        order = self.studio.new_order()
        async with self.studio.units.begin(HOUSE) as uow:
            payment = await checkout.open_payment(uow, order_id=order, amount=euro(gross))
            await checkout.apply_intent(uow, intent=_paid(payment, gross))
        await self.studio.sell(gross=gross, fee=FEE, order_id=order)
        self.orders.append(order)
        self.at_stripe += gross - FEE

    async def _mature(self, _: int) -> None:
        self.studio.clock.advance(MATURES_AFTER)
        await self.studio.mature()

    async def _hold(self, number: int) -> None:
        await self.studio.hold(CASES[number % len(CASES)])

    async def _release(self, number: int) -> None:
        await self.studio.release(CASES[number % len(CASES)])

    async def _refund(self, number: int) -> None:
        if not self.orders:
            return
        order = self.orders[number % len(self.orders)]
        async with self.studio.units.begin(HOUSE) as uow:
            left = await self._left(uow, order)
            if left and not await self._disputed(uow, order):
                amount = euro(1 + number % left)
                await refunds.request_refund(uow, order_id=order, amount=amount, reason="test")

    async def _succeed(self, number: int) -> None:
        await self._report(number, "succeeded")

    async def _fail(self, number: int) -> None:
        await self._report(number, "failed")

    async def _dispute(self, number: int) -> None:
        if not self.orders:
            return
        order = self.orders[number % len(self.orders)]
        async with self.studio.units.begin(HOUSE) as uow:
            left = await self._left(uow, order)
            if not left or await self._disputed(uow, order):
                return
            amount = euro(1 + number % left)
            reported = await _dispute(uow, order, "needs_response", amount)
            await disputes.apply_dispute(uow, reported=reported)
        self.at_stripe -= amount.minor + 1_500

    async def _win(self, number: int) -> None:
        await self._decide(number, "won")

    async def _lose(self, number: int) -> None:
        await self._decide(number, "lost")

    async def _decide(self, number: int, outcome: str) -> None:
        for order in self.orders[number % (len(self.orders) or 1) :]:
            async with self.studio.units.begin(HOUSE) as uow:
                for dispute in await disputes.disputes_of(uow.session, order):
                    if dispute.state is DisputeState.OPEN:
                        amount = euro(dispute.amount_minor)
                        reported = await _dispute(uow, order, outcome, amount)
                        await disputes.apply_dispute(uow, reported=reported)
                        await disputes.apply_dispute(uow, reported=reported)
                        self.at_stripe += amount.minor if outcome == "won" else 0
                        return

    async def _report(self, number: int, status: str) -> None:
        if not self.orders:
            return
        order = self.orders[number % len(self.orders)]
        async with self.studio.units.begin(HOUSE) as uow:
            for refund in await refunds.refunds_of(uow.session, order):
                before = refund.state
                sent = await _sent(uow, refund, status)
                for _ in range(2):
                    await refunds.apply_refund(uow, sent=sent)
                if status == "succeeded" and before in {
                    RefundState.REQUESTED,
                    RefundState.SUBMITTED,
                }:
                    self.at_stripe -= refund.amount_minor
                if status == "failed" and before is RefundState.SUCCEEDED:
                    self.at_stripe += refund.amount_minor

    async def _left(self, uow: UnitOfWork, order: str) -> int:
        sale = await uow.session.get_one(Sale, order)
        books = await service.sale_ledger(uow.session, sale)
        return sale.gross_minor - sum(legs.amount.minor for legs in books.given_back())

    async def _disputed(self, uow: UnitOfWork, order: str) -> bool:
        return bool(await disputes.disputes_of(uow.session, order))

    async def unwind(self) -> None:
        """End every case and dispute, and give all that is left back to the buyers."""
        for _ in self.orders:
            await self._decide(0, "won")
        for case in CASES:
            await self.studio.release(case)
        for order in self.orders:
            async with self.studio.units.begin(HOUSE) as uow:
                if left := await self._left(uow, order):
                    await refunds.request_refund(
                        uow, order_id=order, amount=euro(left), reason="everything"
                    )
        for number in range(len(self.orders)):
            await self._report(number, "succeeded")
        await self.check()


def _paid(payment: Payment, gross: int) -> Intent:
    return Intent(
        id=f"pi_{payment.id}",
        status="succeeded",
        amount=euro(gross),
        received=euro(gross),
        client_secret="",
        charge_id=f"ch_{payment.id}",
        fee=euro(FEE),
        metadata={ORDER_ID: payment.order_id, PAYMENT_ID: payment.id},
    )


async def _intent_of(uow: UnitOfWork, order: str) -> str | None:
    payment = await checkout.payment_of(uow.session, order)
    return None if payment is None else payment.intent_id


async def _sent(uow: UnitOfWork, refund: Refund, status: str) -> ProviderRefund:
    return ProviderRefund(
        id=f"re_{refund.id}",
        status=status,
        amount=euro(refund.amount_minor),
        intent_id=await _intent_of(uow, refund.order_id),
        metadata={REFUND_ID: refund.id},
    )


async def _dispute(uow: UnitOfWork, order: str, status: str, amount: Money) -> ProviderDispute:
    returned = Movement(amount, euro(0)) if status == "won" else None
    return ProviderDispute(
        id=f"du_{order}",
        status=status,
        reason="fraudulent",
        amount=amount,
        intent_id=await _intent_of(uow, order),
        withdrawal=Movement(amount, euro(1_500)),
        reinstatement=returned,
    )


@hypothesis.given(steps=steps)
@hypothesis.settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    # Shrinking takes minutes on a database; the failing steps are printed as they are.
    phases=(hypothesis.Phase.explicit, hypothesis.Phase.reuse, hypothesis.Phase.generate),
    suppress_health_check=[
        hypothesis.HealthCheck.function_scoped_fixture,
        hypothesis.HealthCheck.too_slow,
    ],
)
async def test_no_cent_is_lost_whatever_happens(
    units: UnitOfWorkFactory, clock: TestClock, database: Any, steps: list[Step]
) -> None:
    story = Story(await open_studio(units, clock))
    story.at_stripe = await story.studio.account("asset:stripe")
    for action, number in [("sell", 1_949), ("sell", 83), *steps]:
        await story.do(action, number)
    await story.unwind()
    owed = await story.studio.owed()
    assert set(owed.values()) == {0}
    for party in story.studio.parties:
        assert await story.studio.account(f"asset:receivable:{party}") == 0
