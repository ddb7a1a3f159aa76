"""What provenance does on its own: chaining audit events, sealing the log, checking both.

The queue is the table of leaves without a place, so a crash loses nothing: the next sweep finds
the same rows.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.core.actor import system
from app.core.sweeps import Sweep
from app.core.unit_of_work import UnitOfWorkFactory
from app.provenance import audit_chain, log
from app.provenance.audit_check import AuditCheck
from app.provenance.house import HouseKeys
from app.provenance.log_audit import LogAudit
from app.provenance.time_stamps import TimeStampAuthority, TimeStamper


class ProvenanceJobs:
    """The sealer and the auditors of the transparency log and of what enters it."""

    def __init__(
        self,
        units: UnitOfWorkFactory,
        house: HouseKeys,
        authority: TimeStampAuthority | None = None,
    ) -> None:
        self._units = units
        self._house = house
        self._log_audit = LogAudit(units)
        self._audit_check = AuditCheck(units)
        self._stamper = TimeStamper(units, authority) if authority else None

    @property
    def sweeps(self) -> Sequence[Sweep]:
        stamping = (self._stamper.stamp_newest,) if self._stamper else ()
        return (
            self.chain_events,
            self.seal_queued,
            self._log_audit.step,
            self._audit_check.step,
            *stamping,
        )

    async def chain_events(self) -> None:
        """Give waiting audit events their places and queue the chain's new head."""
        while await self._chain_batch():
            continue

    async def seal_queued(self) -> None:
        """Seal batch after batch until nothing is queued; each is a transaction of its own."""
        while await self._seal_batch():
            continue

    async def _chain_batch(self) -> bool:
        async with self._units.look(system("audit chain")) as uow:
            if not await audit_chain.is_due(uow):  # looking takes no write lock
                return False
        async with self._units.begin(system("audit chain")) as uow:
            return await audit_chain.extend(uow) is not None

    async def _seal_batch(self) -> bool:
        async with self._units.look(system("log sealer")) as uow:
            if not await log.has_queued(uow.session):  # looking takes no write lock
                return False
        async with self._units.begin(system("log sealer")) as uow:
            return await log.seal(uow, self._house) is not None
