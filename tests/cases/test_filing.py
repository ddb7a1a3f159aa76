"""Notices as they come in: complete, curable, without effect, and too many."""

from __future__ import annotations

from datetime import timedelta
from itertools import chain, combinations

import pytest
import sqlalchemy as sa

from app.cases import filing, misuse
from app.cases.intake import Cure, UnknownLocation, elements_of
from app.cases.models import Notice, Notification, Outcome, Party
from app.core.actor import ANONYMOUS
from app.core.audit import AuditEvent
from app.core.clock import TestClock
from app.core.errors import IllegalState, NotFound
from licensing.clocks import NOTICE_CURE, NOTICE_TRIAGE
from licensing.lifecycles.notice import NoticeState
from licensing.notices import Completeness, Contact, NoticeElement, completeness
from tests.cases.world import (
    AGENT,
    HOUSE,
    NOTIFIER,
    World,
    complete_filing,
    unused_listing_id,
    without,
)

NOTHING = Cure(
    signature="",
    states_good_faith=False,
    considered_fair_use=False,
    states_accuracy=False,
    states_authority_under_perjury=False,
)


async def _count(world: World, table: type) -> int:
    async with world.units.look(HOUSE) as uow:
        return await uow.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


async def test_a_complete_notice_waits_for_a_person(world: World) -> None:
    filed = await world.file(complete_filing(f"https://market.example/l/{world.listing_id}?x=1"))
    assert filed.notice.state is NoticeState.COMPLETE
    assert filed.notice.track_id == world.track_id
    assert (await world.clock(filed.notice.id, NOTICE_TRIAGE.slug)).basis == "internal"
    assert await world.in_force() == set()


def test_every_subset_of_the_six_elements_is_sorted_as_the_statute_says() -> None:
    notice = Notice(works=["a"], locations=["b"])
    found: dict[Completeness, int] = dict.fromkeys(Completeness, 0)
    elements = list(NoticeElement)
    subsets = chain.from_iterable(combinations(elements, n) for n in range(len(elements) + 1))
    for subset in subsets:
        given = set(subset)
        notice = Notice(
            works=["Evening Song"] if NoticeElement.WORK in given else [" "],
            locations=["lst"] if NoticeElement.MATERIAL in given else [],
            states_good_faith=NoticeElement.GOOD_FAITH in given,
            considered_fair_use=NoticeElement.GOOD_FAITH in given,
            states_accuracy=NoticeElement.ACCURACY_AND_AUTHORITY in given,
            states_authority_under_perjury=NoticeElement.ACCURACY_AND_AUTHORITY in given,
        )
        notifier = Party(
            name="",
            address="",
            telephone="1" if NoticeElement.CONTACT in given else " ",
            email="",
            signature="C" if NoticeElement.SIGNATURE in given else "",
        )
        assert elements_of(notice, notifier) == given
        found[completeness(given)] += 1
    assert found == {
        Completeness.COMPLETE: 1,
        Completeness.CURABLE: 7,
        Completeness.INCOMPLETE: 56,
    }


@pytest.mark.parametrize(
    "statement",
    [
        "states_good_faith",
        "considered_fair_use",
        "states_accuracy",
        "states_authority_under_perjury",
    ],
)
async def test_each_statement_can_be_added_later(world: World, statement: str) -> None:
    filed = await world.file(without(complete_filing(world.listing_id), **{statement: False}))
    assert filed.notice.state is NoticeState.CONTACTED
    async with world.units.begin(ANONYMOUS) as uow:
        notice, _ = await filing.cure_notice(
            uow, AGENT, notice_id=filed.notice.id, token=filed.token, cure=NOTHING
        )
        assert notice.state is NoticeState.CONTACTED
    async with world.units.begin(ANONYMOUS) as uow:
        addition = Cure(**{**dict.fromkeys(_statements(), False), statement: True, "signature": ""})  # type: ignore[arg-type]
        notice, _ = await filing.cure_notice(
            uow, AGENT, notice_id=filed.notice.id, token=filed.token, cure=addition
        )
        assert notice.state is NoticeState.COMPLETE
    assert (await world.clock(filed.notice.id, NOTICE_CURE.slug)).stopped_at is not None


def _statements() -> list[str]:
    return [name for name in Cure.__slots__ if name != "signature"]


async def test_a_notice_lapses_after_ten_business_days_of_silence(
    world: World, clock: TestClock
) -> None:
    filed = await world.file(without(complete_filing(world.listing_id), signature=""))
    due = (await world.clock(filed.notice.id, NOTICE_CURE.slug)).due_at
    assert due.isoformat() == "2026-12-08T05:00:00+00:00"
    clock.advance(due - clock.now() - timedelta(seconds=1))
    assert await world.sweep() == 0
    clock.advance(timedelta(seconds=1))
    assert await world.sweep() == 1
    assert await world.sweep() == 0
    assert (await world.notice(filed.notice.id)).state is NoticeState.LAPSED
    with pytest.raises(IllegalState):
        async with world.units.begin(ANONYMOUS) as uow:
            await filing.cure_notice(
                uow, AGENT, notice_id=filed.notice.id, token=filed.token, cure=NOTHING
            )


async def test_a_notice_that_names_nothing_is_kept_and_answered(world: World) -> None:
    filed = await world.file(without(complete_filing(), works=()))
    assert filed.notice.state is NoticeState.ANSWERED
    assert filed.notice.track_id is None
    async with world.units.look(HOUSE) as uow:
        letter = (await uow.session.scalars(sa.select(Notification))).one()
    assert letter.template == "notice-incomplete@1"
    assert "Name the work" in letter.body
    assert "Give the address of each track" in letter.body


async def test_an_unknown_location_refuses_the_whole_filing(world: World, clock: TestClock) -> None:
    unknown = unused_listing_id(clock.now())
    with pytest.raises(UnknownLocation) as refused:
        await world.file(complete_filing(world.listing_id, unknown, "https://elsewhere.example/"))
    assert refused.value.extra == {"locations": [unknown, "https://elsewhere.example/"]}
    assert await _count(world, Notice) == 0
    assert await _count(world, Party) == 0


async def test_a_filing_about_two_tracks_becomes_two_cases(world: World) -> None:
    second_track, second_listing = await world.another_track()
    async with world.units.begin(ANONYMOUS) as uow:
        filed = await filing.file_notice(
            uow, AGENT, complete_filing(world.listing_id, second_listing, world.listing_id)
        )
    assert [each.notice.track_id for each in filed] == [world.track_id, second_track]
    assert [each.notice.locations for each in filed] == [[world.listing_id], [second_listing]]
    assert filed[0].token != filed[1].token


async def test_a_location_may_name_several_listings(world: World, clock: TestClock) -> None:
    second_track, second_listing = await world.another_track()
    both = f"{world.listing_id}, {second_listing}"
    async with world.units.begin(ANONYMOUS) as uow:
        filed = await filing.file_notice(uow, AGENT, complete_filing(both))
    assert [each.notice.track_id for each in filed] == [world.track_id, second_track]
    with pytest.raises(UnknownLocation):
        await world.file(complete_filing(f"{both} {unused_listing_id(clock.now())}"))


async def test_the_same_notice_is_not_taken_twice(world: World) -> None:
    first = await world.file()
    with pytest.raises(filing.AlreadyFiled):
        await world.file()
    await world.file(complete_filing(world.listing_id, works=("Another Song",)))
    await world.retract(first)
    await world.file()


async def test_a_contact_may_file_so_many_notices_in_a_day(
    world: World, clock: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(misuse, "NOTICES_PER_DAY", 3)
    for number in range(3):
        await world.file(complete_filing(world.listing_id, works=(f"Song {number}",)))
    with pytest.raises(misuse.TooManyNotices):
        await world.file(complete_filing(world.listing_id, works=("Song 4",)))
    shouting = Contact(name="", email=f" {NOTIFIER.email.upper()} ")
    with pytest.raises(misuse.TooManyNotices):
        await world.file(without(complete_filing(world.listing_id), contact=shouting))
    clock.advance(timedelta(days=1))
    await world.file(complete_filing(world.listing_id, works=("Song 4",)))


async def test_mostly_unfounded_notices_slow_their_sender_down(
    world: World, clock: TestClock
) -> None:
    for number in range(3):
        filed = await world.file(complete_filing(world.listing_id, works=(f"Song {number}",)))
        await world.decide(filed.notice.id, Outcome.REJECT)
    with pytest.raises(misuse.TooManyNotices) as refused:
        await world.file(complete_filing(world.listing_id, works=("Song 4",)))
    assert refused.value.extra == {"limit_per_day": misuse.SLOWED_NOTICES_PER_DAY}
    clock.advance(timedelta(days=1))
    await world.file(complete_filing(world.listing_id, works=("Song 4",)))
    clock.advance(misuse.UNFOUNDED_WINDOW)
    for number in range(2):
        await world.file(complete_filing(world.listing_id, works=(f"Later song {number}",)))


async def test_a_wrong_token_opens_nothing(world: World) -> None:
    filed = await world.file()
    other = await world.file(complete_filing(world.listing_id, works=("Another Song",)))
    for token in ("", filed.token[:-1], other.token):
        with pytest.raises(NotFound):
            async with world.units.begin(ANONYMOUS) as uow:
                await filing.cure_notice(
                    uow, AGENT, notice_id=filed.notice.id, token=token, cure=NOTHING
                )


async def test_personal_data_is_in_no_audit_event_and_in_no_timeline(world: World) -> None:
    filed = await world.accepted()
    await world.counter(filed.notice.id)
    await world.sue(filed)
    async with world.units.look(HOUSE) as uow:
        audit = [str(event.details) for event in await uow.session.scalars(sa.select(AuditEvent))]
    events = [str(event.details) for event in await world.events(filed.notice.id)]
    said = "\n".join([*audit, *events])
    for secret in (
        "Clara",
        "Elm Street",
        "clara@",
        "Ursula Uploader",
        "Oak Street",
        "303 555",
        filed.token,
    ):
        assert secret not in said
