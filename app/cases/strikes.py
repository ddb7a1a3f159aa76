"""Strikes under the repeat-infringer policy, 17 U.S.C. 512(i).

A strike is provisional for as long as the uploader may still be right: it counts when the days to
dispute pass in silence or when a dispute is lost, and never once the material is back.
"""

from __future__ import annotations

from app.cases import clocks
from app.cases.access import strike_for
from app.cases.agent import DesignatedAgent
from app.cases.models import Notice, Strike, Thing
from app.cases.timeline import advance_strike, open_thing
from app.core.unit_of_work import UnitOfWork
from licensing.clocks import STRIKE_CONFIRMATION, STRIKE_EXPIRY
from licensing.lifecycles.strike import STRIKE, StrikeCommand, StrikeState


async def impose_strike(
    uow: UnitOfWork, agent: DesignatedAgent, notice: Notice, person_id: str
) -> Strike:
    """Mark the uploader, provisionally."""
    strike = Strike(
        id=uow.new_id("str"),
        notice_id=notice.id,
        person_id=person_id,
        state=STRIKE.initial,
        imposed_at=uow.now,
    )
    uow.session.add(strike)
    await open_thing(uow, notice, Thing.STRIKE, strike_id=strike.id)
    await clocks.start(uow, notice, STRIKE_CONFIRMATION, agent.zone)
    return strike


async def suspend_confirmation(uow: UnitOfWork, notice: Notice) -> None:
    """A dispute is pending: the strike stays provisional until it ends."""
    await clocks.stop(uow, notice, STRIKE_CONFIRMATION)


async def confirm_strike(uow: UnitOfWork, agent: DesignatedAgent, notice: Notice) -> None:
    """Let a provisional strike count, until it expires. Does nothing to any other."""
    strike = await strike_for(uow, notice)
    if strike is None or strike.state is not StrikeState.PROVISIONAL:
        return
    await advance_strike(uow, notice, strike, StrikeCommand.CONFIRM)
    await clocks.stop(uow, notice, STRIKE_CONFIRMATION)
    await clocks.start(uow, notice, STRIKE_EXPIRY, agent.zone)


async def expire_strike(uow: UnitOfWork, notice: Notice) -> None:
    """A strike does not count for ever. Does nothing to one that does not count."""
    strike = await strike_for(uow, notice)
    if strike is None or strike.state is not StrikeState.ACTIVE:
        return
    await advance_strike(uow, notice, strike, StrikeCommand.EXPIRE)
    await clocks.stop(uow, notice, STRIKE_EXPIRY)


async def annul_strike(uow: UnitOfWork, notice: Notice) -> None:
    """The material is back: the strike never counted. Does nothing to one that has ended."""
    strike = await strike_for(uow, notice)
    if strike is None or strike.state not in {StrikeState.PROVISIONAL, StrikeState.ACTIVE}:
        return
    await advance_strike(uow, notice, strike, StrikeCommand.ANNUL)
    await clocks.stop(uow, notice, STRIKE_CONFIRMATION, STRIKE_EXPIRY)
