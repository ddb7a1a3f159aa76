"""What payments mean for orders: the one place where money becomes a licence, and stops being one.

An order is brought into the state that its payment, refunds and disputes are in now, whatever
happened in between and in whatever order it was heard of. Doing it again changes nothing.
"""

from __future__ import annotations

from app.core.unit_of_work import UnitOfWork
from app.market.errors import PaymentMismatch
from app.market.grants import change_grant, issue_grant
from app.market.models import Listing, Offer, Order
from app.market.orders import free_reservation, price_of
from app.market.splits import split_of
from app.payments import checkout, disputes, refunds
from app.payments import service as payments
from app.payments.lifecycle import PaymentState
from app.payments.models import Payment
from app.provenance.house import HouseKeys
from licensing.lifecycles.dispute import DisputeState
from licensing.lifecycles.grant import GrantCommand
from licensing.lifecycles.listing import LISTING, ListingCommand
from licensing.lifecycles.order import ORDER, OrderCommand, OrderState
from licensing.money import Money
from licensing.splits import FeePolicy, share_sale
from licensing.templates import OfferKind, template_of

_KEPT = (OrderState.PAID, OrderState.PARTIALLY_REFUNDED, OrderState.REFUNDED)


async def settle_order(uow: UnitOfWork, house: HouseKeys, *, order_id: str) -> Order:
    """Bring an order to where its money is.

    Raises:
        PaymentMismatch: what was received is not the price; nothing is sold.
    """
    order = await uow.session.get_one(Order, order_id, with_for_update=True)
    payment = await checkout.payment_of(uow.session, order_id)
    if payment is None or payment.state is not PaymentState.SUCCEEDED:
        return order
    if order.state is OrderState.AWAITING_PAYMENT:
        await record_paid(uow, house, order, payment)
    states = {dispute.state for dispute in await disputes.disputes_of(uow.session, order_id)}
    if DisputeState.LOST in states:
        await _charge_back(uow, order)
    elif DisputeState.OPEN in states:
        await _suspend(uow, order)
    else:
        await _follow_refunds(uow, house, order)
    return order


async def record_paid(uow: UnitOfWork, house: HouseKeys, order: Order, payment: Payment) -> None:
    """Book a paid order to the cent, and grant its licence with a signed certificate.

    Raises:
        PaymentMismatch: what was received is not the price.
    """
    price = price_of(order)
    received = Money(payment.received_minor or 0, payment.currency)
    if received != price:
        raise PaymentMismatch(
            f"Received {received.minor} {received.currency} for an order over {price.minor} "
            f"{price.currency}.",
            order_id=order.id,
        )
    shares = share_sale(
        price,
        FeePolicy(order.platform_fee_basis_points, order.processing_fee_bearer),
        await split_of(uow.session, order.listing_id, order.split_version),
        Money(payment.processing_fee_minor or 0, payment.currency),
    )
    await payments.record_sale(uow, order_id=order.id, track_id=order.track_id, shares=shares)
    order.state, order.paid_at = ORDER.advance(order.state, OrderCommand.PAY), uow.now
    await issue_grant(uow, house, order)
    await _end_exclusive_sale(uow, order)
    uow.record("order.paid", order.id, received=received.minor, currency=received.currency)


async def _end_exclusive_sale(uow: UnitOfWork, order: Order) -> None:
    offer = await uow.session.get_one(Offer, order.offer_id)
    if template_of(offer.template).kind is not OfferKind.EXCLUSIVE:
        return
    listing = await uow.session.get_one(Listing, order.listing_id, with_for_update=True)
    listing.state = LISTING.advance(listing.state, ListingCommand.SELL_EXCLUSIVE)
    listing.ended_at = uow.now
    await free_reservation(uow.session, order)


async def _suspend(uow: UnitOfWork, order: Order) -> None:
    if order.state in _KEPT:
        _advance(uow, order, OrderCommand.DISPUTE)
    await change_grant(uow, order, GrantCommand.SUSPEND)


async def _charge_back(uow: UnitOfWork, order: Order) -> None:
    if order.state in _KEPT:
        _advance(uow, order, OrderCommand.DISPUTE)
    if order.state is OrderState.DISPUTED:
        _advance(uow, order, OrderCommand.CHARGE_BACK)
    await change_grant(uow, order, GrantCommand.REVOKE)


async def _follow_refunds(uow: UnitOfWork, house: HouseKeys, order: Order) -> None:
    given_back = await refunds.refunded(uow.session, order.id)
    target = _standing(given_back, order.price_minor)
    if order.state in (target, OrderState.CHARGED_BACK):
        return
    _advance(uow, order, _command_towards(order.state, target))
    if target is OrderState.REFUNDED:
        await change_grant(uow, order, GrantCommand.REVOKE)
    else:
        await change_grant(uow, order, GrantCommand.REINSTATE)
        # After a full refund that failed in the end, the licence was revoked for nothing.
        await issue_grant(uow, house, order)


def _standing(given_back: int, price: int) -> OrderState:
    if given_back == 0:
        return OrderState.PAID
    return OrderState.REFUNDED if given_back >= price else OrderState.PARTIALLY_REFUNDED


def _command_towards(state: OrderState, target: OrderState) -> OrderCommand:
    if target is OrderState.PAID:
        return OrderCommand.REINSTATE
    if target is OrderState.PARTIALLY_REFUNDED:
        if state is OrderState.PAID:
            return OrderCommand.REFUND_PARTIALLY
        return OrderCommand.REINSTATE_PARTIALLY_REFUNDED
    if state is OrderState.DISPUTED:
        return OrderCommand.REINSTATE_REFUNDED
    return OrderCommand.REFUND_FULLY


def _advance(uow: UnitOfWork, order: Order, command: OrderCommand) -> None:
    order.state = ORDER.advance(order.state, command)
    uow.record(f"order.{order.state.value}", order.id)
