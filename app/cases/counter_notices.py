"""Use cases of counter notices, 17 U.S.C. 512(g): take in, forward, restore."""

from __future__ import annotations

from app.cases import clocks, letters
from app.cases.access import (
    counter_notice_to,
    existing_counter_notice,
    notice_for_decision,
    notice_for_update,
    restrictions_of,
)
from app.cases.agent import DesignatedAgent
from app.cases.correspondence import write_to_notifier, write_to_person
from app.cases.intake import CounterFiling
from app.cases.misuse import contact_digest
from app.cases.models import (
    CounterNotice,
    Notice,
    Party,
    Thing,
)
from app.cases.service import close_notice, restore_material
from app.cases.strikes import suspend_confirmation
from app.cases.timeline import (
    advance_counter_notice,
    append,
    open_thing,
    record,
    record_decision,
)
from app.core.actor import Role
from app.core.errors import Conflict, NotFound
from app.core.unit_of_work import UnitOfWork
from licensing.clocks import COUNTER_NOTICE_RESTORE
from licensing.counter_notices import CounterNoticeElement
from licensing.lifecycles.counter_notice import (
    COUNTER_NOTICE,
    CounterNoticeCommand,
    CounterNoticeState,
)


class NothingDisabled(Conflict):
    """A counter notice answers a removal; here nothing is removed (any more)."""

    slug = "nothing-disabled"
    title = "Nothing of this notice is in force"


class CounterNoticeExists(Conflict):
    """The notice was countered before."""

    slug = "counter-notice-exists"
    title = "This notice has a counter notice"


class TooEarly(Conflict):
    """Fewer than ten business days have passed; ``opens_at`` says when they have."""

    slug = "restoration-too-early"
    title = "The statutory waiting time is not over"


async def file_counter_notice(
    uow: UnitOfWork, agent: DesignatedAgent, *, notice_id: str, filing: CounterFiling
) -> tuple[CounterNotice, tuple[CounterNoticeElement, ...]]:
    """The uploader's counter notice, and what it lacks; a deficient one is completed by another.

    A complete one is forwarded at once, and the business days of 512(g)(2)(C) run from now.

    Raises:
        NotFound: the notice is not about a track of the actor.
        NothingDisabled: there is nothing to restore.
        CounterNoticeExists: there is one that is not deficient.
    """
    notice = await notice_for_update(uow, notice_id)
    if notice.uploader_id != uow.actor.person_id:
        raise NotFound("There is no notice with this id about a track of yours.")
    if not await restrictions_of(uow, notice):
        raise NothingDisabled("The track is up; there is nothing to restore.")
    counter = await counter_notice_to(uow, notice)
    if counter is None:
        counter = await _open_counter_notice(uow, notice, filing)
    elif counter.state is CounterNoticeState.DEFICIENT:
        await _replace_counter_notice(uow, counter, filing)
    else:
        raise CounterNoticeExists("Follow it in the case; it needs nothing more from you.")
    missing = filing.elements.missing
    if missing:
        await _send_back(uow, notice, counter, missing)
    else:
        await _forward(uow, agent, notice, counter)
    await record(
        uow,
        notice,
        "counter-notice.filed",
        counter.id,
        notice_id=notice.id,
        missing=[element.value for element in missing],
    )
    return counter, missing


async def restore(
    uow: UnitOfWork, *, notice_id: str, reason: str, expected_version: int
) -> CounterNotice:
    """Restore by hand: within the statutory window, or when a court has ended a stay-down.

    Raises:
        Forbidden: the actor is neither reviewer nor lawyer (for a stay-down: no lawyer).
        StaleVersion: the case has changed since the actor looked.
        TooEarly: fewer than ten business days have passed.
        IllegalState: the counter notice does not wait for this.
    """
    notice = await notice_for_decision(
        uow, notice_id, Role.REVIEWER, Role.LEGAL, expected_version=expected_version
    )
    counter = await existing_counter_notice(uow, notice)
    if counter.state is CounterNoticeState.STAY_DOWN:
        uow.actor.require(Role.LEGAL)
        await _restore(uow, notice, counter, because=reason)
    else:
        await restore_after_waiting(uow, notice)
    await record_decision(uow, notice, "notice.material-restored", notice.id)
    return counter


async def restore_after_waiting(uow: UnitOfWork, notice: Notice) -> None:
    """Restore because the statutory waiting time is over and nobody went to court.

    Late is not never: a service that was down past the fourteenth business day restores at once,
    and the event says that it was overdue.

    Raises:
        TooEarly: fewer than ten business days have passed.
        IllegalState: the counter notice does not wait.
    """
    counter = await existing_counter_notice(uow, notice)
    clock = await clocks.find(uow.session, notice.id, COUNTER_NOTICE_RESTORE)
    if clock is not None and uow.now < clock.opens_at:
        raise TooEarly(
            "The law gives the notifier ten business days to go to court.",
            opens_at=clock.opens_at.isoformat(),
        )
    overdue = clock is not None and uow.now >= clock.due_at
    await _restore(
        uow,
        notice,
        counter,
        because="the uploader sent a counter notice and no court action was reported in time",
        overdue=overdue,
    )


async def _open_counter_notice(
    uow: UnitOfWork, notice: Notice, filing: CounterFiling
) -> CounterNotice:
    uploader = Party(id=uow.new_id("pty"), created_at=uow.now)
    _identify(uploader, filing)
    uow.session.add(uploader)
    await uow.session.flush()
    counter = CounterNotice(
        id=uow.new_id("cnt"),
        notice_id=notice.id,
        uploader_party_id=uploader.id,
        state=COUNTER_NOTICE.initial,
        received_at=uow.now,
    )
    _fill(counter, filing)
    uow.session.add(counter)
    await open_thing(uow, notice, Thing.COUNTER_NOTICE, counter_notice_id=counter.id)
    return counter


async def _replace_counter_notice(
    uow: UnitOfWork, counter: CounterNotice, filing: CounterFiling
) -> None:
    _identify(await _uploader_of(uow, counter), filing)
    _fill(counter, filing)


def _identify(uploader: Party, filing: CounterFiling) -> None:
    uploader.name = filing.contact.name
    uploader.address = filing.contact.address
    uploader.telephone = filing.contact.telephone
    uploader.email = filing.contact.email
    uploader.signature = filing.signature
    uploader.contact_digest = contact_digest(filing.contact)


def _fill(counter: CounterNotice, filing: CounterFiling) -> None:
    counter.material = [place for place in filing.material if place.strip()]
    counter.explanation = filing.explanation
    counter.states_mistake_under_perjury = filing.states_mistake_under_perjury
    counter.consents_to_jurisdiction = filing.consents_to_jurisdiction
    counter.accepts_service = filing.accepts_service


async def _send_back(
    uow: UnitOfWork,
    notice: Notice,
    counter: CounterNotice,
    missing: tuple[CounterNoticeElement, ...],
) -> None:
    if counter.state is CounterNoticeState.RECEIVED:
        await advance_counter_notice(
            uow,
            notice,
            counter,
            CounterNoticeCommand.FIND_DEFICIENT,
            missing=[element.value for element in missing],
        )
    else:
        await append(
            uow, notice, "receive-addition", missing=[element.value for element in missing]
        )
    letter = letters.counter_notice_deficient(notice, missing)
    write_to_person(uow, notice, uow.actor.person_id, letter)


async def _forward(
    uow: UnitOfWork, agent: DesignatedAgent, notice: Notice, counter: CounterNotice
) -> None:
    counter.completed_at = uow.now
    await advance_counter_notice(uow, notice, counter, CounterNoticeCommand.FIND_COMPLETE)
    clock = await clocks.start(uow, notice, COUNTER_NOTICE_RESTORE, agent.zone)
    opens_on = clocks.first_day(clock, agent.zone)
    uploader = await _uploader_of(uow, counter)
    write_to_notifier(
        uow, notice, letters.counter_notice_forwarded(notice, counter, uploader, opens_on)
    )
    await advance_counter_notice(uow, notice, counter, CounterNoticeCommand.FORWARD)
    due_on = clocks.last_day(clock, agent.zone)
    letter = letters.counter_notice_received(notice, opens_on, due_on)
    write_to_person(uow, notice, uow.actor.person_id, letter)
    await suspend_confirmation(uow, notice)
    await advance_counter_notice(uow, notice, counter, CounterNoticeCommand.WAIT)


async def _restore(
    uow: UnitOfWork, notice: Notice, counter: CounterNotice, *, because: str, **details: bool
) -> None:
    await advance_counter_notice(uow, notice, counter, CounterNoticeCommand.RESTORE, **details)
    await clocks.stop(uow, notice, COUNTER_NOTICE_RESTORE)
    await restore_material(uow, notice, because=because)
    await close_notice(uow, notice)


async def _uploader_of(uow: UnitOfWork, counter: CounterNotice) -> Party:
    return await uow.session.get_one(Party, counter.uploader_party_id)
