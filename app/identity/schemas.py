"""Identity on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from app.core.actor import Role
from app.identity.models import ApiKey, Person

Email = Annotated[
    str, msgspec.Meta(pattern=r"^[^@\s]+@[^@\s]+$", max_length=320, examples=["ada@example.com"])
]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class SignUp(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Open an account as creator, as buyer, or as both."""

    email: Email
    display_name: Name
    password: str
    roles: Annotated[list[Role], msgspec.Meta(min_length=1)]
    organisation: Name | None = None


class NewApiKey(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Name the program that will use the key."""

    name: Name


class GrantRole(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A role for a person."""

    role: Role


class PersonView(msgspec.Struct, kw_only=True):
    """An account, as its owner and administrators see it."""

    id: str
    email: str
    display_name: str
    organisation_id: str
    roles: list[Role]
    created_at: datetime

    @classmethod
    def of(cls, person: Person) -> PersonView:
        return cls(
            id=person.id,
            email=person.email,
            display_name=person.display_name,
            organisation_id=person.organisation_id,
            roles=sorted(grant.role for grant in person.role_grants),
            created_at=person.created_at,
        )


class ApiKeyView(msgspec.Struct, kw_only=True):
    """An API key; ``secret`` is there in the answer that creates it and never again."""

    id: str
    name: str
    prefix: str
    created_at: datetime
    revoked_at: datetime | None
    secret: str | None = None

    @classmethod
    def of(cls, key: ApiKey, secret: str | None = None) -> ApiKeyView:
        return cls(
            id=key.id,
            name=key.name,
            prefix=key.prefix,
            created_at=key.created_at,
            revoked_at=key.revoked_at,
            secret=secret,
        )


class Account(msgspec.Struct, kw_only=True):
    """A new account with its first API key."""

    person: PersonView
    api_key: ApiKeyView
