"""The log checks itself, on both engines."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.core.clock import TestClock
from app.core.unit_of_work import UnitOfWorkFactory
from app.provenance import log
from app.provenance.errors import LogInconsistent
from app.provenance.log_audit import EVERY, LogAudit
from app.provenance.models import LogLeaf
from tests.provenance.generators import OPERATOR
from tests.provenance.test_log import queue, seal


async def alter(units: UnitOfWorkFactory, index: int, entry: bytes) -> bytes:
    """Put another entry in a sealed leaf's place; what was there."""
    async with units.begin(OPERATOR) as uow:
        leaf = (
            await uow.session.scalars(sa.select(LogLeaf).where(LogLeaf.leaf_index == index))
        ).one()
        before, leaf.entry = leaf.entry, entry
    return before


async def whole_pass(audit: LogAudit) -> None:
    """Over three checkpoints, and then to rest."""
    for _ in range(4):
        await audit.step()


@pytest.mark.parametrize("index", [0, 6, 12])
async def test_an_altered_entry_is_found_and_the_alarm_stays(
    units: UnitOfWorkFactory,
    clock: TestClock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    index: int,
) -> None:
    monkeypatch.setattr(log, "BATCH", 5)
    for count in (3, 5, 5):
        await queue(units, count)
        await seal(units)
    audit = LogAudit(units)
    await whole_pass(audit)
    before = await alter(units, index, b"another")
    await audit.step()
    clock.advance(EVERY + timedelta(seconds=1))
    with pytest.raises(LogInconsistent):
        await whole_pass(audit)
    with pytest.raises(LogInconsistent):
        await audit.step()
    assert "not those of checkpoint" in caplog.text
    await alter(units, index, before)
    await audit.step()


async def test_an_empty_log_is_in_order(units: UnitOfWorkFactory) -> None:
    await LogAudit(units).step()
