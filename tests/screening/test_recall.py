"""A key is revoked as compromised: what it signed since is looked at again, on both engines."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.catalog import service as catalog
from app.catalog.lifecycle import TrackState
from app.catalog.models import RestrictionKind
from app.core.clock import TestClock
from app.core.errors import Forbidden
from app.core.unit_of_work import UnitOfWorkFactory
from app.provenance import registry
from app.provenance.house import HouseKeys
from app.screening import recall, service
from app.screening.clearance import clearance_of
from app.screening.lifecycle import Occasion, ScreeningState
from app.screening.models import Decision, KeyRecall, Screening
from licensing.templates import OfferKind
from similarity.match import Verdict
from tests.provenance.generators import OPERATOR, Vendor
from tests.screening.conftest import People, Ready, mix_of
from tests.screening.findings import analysed
from tests.screening.test_growth import screenings_of
from tests.screening.test_review import claim, decide
from tests.screening.test_service import JOB


async def revoke(units: UnitOfWorkFactory, vendor: Vendor, since: datetime | None) -> None:
    async with units.begin(OPERATOR) as uow:
        await registry.revoke_key(uow, kid=vendor.kid, compromised_since=since)


async def notice(units: UnitOfWorkFactory) -> list[KeyRecall]:
    async with units.begin(JOB) as uow:
        return await recall.notice(uow)


async def look_of(units: UnitOfWorkFactory, track_id: str) -> Screening:
    """The one screening that a recall called for."""
    screenings = await screenings_of(units, track_id)
    [look] = [one for one in screenings if one.occasion is Occasion.KEY_REVOKED]
    return look


async def test_later_tracks_wait_for_a_person_and_stay_on_the_market(
    units: UnitOfWorkFactory, accepted: Ready, vendor: Vendor, clock: TestClock, people: People
) -> None:
    earlier = await accepted()
    clock.advance(timedelta(days=3))
    since = clock.now()
    later = await accepted()
    await revoke(units, vendor, since)
    [recalled] = await notice(units)
    assert recalled.tracks == 1
    assert await notice(units) == []
    assert [one.occasion for one in await screenings_of(units, earlier)] == [Occasion.SUBMISSION]
    look = await look_of(units, later)
    assert look.state is ScreeningState.IN_REVIEW
    assert look.evidence is not None
    async with units.look(JOB) as uow:
        assert (await catalog.track_for(uow, later)).state is TrackState.COUNTERSIGNED
        assert await catalog.restrictions_in_force(uow.session, later, uow.now) == []
    async with units.look(people.reviewer) as uow:
        [(row, looks)] = await recall.report(uow)
        assert (row.kid, [one.track_id for one in looks]) == (vendor.kid, [later])
    async with units.look(people.creator) as uow:
        with pytest.raises(Forbidden):
            await recall.report(uow)


@pytest.mark.parametrize("decision", Decision)
async def test_a_person_decides_what_becomes_of_it(
    *,
    units: UnitOfWorkFactory,
    accepted: Ready,
    vendor: Vendor,
    clock: TestClock,
    people: People,
    house: HouseKeys,
    decision: Decision,
) -> None:
    track_id = await accepted()
    await revoke(units, vendor, clock.now() - timedelta(hours=1))
    await notice(units)
    look = await look_of(units, track_id)
    await claim(units, people.reviewer, look.id)
    await decide(units, house, people.reviewer, look.id, decision)
    async with units.look(JOB) as uow:
        kinds = {
            one.kind for one in await catalog.restrictions_in_force(uow.session, track_id, uow.now)
        }
        clearance = await clearance_of(uow.session, track_id)
    upheld = decision is Decision.UPHOLD
    assert kinds == ({RestrictionKind.UNLISTED} if upheld else set())
    assert clearance[OfferKind.EXCLUSIVE] is (Verdict.BLOCK if upheld else Verdict.CLEAR)


async def test_a_key_that_was_only_retired_or_revoked_without_a_date_recalls_nothing(
    units: UnitOfWorkFactory, accepted: Ready, vendor: Vendor
) -> None:
    await accepted()
    await revoke(units, vendor, None)
    assert await notice(units) == []


async def test_a_clear_screening_does_not_countersign_what_a_thief_may_have_signed(
    *,
    units: UnitOfWorkFactory,
    verified_track: Ready,
    vendor: Vendor,
    clock: TestClock,
    people: People,
    house: HouseKeys,
) -> None:
    track_id = await verified_track(people.creator)
    await revoke(units, vendor, clock.now() - timedelta(minutes=1))
    mix = await mix_of(units, people.creator, track_id)
    async with units.begin(JOB) as uow:
        screening_id = (await service.request_screening(uow, track_id=track_id)).id
        await service.start(uow, screening_id=screening_id)
        await service.record_result(
            uow, house=house, screening_id=screening_id, result=analysed(mix)
        )
    async with units.look(JOB) as uow:
        track = await catalog.track_for(uow, track_id)
    assert track.state is TrackState.IN_REVIEW
    assert track.countersignature_id is None
