"""Ordering a licence: what the buyer saw is pinned, and an exclusive one is kept for them."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.models import Track
from app.core.actor import ActorKind, Role
from app.core.errors import NotFound
from app.core.unit_of_work import UnitOfWork
from app.market.errors import (
    ExclusivelyReserved,
    ListingWithheld,
    NotForSale,
    OfferWithdrawn,
    OrderExpired,
    OwnTrack,
)
from app.market.models import ExclusiveReservation, Listing, Offer, Order
from app.market.policy import FEES, ORDER_LIFETIME, SWEEP_BATCH
from app.market.service import is_unlisted
from app.market.splits import current_split
from app.payments import checkout
from app.payments.models import Payment
from licensing.lifecycles.listing import ListingState
from licensing.lifecycles.order import ORDER, OrderCommand, OrderState
from licensing.money import Money
from licensing.templates import OfferKind, template_of

_STAFF: Final = (Role.FINANCE, Role.LEGAL, Role.AUDITOR)
_UNPAID: Final = (OrderState.CREATED, OrderState.AWAITING_PAYMENT)


async def place_order(uow: UnitOfWork, *, offer_id: str) -> Order:
    """Order a licence as it is offered now. Price, terms, split and fees stay as they are today.

    A licence that was ordered before an exclusive sale stays good beside it, as its text says.

    Raises:
        Forbidden: the actor is no buyer.
        NotFound, OfferWithdrawn, NotForSale, ListingWithheld: it is not for sale.
        OwnTrack: sellers do not buy from themselves.
        ExclusivelyReserved: somebody is paying for an exclusive licence.
    """
    uow.actor.require(Role.BUYER)
    offer = await uow.session.get(Offer, offer_id)
    if offer is None:
        raise NotFound("There is no offer with this id.")
    # One order at a time per listing, so that two buyers cannot both reserve it.
    listing = await uow.session.get_one(Listing, offer.listing_id, with_for_update=True)
    await uow.session.refresh(offer)
    await _require_for_sale(uow, listing, offer)
    split = await current_split(uow.session, listing.id)
    if split is None:
        raise NotForSale("Nobody has said yet who shares its earnings.")
    order = Order(
        id=uow.new_id("ord"),
        buyer_id=uow.actor.person_id,
        listing_id=listing.id,
        offer_id=offer.id,
        track_id=listing.track_id,
        split_version=split.version,
        terms_hash=offer.terms_hash,
        price_minor=offer.price_minor,
        currency=offer.currency,
        platform_fee_basis_points=FEES.platform_fee_basis_points,
        processing_fee_bearer=FEES.processing_fee_bearer,
        state=ORDER.initial,
        created_at=uow.now,
        expires_at=uow.now + ORDER_LIFETIME,
        paid_at=None,
    )
    uow.session.add(order)
    await uow.session.flush()
    if template_of(offer.template).kind is OfferKind.EXCLUSIVE:
        await _reserve(uow, order)
    uow.record("order.placed", order.id, offer=offer.id, terms=offer.terms_hash)
    return order


async def order_for(uow: UnitOfWork, order_id: str, *, to_change: bool = False) -> Order:
    """An order that the actor may see: its buyer's, or any for staff and the system.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    order = await uow.session.get(Order, order_id, with_for_update=to_change)
    if order is None or not _may_see(uow, order):
        raise NotFound("You have no order with this id.")
    return order


async def start_payment(uow: UnitOfWork, *, order_id: str) -> Payment:
    """The payment of one's own order, to be made at Stripe next; again answers with the same one.

    Raises:
        NotFound: not an order of the actor.
        OrderExpired: the time to pay is over.
        ListingWithheld: a case was opened meanwhile.
    """
    order = await order_for(uow, order_id, to_change=True)
    if order.buyer_id != uow.actor.user_id:
        raise NotFound("You have no order with this id.")
    if order.state is OrderState.EXPIRED or (
        order.state in _UNPAID and order.expires_at <= uow.now
    ):
        raise OrderExpired("Place a new order.")
    if order.state in _UNPAID and await is_unlisted(uow.session, order.track_id, uow.now):
        raise ListingWithheld("A case about the track is open; nothing was charged.")
    if order.state is OrderState.CREATED:
        order.state = ORDER.advance(order.state, OrderCommand.START_PAYMENT)
    return await checkout.open_payment(uow, order_id=order.id, amount=price_of(order))


async def expire_order(uow: UnitOfWork, *, order_id: str) -> Order:
    """End an order that was not paid in time, once no money can come for it any more."""
    order = await uow.session.get_one(Order, order_id, with_for_update=True)
    if order.state in _UNPAID and order.expires_at <= uow.now:
        order.state = ORDER.advance(order.state, OrderCommand.EXPIRE)
        await free_reservation(uow.session, order)
        uow.record("order.expired", order.id)
    return order


async def due_orders(uow: UnitOfWork) -> list[str]:
    """Orders whose time to pay is over, oldest first, a batch at a time."""
    query = (
        sa.select(Order.id)
        .where(Order.state.in_(_UNPAID), Order.expires_at <= uow.now)
        .order_by(Order.expires_at)
        .limit(SWEEP_BATCH)
    )
    return list(await uow.session.scalars(query))


async def orders_of(
    session: AsyncSession, buyer_id: str, *, before: str | None, limit: int
) -> list[Order]:
    """A buyer's orders, newest first, starting after the order ``before``."""
    query = sa.select(Order).where(Order.buyer_id == buyer_id)
    if before is not None:
        query = query.where(Order.id < before)
    return list(await session.scalars(query.order_by(Order.id.desc()).limit(limit)))


async def free_reservation(session: AsyncSession, order: Order) -> None:
    """The order no longer keeps the track from others, if it did."""
    reservation = await session.get(ExclusiveReservation, order.track_id)
    if reservation is not None and reservation.order_id == order.id:
        await session.delete(reservation)
        await session.flush()


def price_of(order: Order) -> Money:
    """What the buyer pays."""
    return Money(order.price_minor, order.currency)


async def _require_for_sale(uow: UnitOfWork, listing: Listing, offer: Offer) -> None:
    track = await uow.session.get_one(Track, listing.track_id)
    if listing.state is not ListingState.PUBLISHED:
        raise NotForSale("The listing is not on the market.")
    if await is_unlisted(uow.session, track.id, uow.now):
        raise ListingWithheld("A case about the track is open.")
    if offer.withdrawn_at is not None:
        raise OfferWithdrawn("See the listing for what is offered now.")
    if listing.owner_id == uow.actor.user_id:
        raise OwnTrack("You hold all rights that you could buy here.")
    reservation = await uow.session.get(ExclusiveReservation, track.id)
    if reservation is not None:
        raise ExclusivelyReserved("Try again in half an hour; the buyer may not pay.")


async def _reserve(uow: UnitOfWork, order: Order) -> None:
    uow.session.add(
        ExclusiveReservation(track_id=order.track_id, order_id=order.id, reserved_at=uow.now)
    )
    await uow.session.flush()


def _may_see(uow: UnitOfWork, order: Order) -> bool:
    if uow.actor.kind is ActorKind.SYSTEM:
        return True
    return order.buyer_id == uow.actor.user_id or uow.actor.has(*_STAFF)
