"""People with keys, files as bytes, and a client for the catalogue's endpoints."""

from __future__ import annotations

import io
import wave
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import numpy as np
import pytest
from msgspec.structs import replace as with_fields

from app.catalog.api import CONTROLLERS
from app.core.actor import Actor, ActorKind, Role, system
from app.core.clock import TestClock
from app.core.runtime import Runtime
from app.core.settings import Settings
from app.core.storage import ObjectStorage
from app.core.unit_of_work import UnitOfWork, UnitOfWorkFactory
from app.identity import service as identity
from app.identity.models import Organisation, Person, RoleGrant
from app.provenance.content_credentials.house_credential import HouseCredential
from tests.http import client_for
from tests.releasing import ThisProcess

LIMIT = 3_000_000

SignUp = Callable[..., Awaitable[tuple[Actor, dict[str, str]]]]


def wav(seconds: float = 1.0, seed: int = 1) -> bytes:
    """A short WAV of noise; another seed gives other bytes."""
    samples = np.random.default_rng(seed).integers(-9000, 9000, int(8000 * seconds))
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(samples.astype("<i2").tobytes())
    return buffer.getvalue()


def _person(uow: UnitOfWork, name: str, roles: frozenset[Role]) -> Person:
    """An account made directly: hashing a password takes longer than most tests."""
    house = Organisation(id=uow.new_id("org"), name=name, created_at=uow.now)
    uow.session.add(house)
    person_id = uow.new_id("usr")
    return Person(
        id=person_id,
        organisation_id=house.id,
        email=f"{name}@example.org",
        display_name=name,
        password_hash="",
        created_at=uow.now,
        role_grants=[
            RoleGrant(person_id=person_id, role=role, granted_at=uow.now) for role in roles
        ],
    )


MIDI = bytes.fromhex("4d54686400000006000000010060") + bytes.fromhex("4d54726b0000000400ff2f00")


@pytest.fixture
def sign_up(units: UnitOfWorkFactory) -> SignUp:
    """Opens accounts: the actor, and the headers of its API key."""

    async def sign_up(name: str, *roles: Role) -> tuple[Actor, dict[str, str]]:
        granted = frozenset(roles or {Role.CREATOR})
        async with units.begin(system("tests")) as uow:
            person = _person(uow, name, granted)
            uow.session.add(person)
            await uow.session.flush()
            _, secret = await identity.create_api_key(uow, person_id=person.id, name="tests")
        actor = Actor(
            kind=ActorKind.API_KEY,
            user_id=person.id,
            organisation_id=person.organisation_id,
            roles=granted,
        )
        return actor, {"Authorization": f"Bearer {secret}"}

    return sign_up


@pytest.fixture
async def client(
    settings: Settings,
    units: UnitOfWorkFactory,
    storage: ObjectStorage,
    clock: TestClock,
) -> AsyncIterator[httpx.AsyncClient]:
    """The catalogue over HTTP, uploads limited to LIMIT bytes."""
    limited = with_fields(settings, max_upload_bytes=LIMIT)
    runtime = replace(
        Runtime.build(limited, clock), units=units, storage=storage, pool=ThisProcess()
    )
    credential = HouseCredential.load(limited, datetime.now(UTC))
    async with client_for(units, CONTROLLERS, runtime=runtime, credential=credential) as client:
        yield client
    await runtime.close()


def stored_files(home: Path) -> list[Path]:
    """Every file in object storage, incoming ones too."""
    return [path for path in (home / "objects").rglob("*") if path.is_file()]
