"""The chain of audit events on both engines: what is altered afterwards is found."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.audit import AuditEvent, digest_of
from app.core.clock import TestClock
from app.core.unit_of_work import UnitOfWorkFactory
from app.provenance import audit_chain, log, offline
from app.provenance.audit_check import EVERY as CHECK_EVERY
from app.provenance.audit_check import AuditCheck
from app.provenance.errors import AuditTampered
from app.provenance.jobs import ProvenanceJobs
from app.provenance.models import AuditHead, LogDisclosure
from app.provenance.offline import Trust
from tests.provenance.generators import OPERATOR, new_house

HOUSE = new_house()


async def happen(units: UnitOfWorkFactory, count: int) -> None:
    async with units.begin(OPERATOR) as uow:
        for number in range(count):
            uow.record("thing.happened", f"thing-{number}", number=number)


async def chain(units: UnitOfWorkFactory) -> AuditHead:
    async with units.begin(OPERATOR) as uow:
        head = await audit_chain.extend(uow)
    assert head is not None
    return head


async def whole_pass(check: AuditCheck, heads: int) -> None:
    for _ in range(heads + 1):
        await check.step()


async def test_each_event_gets_one_place_and_each_head_enters_the_log(
    units: UnitOfWorkFactory,
) -> None:
    for count in (3, 1, 5):
        await happen(units, count)
        await chain(units)
    async with units.begin(OPERATOR) as uow:
        assert await audit_chain.extend(uow) is None
        places = await uow.session.scalars(sa.select(AuditEvent.position))
        assert sorted(place or 0 for place in places) == list(range(1, 10))
        assert await log.seal(uow, HOUSE) is not None
    async with units.look(OPERATOR) as uow:
        with pytest.raises(sa.exc.MultipleResultsFound):
            await log.disclose(uow.session, HOUSE, "audit")
        await whole_pass(AuditCheck(units), 3)


async def test_a_head_proves_itself_offline_and_its_entry_tells_nothing(
    units: UnitOfWorkFactory,
) -> None:
    await happen(units, 2)
    head = await chain(units)
    async with units.begin(OPERATOR) as uow:
        await log.seal(uow, HOUSE)
    async with units.look(OPERATOR) as uow:
        disclosed = await log.disclose(uow.session, HOUSE, "audit")
    assert disclosed.document == {"events": 2, "head": head.digest.hex()}
    entry = json.loads(disclosed.logged().entry)
    assert entry.keys() == {"at", "kind", "saltedSha256"}
    report = offline.verify(msgspec.json.encode(disclosed), Trust(logs=(HOUSE.log_key,)))
    assert report.accepted


async def drop_triggers(session: AsyncSession) -> None:
    """What somebody with the database's own password can do."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(sa.text("DROP TRIGGER audit_event_append_only ON audit_event"))
        return
    for change in ("update", "delete"):
        await session.execute(sa.text(f"DROP TRIGGER audit_event_no_{change}"))


async def _other_words(session: AsyncSession) -> None:
    await session.execute(
        sa.update(AuditEvent).where(AuditEvent.position == 4).values(subject="thing-9")
    )


async def _other_words_and_digest(session: AsyncSession) -> None:
    event = (await session.scalars(sa.select(AuditEvent).where(AuditEvent.position == 4))).one()
    event.actor_label = "somebody else"
    event.digest = digest_of(event)


async def _one_less(session: AsyncSession) -> None:
    await session.execute(sa.delete(AuditEvent).where(AuditEvent.position == 4))


async def _another_order(session: AsyncSession) -> None:
    for old, new in ((4, 1000), (5, 4), (1000, 5)):
        await session.execute(
            sa.update(AuditEvent).where(AuditEvent.position == old).values(position=new)
        )


@pytest.mark.parametrize(
    "tamper", [_other_words, _other_words_and_digest, _one_less, _another_order]
)
async def test_whatever_is_done_to_an_event_is_found_and_the_alarm_stays(
    units: UnitOfWorkFactory,
    clock: TestClock,
    caplog: pytest.LogCaptureFixture,
    tamper: Callable[[AsyncSession], Awaitable[None]],
) -> None:
    for count in (3, 4):
        await happen(units, count)
        await chain(units)
    check = AuditCheck(units)
    await whole_pass(check, 2)
    async with units.begin(OPERATOR) as uow:
        await drop_triggers(uow.session)
        await tamper(uow.session)
    await check.step()  # it rests
    clock.advance(CHECK_EVERY)
    with caplog.at_level(logging.CRITICAL), pytest.raises(AuditTampered):
        await whole_pass(check, 2)
    with pytest.raises(AuditTampered):
        await check.step()
    assert "audit event" in caplog.text


async def test_a_forger_of_events_and_heads_still_contradicts_the_log(
    units: UnitOfWorkFactory,
) -> None:
    await happen(units, 3)
    head = await chain(units)
    async with units.begin(OPERATOR) as uow:
        kept = await uow.session.get_one(LogDisclosure, head.leaf_sequence)
        kept.document = kept.document.replace(b"3", b"4")
        kept.salt = bytes(32)
    with pytest.raises(AuditTampered):
        await AuditCheck(units).step()


async def test_the_database_refuses_to_change_what_an_event_says(units: UnitOfWorkFactory) -> None:
    await happen(units, 1)
    await chain(units)
    for statement in (
        sa.update(AuditEvent).values(subject="another"),
        sa.update(AuditHead).values(digest=bytes(32)),
        sa.delete(AuditEvent),
        sa.delete(AuditHead),
    ):
        with pytest.raises(DBAPIError, match="append-only"):
            async with units.begin(OPERATOR) as uow:
                await uow.session.execute(statement)


async def test_the_sweep_waits_its_turn_and_never_chases_its_own_tail(
    units: UnitOfWorkFactory, clock: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = ProvenanceJobs(units, HOUSE)

    async def heads() -> int:
        async with units.look(OPERATOR) as uow:
            return await uow.session.scalar(sa.select(sa.func.count(AuditHead.position))) or 0

    async def sweep() -> None:
        await jobs.chain_events()
        await jobs.seal_queued()

    await sweep()
    assert await heads() == 0
    await happen(units, 1)
    await sweep()
    assert await heads() == 1
    clock.advance(audit_chain.EVERY * 5)
    await sweep()  # all that happened is that the log sealed the head
    assert await heads() == 1
    await happen(units, 1)
    await sweep()
    assert await heads() == 2
    await happen(units, 1)
    clock.advance(audit_chain.EVERY - timedelta(seconds=1))
    await sweep()
    assert await heads() == 2
    monkeypatch.setattr(audit_chain, "BATCH", 3)
    await happen(units, 3)
    await sweep()  # a whole batch does not wait, the rest of it does
    assert await heads() == 3
    clock.advance(audit_chain.EVERY)
    await sweep()
    assert await heads() == 4
