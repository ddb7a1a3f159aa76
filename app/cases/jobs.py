"""The sweep of cases: clocks that have come due, each in a transaction of its own."""

from __future__ import annotations

import logging
from typing import Final

from app.cases import clocks
from app.cases.agent import DesignatedAgent
from app.cases.expiry import act_on_clock
from app.core.actor import system
from app.core.runtime import Runtime
from app.core.sweeps import Sweep

_ACTOR: Final = system("case clocks")
_AT_ONCE: Final = 100  # the next sweep takes the rest, seconds later

logger = logging.getLogger(__name__)


class CaseJobs:
    """What cases do without anybody asking."""

    def __init__(self, runtime: Runtime) -> None:
        self._units = runtime.units
        self._agent = DesignatedAgent.of(runtime.settings)

    @property
    def sweeps(self) -> list[Sweep]:
        return [self.act_on_due_clocks]

    async def act_on_due_clocks(self) -> None:
        """Restore what waited long enough, let notices lapse, confirm and expire strikes."""
        async with self._units.look(_ACTOR) as uow:
            due = await clocks.due(uow.session, uow.now, _AT_ONCE)
        for clock_id in due:
            try:
                async with self._units.begin(_ACTOR) as uow:
                    await act_on_clock(uow, self._agent, clock_id=clock_id)
            except Exception:
                # A case that cannot go on must not keep the others from their statutory days.
                logger.exception("clock %s could not be acted upon; it is tried again", clock_id)
