"""What provenance does on its own: sealing the log, checking it, having it time-stamped.

The queue is the table of leaves without a place, so a crash loses nothing: the next sweep finds
the same rows.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.core.actor import system
from app.core.sweeps import Sweep
from app.core.unit_of_work import UnitOfWorkFactory
from app.provenance import log
from app.provenance.house import HouseKeys
from app.provenance.log_audit import LogAudit
from app.provenance.time_stamps import TimeStampAuthority, TimeStamper


class ProvenanceJobs:
    """The sealer and the auditor of the transparency log."""

    def __init__(
        self,
        units: UnitOfWorkFactory,
        house: HouseKeys,
        authority: TimeStampAuthority | None = None,
    ) -> None:
        self._units = units
        self._house = house
        self._audit = LogAudit(units)
        self._stamper = TimeStamper(units, authority) if authority else None

    @property
    def sweeps(self) -> Sequence[Sweep]:
        stamping = (self._stamper.stamp_newest,) if self._stamper else ()
        return (self.seal_queued, self._audit.step, *stamping)

    async def seal_queued(self) -> None:
        """Seal batch after batch until nothing is queued; each is a transaction of its own."""
        while await self._seal_batch():
            continue

    async def _seal_batch(self) -> bool:
        async with self._units.look(system("log sealer")) as uow:
            if not await log.has_queued(uow.session):  # looking takes no write lock
                return False
        async with self._units.begin(system("log sealer")) as uow:
            return await log.seal(uow, self._house) is not None
