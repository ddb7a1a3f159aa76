"""The edge of a request: what is answered is what was committed, on both engines."""

from __future__ import annotations

import asyncio

import httpx
import pytest
import sqlalchemy as sa
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from app.core.access import PUBLIC, only
from app.core.actor import ANONYMOUS, Actor, ActorKind, Role
from app.core.audit import AuditEvent
from app.core.errors import Conflict
from app.core.idempotency import IdempotencyRecord
from app.core.unit_of_work import UnitOfWork, UnitOfWorkFactory
from app.identity.models import Organisation
from tests.http import client_for


@post("/names", opt=PUBLIC)
async def add_name(data: JSONBody[dict[str, str]], uow: NamedDependency[UnitOfWork]) -> str:
    house = Organisation(id=uow.new_id("org"), name=data["name"], created_at=uow.now)
    uow.session.add(house)
    uow.record("name.added", house.id)
    if data["name"] == "refused":
        await uow.session.flush()
        raise Conflict("Not this one.")
    return house.id


@post("/duplicates", opt=PUBLIC)
async def add_duplicate(uow: NamedDependency[UnitOfWork]) -> str:
    for _ in range(2):
        uow.session.add(
            IdempotencyRecord(
                caller="c",
                key="k",
                request_digest=b"d" * 32,
                status=200,
                headers=[],
                body=b"",
                created_at=uow.now,
            )
        )
    return "claimed"


@get("/staff", opt=only(Role.REVIEWER))
async def staff() -> str:
    return "in"


HANDLERS = [add_name, add_duplicate, staff]


async def names(units: UnitOfWorkFactory) -> list[str]:
    async with units.look(ANONYMOUS) as uow:
        return list(await uow.session.scalars(sa.select(Organisation.name)))


async def test_an_error_rolls_back_what_was_already_flushed(units: UnitOfWorkFactory) -> None:
    async with client_for(units, HANDLERS) as client:
        response = await client.post("/names", json={"name": "refused"})
    assert response.status_code == 409
    assert await names(units) == []


async def test_a_commit_that_fails_is_not_answered_as_done(units: UnitOfWorkFactory) -> None:
    async with client_for(units, HANDLERS) as client:
        response = await client.post("/duplicates")
    assert response.status_code == 409
    assert response.json()["type"].endswith("/concurrent-change")
    async with units.look(ANONYMOUS) as uow:
        assert await uow.session.scalar(sa.select(sa.func.count(IdempotencyRecord.key))) == 0


async def test_a_repeated_key_replays_the_first_answer(units: UnitOfWorkFactory) -> None:
    async with client_for(units, HANDLERS) as client:
        first = await client.post("/names", json={"name": "one"}, headers={"Idempotency-Key": "a"})
        again = await client.post("/names", json={"name": "one"}, headers={"Idempotency-Key": "a"})
        other = await client.post("/names", json={"name": "two"}, headers={"Idempotency-Key": "a"})
    assert first.status_code == again.status_code == 201
    assert first.text == again.text
    assert again.headers["Idempotent-Replayed"] == "true"
    assert other.status_code == 409
    assert other.json()["type"].endswith("/idempotency-key-reused")
    assert await names(units) == ["one"]


async def test_an_error_is_not_remembered(units: UnitOfWorkFactory) -> None:
    async with client_for(units, HANDLERS) as client:
        key = {"Idempotency-Key": "a"}
        refused = await client.post("/names", json={"name": "refused"}, headers=key)
        assert refused.status_code == 409
        repeated = await client.post("/names", json={"name": "fine"}, headers=key)
    assert repeated.status_code == 201


async def test_keys_sent_at_the_same_time_have_one_effect(units: UnitOfWorkFactory) -> None:
    async with client_for(units, HANDLERS) as client:

        async def send() -> httpx.Response:
            return await client.post(
                "/names", json={"name": "once"}, headers={"Idempotency-Key": "race"}
            )

        answers = await asyncio.gather(*(send() for _ in range(5)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert await names(units) == ["once"]


async def test_the_audit_event_is_part_of_the_change(units: UnitOfWorkFactory) -> None:
    async with client_for(units, HANDLERS) as client:
        response = await client.post("/names", json={"name": "one"})
    async with units.look(ANONYMOUS) as uow:
        events = list(await uow.session.scalars(sa.select(AuditEvent)))
    assert [(event.action, event.subject) for event in events] == [("name.added", response.text)]


async def test_strangers_are_asked_to_sign_in(units: UnitOfWorkFactory) -> None:
    async with client_for(units, HANDLERS) as client:
        response = await client.get("/staff")
    assert response.status_code == 401
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("roles", "may"), [({Role.CREATOR}, False), ({Role.REVIEWER}, True), ({Role.ADMIN}, True)]
)
def test_roles_open_doors(roles: set[Role], may: bool) -> None:
    actor = Actor(kind=ActorKind.PERSON, roles=frozenset(roles))
    assert actor.has(Role.REVIEWER) is may


async def test_concurrent_decisions_lose_no_update(units: UnitOfWorkFactory) -> None:
    async with units.begin(ANONYMOUS) as uow:
        counter = Organisation(id=uow.new_id("org"), name="0", created_at=uow.now)
        uow.session.add(counter)

    async def increment() -> None:
        async with units.begin(ANONYMOUS) as uow:
            row = await uow.session.get(Organisation, counter.id, with_for_update=True)
            assert row is not None
            value = int(row.name)
            await asyncio.sleep(0)
            row.name = str(value + 1)

    await asyncio.gather(*(increment() for _ in range(40)))
    assert await names(units) == ["40"]
