"""Card disputes, followed by what they move on our balance and not by the names of their states."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import NotFound
from app.core.unit_of_work import UnitOfWork
from app.payments import ledger, service
from app.payments.errors import NotYetSettled
from app.payments.models import Dispute, Payment, Sale
from app.payments.stripe_objects import Movement, ProviderDispute
from licensing.ledger import (
    JournalEntry,
    dispute_funds_withdrawn,
    dispute_lost,
    dispute_won,
)
from licensing.lifecycles.dispute import DISPUTE, DisputeCommand, DisputeState
from licensing.refunds import split_refund

_BEFORE_MONEY_MOVED = (DisputeState.RECEIVED, DisputeState.WARNING)


async def apply_dispute(uow: UnitOfWork, *, reported: ProviderDispute) -> Dispute | None:
    """Note what became of a dispute at Stripe; None where it is not of a payment of ours.

    While it is open the sale's earnings are kept back; lost, the parties give their legs back out
    of them. Applying it again, or an older state of it, changes nothing.

    Raises:
        NotYetSettled: its sale is not booked yet.
    """
    order_id = await _order_of(uow.session, reported)
    if order_id is None:
        return None
    sale = await _booked_sale(uow.session, order_id)
    dispute = await _dispute_behind(uow, sale, reported)
    if dispute.state in DISPUTE.terminal:
        return dispute
    if reported.withdrawal is not None and dispute.state in _BEFORE_MONEY_MOVED:
        await _withdraw(uow, dispute, reported.withdrawal)
    elif reported.status.startswith("warning_") and dispute.state is DisputeState.RECEIVED:
        _advance(uow, dispute, DisputeCommand.WARN)
    if reported.status == "warning_closed" and dispute.state is DisputeState.WARNING:
        _advance(uow, dispute, DisputeCommand.CLOSE_WARNING)
    elif dispute.state is DisputeState.OPEN:
        await _decide(uow, sale, dispute, reported)
    return dispute


async def disputes_of(session: AsyncSession, order_id: str) -> list[Dispute]:
    """All disputes of an order, oldest first."""
    query = sa.select(Dispute).where(Dispute.order_id == order_id).order_by(Dispute.id)
    return list(await session.scalars(query))


async def _withdraw(uow: UnitOfWork, dispute: Dispute, taken: Movement) -> None:
    await _post(uow, dispute, dispute_funds_withdrawn(taken.amount, taken.fee), "withdrawn")
    await service.hold_sale(uow, order_id=dispute.order_id, cause=dispute.id)
    _advance(uow, dispute, DisputeCommand.WITHDRAW_FUNDS)


async def _decide(uow: UnitOfWork, sale: Sale, dispute: Dispute, reported: ProviderDispute) -> None:
    if reported.reinstatement is not None:
        returned = reported.reinstatement
        # A fee that comes back is a negative fee of the second balance transaction.
        await _post(uow, dispute, dispute_won(returned.amount, -returned.fee), "won")
        command = DisputeCommand.WIN
    elif reported.status == "lost":
        books = await service.sale_ledger(uow.session, sale)
        legs = split_refund(books.divided(), books.given_back(), reported.amount)
        positions = books.drawable(await service.available_of(uow.session, sale, books))
        await _post(uow, dispute, dispute_lost(legs, positions), "lost")
        command = DisputeCommand.LOSE
    else:
        return
    # What the dispute did not take, if it was about a part of the sale only, comes free.
    await service.release_shares(uow, case_id=dispute.id)
    _advance(uow, dispute, command)


async def _dispute_behind(uow: UnitOfWork, sale: Sale, reported: ProviderDispute) -> Dispute:
    query = sa.select(Dispute).where(Dispute.provider_id == reported.id).with_for_update()
    dispute: Dispute | None = await uow.session.scalar(query)
    if dispute is None:
        dispute = Dispute(
            id=uow.new_id("dsp"),
            order_id=sale.order_id,
            provider_id=reported.id,
            amount_minor=reported.amount.minor,
            currency=reported.amount.currency,
            reason=reported.reason,
            state=DISPUTE.initial,
            opened_at=uow.now,
            ended_at=None,
        )
        uow.session.add(dispute)
        await uow.session.flush()
    return dispute


async def _post(uow: UnitOfWork, dispute: Dispute, entry: JournalEntry, step: str) -> None:
    await ledger.post(
        uow,
        entry,
        key=f"dispute-{step}:{dispute.id}",
        subject=dispute.id,
        order_id=dispute.order_id,
    )


def _advance(uow: UnitOfWork, dispute: Dispute, command: DisputeCommand) -> None:
    dispute.state = DISPUTE.advance(dispute.state, command)
    if dispute.state in DISPUTE.terminal:
        dispute.ended_at = uow.now
    uow.record(f"dispute.{dispute.state.value}", dispute.id, order=dispute.order_id)


async def _order_of(session: AsyncSession, reported: ProviderDispute) -> str | None:
    query = sa.select(Payment.order_id).where(Payment.intent_id == (reported.intent_id or ""))
    found: str | None = await session.scalar(query)
    return found


async def _booked_sale(session: AsyncSession, order_id: str) -> Sale:
    try:
        return await service.locked_sale(session, order_id)
    except NotFound as error:
        raise NotYetSettled("The sale is booked first; this is tried again.") from error
