"""Use cases of identity: sign up, sign in, keys, roles."""

from __future__ import annotations

import asyncio
import unicodedata
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, ActorKind, Role
from app.core.errors import Conflict, NotFound, Unauthenticated, Unprocessable
from app.core.unit_of_work import UnitOfWork
from app.identity import credentials
from app.identity.models import ApiKey, Organisation, Person, RoleGrant, SignInSession

SESSION_LIFETIME: Final = timedelta(hours=12)  # a reviewer's day; then sign in again
SELF_SERVICE_ROLES: Final = frozenset({Role.CREATOR, Role.BUYER})
_DECOY_HASH: Final = credentials.hash_password("no such account")


class EmailTaken(Conflict):
    """There is an account with this address already."""

    slug = "email-taken"
    title = "There is an account with this address"


class SignInRefused(Unauthenticated):
    """Address and password do not belong together. Never says which of them is wrong."""

    slug = "sign-in-refused"
    title = "Address or password is wrong"


async def sign_up(
    uow: UnitOfWork,
    *,
    email: str,
    display_name: str,
    password: str,
    roles: frozenset[Role],
    organisation: str | None = None,
) -> Person:
    """Open an account. Roles beyond creator and buyer can be given by an administrator only.

    Raises:
        EmailTaken: there is an account with this address.
        Unprocessable: the password is too short or too long.
        Forbidden: a role was asked for that nobody may give themselves.
    """
    if not roles <= SELF_SERVICE_ROLES:
        uow.actor.require(Role.ADMIN)
    _check_password(password)
    address = normalised_email(email)
    if await _find_by_email(uow.session, address) is not None:
        raise EmailTaken("Sign in with it, or use another address.")
    house = Organisation(
        id=uow.new_id("org"), name=organisation or display_name, created_at=uow.now
    )
    person = Person(
        id=uow.new_id("usr"),
        organisation_id=house.id,
        email=address,
        display_name=display_name,
        password_hash=await asyncio.to_thread(credentials.hash_password, password),
        created_at=uow.now,
        closed_at=None,
        role_grants=[],
    )
    uow.session.add(house)
    await uow.session.flush()
    uow.session.add(person)
    for role in sorted(roles):
        person.role_grants.append(RoleGrant(person_id=person.id, role=role, granted_at=uow.now))
    await uow.session.flush()
    uow.record("person.signed-up", person.id, roles=sorted(roles))
    return person


async def create_api_key(uow: UnitOfWork, *, person_id: str, name: str) -> tuple[ApiKey, str]:
    """A new key of a person, and its text, which is shown this once only."""
    secret = credentials.new_api_key()
    key = ApiKey(
        id=uow.new_id("key"),
        person_id=person_id,
        name=name,
        prefix=secret.prefix,
        digest=secret.digest,
        created_at=uow.now,
        revoked_at=None,
    )
    uow.session.add(key)
    uow.record("api-key.created", key.id, prefix=key.prefix)
    return key, secret.text


async def revoke_api_key(uow: UnitOfWork, key_id: str) -> ApiKey:
    """End a key at once; revoking it again changes nothing.

    Raises:
        NotFound: not a key of the actor.
    """
    key = await uow.session.get(ApiKey, key_id)
    if key is None or key.person_id != uow.actor.person_id:
        raise NotFound("You have no API key with this id.")
    if key.revoked_at is None:
        key.revoked_at = uow.now
        uow.record("api-key.revoked", key.id, prefix=key.prefix)
    return key


async def api_keys_of(session: AsyncSession, person_id: str) -> list[ApiKey]:
    """The person's keys, newest first."""
    query = sa.select(ApiKey).where(ApiKey.person_id == person_id).order_by(ApiKey.id.desc())
    return list(await session.scalars(query))


async def grant_role(uow: UnitOfWork, *, person_id: str, role: Role) -> Person:
    """Give a person a role.

    Raises:
        Forbidden: the actor is no administrator.
        NotFound: no such person.
    """
    uow.actor.require(Role.ADMIN)
    person = await find_person(uow.session, person_id)
    if role not in {grant.role for grant in person.role_grants}:
        person.role_grants.append(RoleGrant(person_id=person.id, role=role, granted_at=uow.now))
        uow.record("role.granted", person.id, role=role.value)
    return person


async def sign_in(uow: UnitOfWork, *, email: str, password: str) -> tuple[Person, str]:
    """A new browser session, and the token for its cookie.

    Raises:
        SignInRefused: address and password do not belong together.
    """
    person = await _find_by_email(uow.session, normalised_email(email))
    known = person.password_hash if person is not None else _DECOY_HASH
    # The hash is computed for unknown addresses too, so that timing does not reveal accounts.
    fits = await asyncio.to_thread(credentials.password_fits, password, known)
    if person is None or person.closed_at is not None or not fits:
        raise SignInRefused("Check both and try again.")
    token = credentials.new_session_token()
    uow.session.add(
        SignInSession(
            digest=token.digest,
            person_id=person.id,
            created_at=uow.now,
            expires_at=uow.now + SESSION_LIFETIME,
        )
    )
    uow.record("person.signed-in", person.id)
    return person, token.text


async def sign_out(uow: UnitOfWork, token: str) -> None:
    """End the browser session of this token, if there is one."""
    digest = credentials.digest_of(token)
    await uow.session.execute(sa.delete(SignInSession).where(SignInSession.digest == digest))


async def actor_of_api_key(session: AsyncSession, text: str) -> Actor | None:
    """Who presents this key, or None when it is unknown or revoked."""
    prefix = credentials.api_key_prefix(text)
    if prefix is None:
        return None
    key = await session.scalar(sa.select(ApiKey).where(ApiKey.prefix == prefix))
    if key is None or key.revoked_at is not None or not credentials.same_digest(text, key.digest):
        return None
    return await _actor(session, key.person_id, ActorKind.API_KEY, label=f"key {key.prefix}")


async def actor_of_session(session: AsyncSession, token: str, now: datetime) -> Actor | None:
    """Who signed in with this cookie, or None when it is unknown or expired."""
    row = await session.get(SignInSession, credentials.digest_of(token))
    if row is None or row.expires_at <= now:
        return None
    return await _actor(session, row.person_id, ActorKind.PERSON, label="console")


async def find_person(session: AsyncSession, person_id: str) -> Person:
    """
    Raises:
        NotFound: no such person.
    """
    person = await session.get(Person, person_id)
    if person is None:
        raise NotFound("There is no such person.")
    return person


def normalised_email(email: str) -> str:
    """The form in which addresses are stored and compared."""
    return unicodedata.normalize("NFC", email.strip()).casefold()


async def actor_at(session: AsyncSession, email: str) -> Actor:
    """The holder of an account, for what a command does on their behalf.

    Raises:
        NotFound: no account has this address, or it was closed.
    """
    person = await _find_by_email(session, normalised_email(email))
    actor = await _actor(session, person.id, ActorKind.PERSON, "command line") if person else None
    if actor is None:
        raise NotFound("There is no account with this address.")
    return actor


async def _find_by_email(session: AsyncSession, address: str) -> Person | None:
    found: Person | None = await session.scalar(sa.select(Person).where(Person.email == address))
    return found


async def _actor(
    session: AsyncSession, person_id: str, kind: ActorKind, label: str
) -> Actor | None:
    person = await session.get(Person, person_id)
    if person is None or person.closed_at is not None:
        return None
    return Actor(
        kind=kind,
        user_id=person.id,
        organisation_id=person.organisation_id,
        roles=frozenset(grant.role for grant in person.role_grants),
        label=label,
    )


def _check_password(password: str) -> None:
    if not credentials.PASSWORD_MIN_LENGTH <= len(password) <= credentials.PASSWORD_MAX_LENGTH:
        raise Unprocessable(
            f"A password needs {credentials.PASSWORD_MIN_LENGTH} to "
            f"{credentials.PASSWORD_MAX_LENGTH} characters; a sentence is a good one."
        )
