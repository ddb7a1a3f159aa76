"""What happens when a clock of a case comes due: one clock, one transaction, once."""

from __future__ import annotations

from app.cases import letters
from app.cases.access import notice_for_update
from app.cases.agent import DesignatedAgent
from app.cases.correspondence import write_to_notifier
from app.cases.counter_notices import restore_after_waiting
from app.cases.models import CaseClock, Notice
from app.cases.service import close_notice
from app.cases.strikes import confirm_strike, expire_strike
from app.cases.timeline import advance_notice, record_decision
from app.core.unit_of_work import UnitOfWork
from licensing.clocks import (
    COUNTER_NOTICE_RESTORE,
    NOTICE_CURE,
    STRIKE_CONFIRMATION,
    STRIKE_EXPIRY,
)
from licensing.lifecycles.notice import NoticeCommand


async def act_on_clock(uow: UnitOfWork, agent: DesignatedAgent, *, clock_id: str) -> bool:
    """Do what the clock is for, if it still runs and has come due; False where it does not.

    The case is locked before the clock is looked at again, so that two workers, or a worker and a
    party, cannot both act.
    """
    found = await uow.session.get(CaseClock, clock_id)
    if found is None:
        return False
    notice = await notice_for_update(uow, found.notice_id)
    clock = await uow.session.get_one(CaseClock, clock_id, populate_existing=True)
    if clock.stopped_at is not None or clock.acts_at is None or clock.acts_at > uow.now:
        return False
    await _act(uow, agent, notice, clock.name)
    clock.stopped_at = uow.now
    await record_decision(uow, notice, "case-clock.acted-upon", clock.id, clock=clock.name)
    return True


async def _act(uow: UnitOfWork, agent: DesignatedAgent, notice: Notice, clock: str) -> None:
    if clock == NOTICE_CURE.slug:
        await advance_notice(uow, notice, NoticeCommand.LAPSE)
        write_to_notifier(uow, notice, letters.notice_lapsed(notice))
    elif clock == COUNTER_NOTICE_RESTORE.slug:
        await restore_after_waiting(uow, notice)
    elif clock == STRIKE_CONFIRMATION.slug:
        await confirm_strike(uow, agent, notice)
        await close_notice(uow, notice)
    elif clock == STRIKE_EXPIRY.slug:
        await expire_strike(uow, notice)
    else:
        raise ValueError(f"nothing is known to do when the clock {clock!r} comes due")
