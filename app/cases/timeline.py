"""The timeline of a case: append-only events, chained by hash; the states are a fold over them.

Each event holds the SHA-256 of its RFC 8785 form, in which the previous event's digest is a
member. A change of any field of any event breaks the chain from there on. Whoever can write the
whole table could still forge all of it; so the audit event of each use case holds the head of the
chain at that moment, and each decision enters the transparency log with it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Final

import rfc8785
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.cases.models import CaseEvent, CounterNotice, Notice, Strike, Thing
from app.core.errors import IllegalState, ServiceError
from app.core.unit_of_work import UnitOfWork
from app.provenance import log
from licensing.errors import IllegalTransition
from licensing.lifecycle import Lifecycle
from licensing.lifecycles.counter_notice import COUNTER_NOTICE, CounterNoticeCommand
from licensing.lifecycles.notice import NOTICE, NoticeCommand
from licensing.lifecycles.strike import STRIKE, StrikeCommand

CASE_DECISION: Final = "case-decision"
"""The kind of log entry. Its document: ``case``, ``sequence`` and digest of the last event
(``timelineHead``), the ``action`` and its ``details``."""

OPENED: Final = "open"
"""The event with which a thing begins, in the initial state of its lifecycle."""

_GENESIS: Final = bytes(32)


class TimelineBroken(ServiceError):
    """The stored events of a case do not form a chain: somebody changed them."""

    slug = "timeline-broken"
    title = "The timeline of this case was tampered with"


async def append(
    uow: UnitOfWork,
    notice: Notice,
    command: str,
    *,
    thing: Thing = Thing.CASE,
    state: StrEnum | None = None,
    **details: Any,
) -> CaseEvent:
    """Add an event. The caller holds the lock on the notice's row, so the sequence has no gaps.

    ``details`` must hold no personal data and no floats.
    """
    previous = await uow.session.get(CaseEvent, (notice.id, notice.version))
    event = CaseEvent(
        notice_id=notice.id,
        sequence=notice.version + 1,
        at=uow.now,
        actor_kind=uow.actor.kind.value,
        actor_id=uow.actor.user_id,
        actor_label=uow.actor.label,
        thing=thing,
        command=command,
        state=None if state is None else state.value,
        details=details,
        previous=_GENESIS if previous is None else previous.digest,
    )
    event.digest = digest_of(event)
    uow.session.add(event)
    notice.version += 1
    await uow.session.flush()
    return event


async def record(
    uow: UnitOfWork, notice: Notice, action: str, subject: str, **details: Any
) -> None:
    """The audit event of a use case that changed the case, with the head of its timeline."""
    last = await uow.session.get_one(CaseEvent, (notice.id, notice.version))
    uow.record(
        action,
        subject,
        case=notice.id,
        case_sequence=last.sequence,
        case_head=last.digest.hex(),
        **details,
    )


async def record_decision(
    uow: UnitOfWork, notice: Notice, action: str, subject: str, **details: Any
) -> None:
    """As ``record``, for what parties may one day have to prove: it enters the log, salted."""
    await record(uow, notice, action, subject, **details)
    last = await uow.session.get_one(CaseEvent, (notice.id, notice.version))
    await log.queue_salted(
        uow,
        kind=CASE_DECISION,
        subject=entry_subject(notice.id, last.sequence),
        document={
            "action": action,
            "case": notice.id,
            "sequence": last.sequence,
            "timelineHead": last.digest.hex(),
            **({"details": details} if details else {}),
        },
    )


def entry_subject(notice_id: str, sequence: int) -> str:
    """What the log's entry for the decision that ended with this event is found by."""
    return f"{notice_id}/{sequence}"


async def open_thing(uow: UnitOfWork, notice: Notice, thing: Thing, **details: Any) -> None:
    """Record that a thing with a life of its own begins."""
    state = _LIFECYCLES[thing].initial
    await append(uow, notice, OPENED, thing=thing, state=state, **details)


async def advance_notice(
    uow: UnitOfWork, notice: Notice, command: NoticeCommand, **details: Any
) -> None:
    """Take the notice one step on. Raises IllegalState where its table has no such row."""
    notice.state = _next(NOTICE, notice.state, command)
    await append(uow, notice, command, thing=Thing.NOTICE, state=notice.state, **details)


async def advance_counter_notice(
    uow: UnitOfWork,
    notice: Notice,
    counter: CounterNotice,
    command: CounterNoticeCommand,
    **details: Any,
) -> None:
    """Take the counter notice one step on. Raises IllegalState where its table has no such row."""
    counter.state = _next(COUNTER_NOTICE, counter.state, command)
    await append(uow, notice, command, thing=Thing.COUNTER_NOTICE, state=counter.state, **details)


async def advance_strike(
    uow: UnitOfWork, notice: Notice, strike: Strike, command: StrikeCommand, **details: Any
) -> None:
    """Take the strike one step on. Raises IllegalState where its table has no such row."""
    strike.state = _next(STRIKE, strike.state, command)
    await append(uow, notice, command, thing=Thing.STRIKE, state=strike.state, **details)


async def events_of(session: AsyncSession, notice_id: str) -> list[CaseEvent]:
    """The events of a case in their order."""
    query = (
        sa.select(CaseEvent).where(CaseEvent.notice_id == notice_id).order_by(CaseEvent.sequence)
    )
    return list(await session.scalars(query))


def digest_of(event: CaseEvent) -> bytes:
    """SHA-256 of the event's RFC 8785 form, the previous digest included."""
    document: dict[str, Any] = {
        "case": event.notice_id,
        "sequence": event.sequence,
        "at": event.at.isoformat(),
        "actor": [event.actor_kind, event.actor_id, event.actor_label],
        "thing": event.thing.value,
        "command": event.command,
        "state": event.state,
        "details": event.details,
        "previous": event.previous.hex(),
    }
    return hashlib.sha256(rfc8785.dumps(document)).digest()


def verify(events: Iterable[CaseEvent]) -> bytes:
    """The digest of the last event; all zeros where there are none.

    Raises:
        TimelineBroken: names the first sequence number at which the chain does not hold.
    """
    head = _GENESIS
    for expected, event in enumerate(events, start=1):
        broken = (
            event.sequence != expected or event.previous != head or event.digest != digest_of(event)
        )
        if broken:
            raise TimelineBroken(
                f"Event {expected} of {event.notice_id} is not what was written.",
                sequence=expected,
            )
        head = event.digest
    return head


def is_intact(events: Iterable[CaseEvent]) -> bool:
    """Whether the events form their chain, for whoever must see them even if they do not."""
    try:
        verify(events)
    except TimelineBroken:
        return False
    return True


def fold(events: Iterable[CaseEvent]) -> dict[Thing, StrEnum]:
    """The states that the events lead to, by the transition tables alone.

    Raises:
        IllegalTransition: an event that its table does not allow at that point.
    """
    states: dict[Thing, StrEnum] = {}
    for event in events:
        lifecycle = _LIFECYCLES.get(event.thing)
        if lifecycle is None:
            continue
        if event.command == OPENED:
            states[event.thing] = lifecycle.initial
        else:
            command = _COMMANDS[event.thing](event.command)
            states[event.thing] = lifecycle.advance(states[event.thing], command)
    return states


_LIFECYCLES: Final[Mapping[Thing, Lifecycle[Any, Any]]] = {
    Thing.NOTICE: NOTICE,
    Thing.COUNTER_NOTICE: COUNTER_NOTICE,
    Thing.STRIKE: STRIKE,
}
_COMMANDS: Final[Mapping[Thing, type[StrEnum]]] = {
    Thing.NOTICE: NoticeCommand,
    Thing.COUNTER_NOTICE: CounterNoticeCommand,
    Thing.STRIKE: StrikeCommand,
}


def _next(lifecycle: Lifecycle[Any, Any], state: StrEnum, command: StrEnum) -> Any:
    try:
        return lifecycle.advance(state, command)
    except IllegalTransition as refusal:
        raise IllegalState(
            str(refusal), state=state.value, possible=list(refusal.allowed)
        ) from refusal
