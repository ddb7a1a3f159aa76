"""Tracks, attestations, restrictions and lineage, on both engines."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from app.catalog import lineage, service
from app.catalog.errors import MixMissing, ParentNotAvailable
from app.catalog.models import Relation, RestrictionKind
from app.core.actor import Actor, Role, system
from app.core.clock import TestClock
from app.core.errors import Forbidden, NotFound
from app.core.unit_of_work import UnitOfWorkFactory
from licensing.attestations import REQUIRED
from licensing.errors import IllegalTransition, UnknownAttestation
from similarity.match import Verdict
from tests.catalog.conftest import SignUp


@pytest.fixture
async def ada(sign_up: SignUp) -> Actor:
    return (await sign_up("ada"))[0]


@pytest.fixture
async def track(units: UnitOfWorkFactory, ada: Actor) -> str:
    async with units.begin(ada) as uow:
        return (await service.open_track(uow, title="Tide", artist_name="Ada")).id


async def test_only_creators_open_tracks(units: UnitOfWorkFactory, sign_up: SignUp) -> None:
    buyer, _ = await sign_up("bob", Role.BUYER)
    with pytest.raises(Forbidden):
        async with units.begin(buyer) as uow:
            await service.open_track(uow, title="Tide", artist_name="Bob")


async def test_owner_and_staff_see_a_track_strangers_do_not(
    units: UnitOfWorkFactory, ada: Actor, track: str, sign_up: SignUp
) -> None:
    reviewer, _ = await sign_up("rosa", Role.REVIEWER)
    eve, _ = await sign_up("eve")
    for actor in (ada, reviewer, system("job")):
        async with units.look(actor) as uow:
            assert (await service.track_for(uow, track)).id == track
    async with units.look(eve) as uow:
        with pytest.raises(NotFound):
            await service.track_for(uow, track)
    with pytest.raises(Forbidden):
        async with units.begin(reviewer) as uow:
            await service.own_track(uow, track)


async def test_tracks_are_listed_newest_first_page_by_page(
    units: UnitOfWorkFactory, ada: Actor, clock: TestClock
) -> None:
    opened = []
    for number in range(3):
        clock.advance(timedelta(seconds=1))
        async with units.begin(ada) as uow:
            title = f"Tide {number}"
            opened.append((await service.open_track(uow, title=title, artist_name="Ada")).id)
    async with units.look(ada) as uow:
        page = await service.tracks_of(uow.session, ada.person_id, before=None, limit=2)
        assert [track.id for track in page] == [opened[2], opened[1]]
        rest = await service.tracks_of(uow.session, ada.person_id, before=page[-1].id, limit=2)
        assert [track.id for track in rest] == [opened[0]]


async def test_a_track_without_a_mix_cannot_be_submitted(
    units: UnitOfWorkFactory, ada: Actor, track: str
) -> None:
    with pytest.raises(MixMissing):
        async with units.begin(ada) as uow:
            await service.submit(uow, track_id=track, envelope=b"{}")


async def test_a_track_that_was_not_screened_cannot_be_cleared(
    units: UnitOfWorkFactory, track: str
) -> None:
    with pytest.raises(IllegalTransition):
        async with units.begin(system("job")) as uow:
            await service.mark_screened(uow, track_id=track, verdict=Verdict.CLEAR)


async def test_attestations_are_signed_once_in_their_own_text(
    units: UnitOfWorkFactory, ada: Actor, track: str, sign_up: SignUp, clock: TestClock
) -> None:
    references = [attestation.reference for attestation in REQUIRED]
    async with units.begin(ada) as uow:
        first = await service.sign_attestations(uow, track_id=track, references=references[:2])
    clock.advance(timedelta(days=1))
    async with units.begin(ada) as uow:
        signed = await service.sign_attestations(uow, track_id=track, references=references)
    assert {signature.reference for signature in signed} == set(references)
    assert [s for s in signed if s.reference in references[:2]] == first
    assert {s.signer_id for s in signed} == {ada.user_id}
    with pytest.raises(UnknownAttestation):
        async with units.begin(ada) as uow:
            await service.sign_attestations(uow, track_id=track, references=["att:nothing@9"])
    reviewer, _ = await sign_up("rosa", Role.REVIEWER)
    with pytest.raises(Forbidden):
        async with units.begin(reviewer) as uow:
            await service.sign_attestations(uow, track_id=track, references=references)


async def test_a_restriction_is_in_force_until_it_is_lifted(
    units: UnitOfWorkFactory, track: str, clock: TestClock
) -> None:
    case = system("case")
    async with units.begin(case) as uow:
        first = await service.restrict(
            uow, track_id=track, kind=RestrictionKind.UNLISTED, case_id="ntc_1"
        )
        again = await service.restrict(
            uow, track_id=track, kind=RestrictionKind.UNLISTED, case_id="ntc_1"
        )
        other = await service.restrict(
            uow, track_id=track, kind=RestrictionKind.UNLISTED, case_id="ntc_2"
        )
    assert first.id == again.id
    assert first.id != other.id
    since = clock.now()
    clock.advance(timedelta(days=1))
    for _ in range(2):
        async with units.begin(case) as uow:
            lifted = await service.lift(uow, restriction_id=first.id)
            assert lifted.until is not None
    async with units.look(case) as uow:
        before = await service.restrictions_in_force(uow.session, track, since)
        after = await service.restrictions_in_force(uow.session, track, clock.now())
    assert {restriction.id for restriction in before} == {first.id, other.id}
    assert [restriction.id for restriction in after] == [other.id]


async def test_a_track_is_derived_only_from_ones_own(
    units: UnitOfWorkFactory, ada: Actor, track: str, sign_up: SignUp
) -> None:
    async with units.begin(ada) as uow:
        child = await service.open_track(
            uow, title="Ebb", artist_name="Ada", derived_from={track: Relation.REMIX}
        )
        parents = await lineage.parents_of(uow.session, child.id)
    assert [(row.parent_track_id, row.relation) for row in parents] == [(track, Relation.REMIX)]
    eve, _ = await sign_up("eve")
    with pytest.raises(ParentNotAvailable):
        async with units.begin(eve) as uow:
            await service.open_track(
                uow, title="Ebb", artist_name="Eve", derived_from={track: Relation.REMIX}
            )


async def test_descendants_are_told_to_the_owner_alone(
    client: httpx.AsyncClient, sign_up: SignUp
) -> None:
    _, ada = await sign_up("ada2")
    _, eve = await sign_up("eve2")

    async def opened(title: str, parent: str | None = None) -> str:
        derived = [{"track_id": parent, "relation": "stem-reuse"}] if parent else []
        body = {"title": title, "artist_name": "Ada", "derived_from": derived}
        answer = await client.post("/v1/tracks", json=body, headers=ada)
        assert answer.status_code == 201, answer.text
        track_id: str = answer.json()["id"]
        return track_id

    root = await opened("Tide")
    child = await opened("Ebb", root)
    grandchild = await opened("Neap", child)
    told = (await client.get(f"/v1/tracks/{root}/descendants", headers=ada)).json()
    assert [(one["track_id"], one["relation"], one["generations"]) for one in told] == [
        (child, "stem-reuse", 1),
        (grandchild, "stem-reuse", 2),
    ]
    hidden = await client.get(f"/v1/tracks/{root}/descendants", headers=eve)
    assert hidden.status_code == 404
