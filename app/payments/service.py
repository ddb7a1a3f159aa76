"""Use cases of the books: sales, their maturing, and keeping earnings back.

Rows are locked in one order everywhere: the track, its sales by order id, the payees' buckets by
account code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.models import Track
from app.core.errors import NotFound
from app.core.unit_of_work import UnitOfWork
from app.payments import ledger
from app.payments.models import Hold, Sale
from app.payments.policy import MATURES_AFTER, SWEEP_BATCH
from app.payments.sale_ledger import SaleLedger
from licensing.ledger import Bucket, PayeePosition, hold, mature, purchase, release
from licensing.lifecycles.hold import HOLD, HoldCommand, HoldState
from licensing.money import Money
from licensing.splits import SaleShares


async def record_sale(uow: UnitOfWork, *, order_id: str, track_id: str, shares: SaleShares) -> Sale:
    """Book a paid order. A case open on the track keeps its earnings back at once.

    Recording the same sale again changes nothing.

    Raises:
        EntryKeyReused: the order was booked before with other amounts.
    """
    await _lock_track(uow.session, track_id)
    await ledger.post(
        uow, purchase(shares), key=f"purchase:{order_id}", subject=order_id, order_id=order_id
    )
    booked = await uow.session.get(Sale, order_id)
    if booked is not None:
        return booked
    sale = Sale(
        order_id=order_id,
        track_id=track_id,
        gross_minor=shares.gross.minor,
        currency=shares.gross.currency,
        sold_at=uow.now,
        matures_at=uow.now + MATURES_AFTER,
        matured_at=None,
    )
    uow.session.add(sale)
    await uow.session.flush()
    uow.record("sale.booked", order_id, gross=shares.gross.minor, currency=shares.gross.currency)
    for case in await _open_holds(uow.session, sale):
        await _keep_back(uow, case, [sale])
    return sale


async def due_sales(session: AsyncSession, now: datetime) -> list[str]:
    """Orders whose earnings have waited long enough, oldest first, a batch at a time."""
    query = (
        sa.select(Sale.order_id)
        .where(Sale.matured_at.is_(None), Sale.matures_at <= now)
        .order_by(Sale.matures_at, Sale.order_id)
        .limit(SWEEP_BATCH)
    )
    return list(await session.scalars(query))


async def mature_sale(uow: UnitOfWork, *, order_id: str) -> Sale:
    """Make what a sale has pending available for payout; again changes nothing.

    What is kept back stays so, and is released into available from now on.

    Raises:
        NotFound: no such sale.
    """
    sale = await locked_sale(uow.session, order_id)
    if sale.matured_at is not None or sale.matures_at > uow.now:
        return sale
    positions = await unpaid_positions(uow.session, sale)
    pending = {party: position.pending for party, position in positions.items()}
    if any(amount.minor for amount in pending.values()):
        await ledger.post(
            uow, mature(pending), key=f"mature:{order_id}", subject=order_id, order_id=order_id
        )
    sale.matured_at = uow.now
    uow.record("sale.matured", order_id)
    return sale


async def hold_shares(uow: UnitOfWork, *, track_id: str, case_id: str) -> Hold:
    """Keep back all unpaid earnings of a track, also of sales still to come, until released.

    Holding again for the same case changes nothing.

    Raises:
        NotFound: no such track.
    """
    await _lock_track(uow.session, track_id)
    there = await _open_hold(uow.session, case_id, Hold.track_id == track_id)
    if there is not None:
        return there
    case = await _begin_hold(uow, cause=case_id, track_id=track_id)
    query = sa.select(Sale).where(Sale.track_id == track_id)
    await _keep_back(uow, case, await _locked(uow.session, query))
    return case


async def hold_sale(uow: UnitOfWork, *, order_id: str, cause: str) -> Hold:
    """Keep back the unpaid earnings of one sale, because of a card dispute.

    Raises:
        NotFound: no such sale.
    """
    sale = await locked_sale(uow.session, order_id)
    there = await _open_hold(uow.session, cause, Hold.order_id == order_id)
    if there is not None:
        return there
    case = await _begin_hold(uow, cause=cause, order_id=order_id)
    await _keep_back(uow, case, [sale])
    return case


async def release_shares(uow: UnitOfWork, *, case_id: str) -> list[Hold]:
    """End the holds of a case: earnings go back to the bucket that they came from.

    A sale that has matured meanwhile is released into *available*; one that another case still
    holds stays held until that one ends. Releasing again changes nothing.
    """
    query = (
        sa.select(Hold).where(Hold.cause == case_id, Hold.state == HoldState.HELD).order_by(Hold.id)
    )
    ended = list(await uow.session.scalars(query))
    for case in ended:
        if case.track_id is not None:
            await _lock_track(uow.session, case.track_id)
        await uow.session.refresh(case, with_for_update=True)
        if case.state is HoldState.HELD:
            await _end_hold(uow, case)
    return ended


async def locked_sale(session: AsyncSession, order_id: str) -> Sale:
    """
    Raises:
        NotFound: no such sale.
    """
    sale = await session.get(Sale, order_id, with_for_update=True, populate_existing=True)
    if sale is None:
        raise NotFound("This order was never paid.")
    return sale


async def sale_ledger(session: AsyncSession, sale: Sale) -> SaleLedger:
    """What the books say about a sale."""
    entries = await ledger.entries_of_order(session, sale.order_id)
    return SaleLedger(sale.currency, tuple(entries))


async def unpaid_positions(session: AsyncSession, sale: Sale) -> Mapping[str, PayeePosition]:
    """What each party still has of a sale; the buckets are locked until the transaction ends."""
    books = await sale_ledger(session, sale)
    return books.unpaid(await available_of(session, sale, books))


async def available_of(session: AsyncSession, sale: Sale, books: SaleLedger) -> Mapping[str, Money]:
    """The whole available balance of each party of a sale, locked."""
    parties = sorted(books.divided().shares)
    await ledger.lock_buckets(session, parties)
    return await ledger.bucket_balances(session, parties, sale.currency, Bucket.AVAILABLE)


async def belongs_in(session: AsyncSession, sale: Sale) -> Bucket:
    """The bucket that earnings of a sale belong in now."""
    if await _open_holds(session, sale):
        return Bucket.HELD
    return Bucket.AVAILABLE if sale.matured_at is not None else Bucket.PENDING


async def _begin_hold(
    uow: UnitOfWork, *, cause: str, track_id: str | None = None, order_id: str | None = None
) -> Hold:
    case = Hold(
        id=uow.new_id("hld"),
        cause=cause,
        track_id=track_id,
        order_id=order_id,
        state=HOLD.initial,
        held_at=uow.now,
        ended_at=None,
    )
    uow.session.add(case)
    await uow.session.flush()
    uow.record("earnings.held", track_id or order_id or "", cause=cause, hold=case.id)
    return case


async def _keep_back(uow: UnitOfWork, case: Hold, sales: Sequence[Sale]) -> None:
    for sale in sales:
        positions = await unpaid_positions(uow.session, sale)
        if any(
            position.pending.minor + position.available.minor for position in positions.values()
        ):
            await ledger.post(
                uow,
                hold(positions),
                key=f"hold:{case.id}:{sale.order_id}",
                subject=case.id,
                order_id=sale.order_id,
            )


async def _end_hold(uow: UnitOfWork, case: Hold) -> None:
    case.state = HOLD.advance(case.state, HoldCommand.RELEASE)
    case.ended_at = uow.now
    await uow.session.flush()
    concerned = Sale.order_id == case.order_id
    if case.track_id is not None:
        concerned = Sale.track_id == case.track_id
    for sale in await _locked(uow.session, sa.select(Sale).where(concerned)):
        into = await belongs_in(uow.session, sale)
        held = (await sale_ledger(uow.session, sale)).held()
        if held and into is not Bucket.HELD:
            await ledger.post(
                uow,
                release(held, into),
                key=f"release:{case.id}:{sale.order_id}",
                subject=case.id,
                order_id=sale.order_id,
            )
    uow.record(
        "earnings.released", case.track_id or case.order_id or "", cause=case.cause, hold=case.id
    )


async def _open_hold(
    session: AsyncSession, cause: str, scope: sa.ColumnElement[bool]
) -> Hold | None:
    query = sa.select(Hold).where(Hold.cause == cause, scope, Hold.state == HoldState.HELD)
    found: Hold | None = await session.scalar(query)
    return found


async def _open_holds(session: AsyncSession, sale: Sale) -> list[Hold]:
    query = sa.select(Hold).where(
        sa.or_(Hold.track_id == sale.track_id, Hold.order_id == sale.order_id),
        Hold.state == HoldState.HELD,
    )
    return list(await session.scalars(query.order_by(Hold.id)))


async def _locked(session: AsyncSession, query: sa.Select[Sale]) -> list[Sale]:
    ordered = query.order_by(Sale.order_id).with_for_update()
    return list(await session.scalars(ordered.execution_options(populate_existing=True)))


async def _lock_track(session: AsyncSession, track_id: str) -> None:
    # A sale and a case on one track must see each other, whichever comes first.
    query = sa.select(Track.id).where(Track.id == track_id).with_for_update()
    if await session.scalar(query) is None:
        raise NotFound("There is no such track.")
