"""Accounts, keys and sessions, on both engines."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core.actor import ANONYMOUS, Actor, ActorKind, Role
from app.core.clock import TestClock
from app.core.errors import Unauthenticated, Unprocessable
from app.core.unit_of_work import UnitOfWorkFactory
from app.identity import service
from app.identity.models import Person

PASSWORD = "a long and pleasant sentence"


async def _ada(units: UnitOfWorkFactory) -> Person:
    async with units.begin(ANONYMOUS) as uow:
        return await service.sign_up(
            uow,
            email="Ada@Example.org ",
            display_name="Ada",
            password=PASSWORD,
            roles=frozenset({Role.CREATOR}),
        )


async def test_an_address_is_taken_whatever_its_case(units: UnitOfWorkFactory) -> None:
    await _ada(units)
    with pytest.raises(service.EmailTaken):
        async with units.begin(ANONYMOUS) as uow:
            await service.sign_up(
                uow,
                email="ada@example.ORG",
                display_name="Eve",
                password=PASSWORD,
                roles=frozenset({Role.BUYER}),
            )


async def test_nobody_makes_themselves_a_reviewer(units: UnitOfWorkFactory) -> None:
    with pytest.raises(Unauthenticated):
        async with units.begin(ANONYMOUS) as uow:
            await service.sign_up(
                uow,
                email="eve@example.org",
                display_name="Eve",
                password=PASSWORD,
                roles=frozenset({Role.REVIEWER}),
            )


async def test_a_short_password_is_refused(units: UnitOfWorkFactory) -> None:
    with pytest.raises(Unprocessable):
        async with units.begin(ANONYMOUS) as uow:
            await service.sign_up(
                uow,
                email="eve@example.org",
                display_name="Eve",
                password="short",
                roles=frozenset({Role.BUYER}),
            )


async def test_a_revoked_key_opens_nothing(units: UnitOfWorkFactory) -> None:
    ada = await _ada(units)
    async with units.begin(ANONYMOUS) as uow:
        key, secret = await service.create_api_key(uow, person_id=ada.id, name="studio")
    async with units.look(ANONYMOUS) as uow:
        actor = await service.actor_of_api_key(uow.session, secret)
        assert actor is not None
        assert actor.user_id == ada.id
        assert actor.has(Role.CREATOR)
        assert await service.actor_of_api_key(uow.session, secret[:-1] + "x") is None
    owner = Actor(kind=ActorKind.API_KEY, user_id=ada.id)
    async with units.begin(owner) as uow:
        await service.revoke_api_key(uow, key.id)
    async with units.look(ANONYMOUS) as uow:
        assert await service.actor_of_api_key(uow.session, secret) is None


async def test_a_session_ends_on_its_own(units: UnitOfWorkFactory, clock: TestClock) -> None:
    ada = await _ada(units)
    async with units.begin(ANONYMOUS) as uow:
        _, token = await service.sign_in(uow, email="ada@example.org", password=PASSWORD)
    async with units.look(ANONYMOUS) as uow:
        actor = await service.actor_of_session(uow.session, token, clock.now())
        assert actor is not None
        assert actor.user_id == ada.id
        clock.advance(service.SESSION_LIFETIME + timedelta(seconds=1))
        assert await service.actor_of_session(uow.session, token, clock.now()) is None


@pytest.mark.parametrize(
    ("email", "password"),
    [("ada@example.org", "not the sentence"), ("nobody@example.org", PASSWORD)],
)
async def test_a_refused_sign_in_does_not_say_why(
    units: UnitOfWorkFactory, email: str, password: str
) -> None:
    await _ada(units)
    with pytest.raises(service.SignInRefused) as refused:
        async with units.begin(ANONYMOUS) as uow:
            await service.sign_in(uow, email=email, password=password)
    assert refused.value.detail == "Check both and try again."
