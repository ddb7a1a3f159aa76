"""HTTP of identity: accounts, API keys, roles."""

from __future__ import annotations

from typing import Final

from litestar import Controller, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from app.core.access import PUBLIC, SIGNED_IN, only
from app.core.actor import Role
from app.core.unit_of_work import UnitOfWork
from app.identity import service
from app.identity.schemas import Account, ApiKeyView, GrantRole, NewApiKey, PersonView, SignUp

SHOWN_ONCE: Final = {"Cache-Control": "no-store"}
"""Answers that hold a new secret: no cache keeps them, nor does our own store of answers."""


class AccountController(Controller):
    """Accounts and the keys with which programs use them."""

    path = "/v1"
    tags = ["Accounts"]

    @post("/accounts", opt=PUBLIC, operation_id="signUp", response_headers=SHOWN_ONCE)
    async def sign_up(self, data: JSONBody[SignUp], uow: NamedDependency[UnitOfWork]) -> Account:
        """Open an account. The answer holds the first API key, shown this once only."""
        person = await service.sign_up(
            uow,
            email=data.email,
            display_name=data.display_name,
            password=data.password,
            roles=frozenset(data.roles),
            organisation=data.organisation,
        )
        key, secret = await service.create_api_key(uow, person_id=person.id, name="first key")
        return Account(person=PersonView.of(person), api_key=ApiKeyView.of(key, secret))

    @get("/me", opt=SIGNED_IN, operation_id="whoAmI")
    async def me(self, uow: NamedDependency[UnitOfWork]) -> PersonView:
        """The account that the presented key or session belongs to."""
        return PersonView.of(await service.find_person(uow.session, uow.actor.person_id))

    @get("/api-keys", opt=SIGNED_IN, operation_id="listApiKeys")
    async def list_keys(self, uow: NamedDependency[UnitOfWork]) -> list[ApiKeyView]:
        """Your API keys, newest first, without their secrets."""
        keys = await service.api_keys_of(uow.session, uow.actor.person_id)
        return [ApiKeyView.of(key) for key in keys]

    @post("/api-keys", opt=SIGNED_IN, operation_id="createApiKey", response_headers=SHOWN_ONCE)
    async def create_key(
        self, data: JSONBody[NewApiKey], uow: NamedDependency[UnitOfWork]
    ) -> ApiKeyView:
        """A further API key. Its secret is in this answer and nowhere else."""
        key, secret = await service.create_api_key(
            uow, person_id=uow.actor.person_id, name=data.name
        )
        return ApiKeyView.of(key, secret)

    @delete("/api-keys/{key_id:str}", opt=SIGNED_IN, operation_id="revokeApiKey", status_code=200)
    async def revoke_key(
        self, key_id: FromPath[str], uow: NamedDependency[UnitOfWork]
    ) -> ApiKeyView:
        """End one of your API keys at once."""
        return ApiKeyView.of(await service.revoke_api_key(uow, key_id))

    @post("/people/{person_id:str}/roles", opt=only(Role.ADMIN), operation_id="grantRole")
    async def grant_role(
        self, person_id: FromPath[str], data: JSONBody[GrantRole], uow: NamedDependency[UnitOfWork]
    ) -> PersonView:
        """Give a person a role."""
        return PersonView.of(await service.grant_role(uow, person_id=person_id, role=data.role))
