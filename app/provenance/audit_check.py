"""The chain of audit events checks itself: every event digested anew, against every logged head."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final

from app.core.actor import system
from app.core.unit_of_work import UnitOfWorkFactory
from app.provenance import audit_chain
from app.provenance.errors import AuditTampered
from app.provenance.models import AuditHead

EVERY: Final = timedelta(hours=1)
"""Between the end of one pass and the start of the next: a pass reads every event."""

_ACTOR: Final = system("audit check")

logger = logging.getLogger(__name__)


class AuditCheck:
    """A pass over the events in steps of one head; it starts again with the process."""

    def __init__(self, units: UnitOfWorkFactory) -> None:
        self._units = units
        self._reached: AuditHead | None = None
        self._rests_until: datetime | None = None

    async def step(self) -> None:
        """Check the events of one head.

        Raises:
            AuditTampered: an alarm, raised again at every step until it is seen to.
        """
        async with self._units.look(_ACTOR) as uow:
            if self._rests_until is not None and uow.now < self._rests_until:
                return
            self._rests_until = None
            try:
                self._reached = await audit_chain.verify_next(uow.session, self._reached)
            except AuditTampered as alarm:
                logger.critical("%s", alarm.detail)
                raise
            if self._reached is None:
                self._rests_until = uow.now + EVERY
