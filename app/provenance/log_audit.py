"""The log checks itself: every entry hashed anew, against every root that was signed.

Sealing compares the stored hashes with the last checkpoint; this compares the entries. An entry
that was altered in the database would otherwise be found by a stranger first.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import system
from app.core.unit_of_work import UnitOfWorkFactory
from app.provenance import log, merkle
from app.provenance.errors import LogInconsistent
from app.provenance.merkle import LeafRange, NodeId
from app.provenance.models import Checkpoint, LogLeaf

EVERY: Final = timedelta(hours=1)
"""Between the end of one pass and the start of the next: a pass reads the whole log."""

_ACTOR: Final = system("log audit")

logger = logging.getLogger(__name__)


class LogAudit:
    """A pass over the log in steps of one checkpoint's batch; it starts again with the process."""

    def __init__(self, units: UnitOfWorkFactory) -> None:
        self._units = units
        self._size = 0
        self._frontier: dict[NodeId, bytes] = {}
        self._rests_until: datetime | None = None

    async def step(self) -> None:
        """Check up to ``log.BATCH`` entries.

        Raises:
            LogInconsistent: an alarm, raised again at every step until it is seen to.
        """
        async with self._units.look(_ACTOR) as uow:
            if self._rests_until is not None and uow.now < self._rests_until:
                return
            self._rests_until = None
            signed = await _next_checkpoint(uow.session, self._size)
            if signed is None:
                self._rests_until, self._size, self._frontier = uow.now + EVERY, 0, {}
                return
            entries = await _entries(uow.session, self._size, signed.tree_size)
        hashes = [merkle.leaf_hash(entry) for entry in entries]
        nodes = {**self._frontier, **merkle.append(self._frontier, self._size, hashes)}
        size = self._size + len(hashes)
        if size != signed.tree_size or LeafRange(0, size).root(nodes) != signed.root:
            logger.critical("the log's entries are not those of checkpoint %d", signed.tree_size)
            raise LogInconsistent(
                f"An entry between {self._size} and {signed.tree_size} is not the one that was "
                "signed. Nothing may be changed; compare with a backup and with monitors."
            )
        self._frontier = {node: nodes[node] for node in LeafRange(0, size).nodes()}
        self._size = size


async def _next_checkpoint(session: AsyncSession, size: int) -> Checkpoint | None:
    """The last one within a batch's reach; a batch is never longer, so there is one if any is."""
    query = (
        sa.select(Checkpoint)
        .where(Checkpoint.tree_size > size, Checkpoint.tree_size <= size + log.BATCH)
        .order_by(Checkpoint.tree_size.desc())
        .limit(1)
    )
    found: Checkpoint | None = await session.scalar(query)
    return found


async def _entries(session: AsyncSession, start: int, end: int) -> list[bytes]:
    query = (
        sa.select(LogLeaf.entry)
        .where(LogLeaf.leaf_index >= start, LogLeaf.leaf_index < end)
        .order_by(LogLeaf.leaf_index)
    )
    return list(await session.scalars(query))
