"""The timeline is the truth: states follow from it, and nobody changes it unseen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import make_transient

from app.cases import timeline
from app.cases.models import CaseEvent, Decision, Notification, StatementOfReasons, Thing
from app.cases.timeline import TimelineBroken
from app.core.audit import AuditEvent
from licensing.errors import IllegalTransition
from tests.cases.world import HOUSE, World


async def _events(world: World) -> list[CaseEvent]:
    filed = await world.accepted()
    await world.counter(filed.notice.id)
    events = await world.events(filed.notice.id)
    for event in events:
        make_transient(event)
    return events


async def test_the_states_are_the_fold_of_the_events(world: World) -> None:
    filed = await world.accepted()
    await world.counter(filed.notice.id)
    await world.retract(filed)
    events = await world.events(filed.notice.id)
    assert timeline.fold(events) == {
        Thing(thing): state for thing, state in (await world.states(filed.notice.id)).items()
    }
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert (await world.notice(filed.notice.id)).version == len(events)
    assert timeline.verify(events) == events[-1].digest


async def test_a_change_of_any_field_is_found_where_it_happened(world: World) -> None:
    events = await _events(world)
    timeline.verify(events)
    target = events[2]
    changes: dict[str, Any] = {
        "at": target.at + timedelta(seconds=1),
        "actor_id": "usr_somebody",
        "actor_kind": "system",
        "actor_label": "x",
        "thing": Thing.STRIKE,
        "command": "x",
        "state": "x",
        "details": {"x": 1},
        "previous": bytes(32),
        "digest": bytes(32),
    }
    for field, value in changes.items():
        original = getattr(target, field)
        setattr(target, field, value)
        with pytest.raises(TimelineBroken) as broken:
            timeline.verify(events)
        assert broken.value.extra == {"sequence": 3}, field
        setattr(target, field, original)
    timeline.verify(events)


async def test_a_missing_or_moved_event_is_found(world: World) -> None:
    events = await _events(world)
    with pytest.raises(TimelineBroken):
        timeline.verify([*events[:3], *events[4:]])
    assert timeline.is_intact(events)
    assert not timeline.is_intact(events[1:])
    with pytest.raises(TimelineBroken):
        timeline.verify([events[1], events[0], *events[2:]])


async def test_each_audit_event_holds_the_head_of_the_timeline(world: World) -> None:
    filed = await world.accepted()
    events = await world.events(filed.notice.id)
    async with world.units.look(HOUSE) as uow:
        query = sa.select(AuditEvent).where(AuditEvent.action.startswith("notice."))
        audited = [each.details for each in await uow.session.scalars(query)]
    assert len(audited) == 3
    for details in audited:
        head = events[details["case_sequence"] - 1]
        assert details["case_head"] == head.digest.hex()
    assert max(details["case_sequence"] for details in audited) == len(events)


async def test_an_event_that_its_table_does_not_allow_cannot_be_folded(world: World) -> None:
    events = await _events(world)
    with pytest.raises(IllegalTransition):
        timeline.fold([*events, events[-1]])


@pytest.mark.parametrize("table", [CaseEvent, Decision, StatementOfReasons, Notification])
async def test_the_database_refuses_to_change_or_delete_what_was_said(
    world: World, table: type[Any]
) -> None:
    await world.accepted()
    column = sa.inspect(table).primary_key[0]
    for statement in (sa.delete(table), sa.update(table).values({column: column})):
        with pytest.raises(DBAPIError, match="append-only"):
            async with world.units.begin(HOUSE) as uow:
                await uow.session.execute(statement)
