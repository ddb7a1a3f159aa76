"""HTTP of provenance: generators, their keys, and statements with their receipts."""

from __future__ import annotations

from typing import Any, Final

from litestar import Controller, Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody

from app.core.access import PUBLIC, only
from app.core.actor import Role
from app.core.problems import render_service_error
from app.core.unit_of_work import UnitOfWork
from app.provenance import registry, service
from app.provenance.bundle import Bundle
from app.provenance.dsse import ENVELOPE_MEDIA_TYPE
from app.provenance.errors import NotYetSealed
from app.provenance.house import HouseKeys
from app.provenance.schemas import (
    ChallengeView,
    GeneratorView,
    KeyProof,
    KeyRevocation,
    KeyView,
    NewGenerator,
    NewKey,
    ProposedKey,
)

_SEALED_SOON: Final = "5"  # seconds; the sealer runs about as often


def house_keys(request: Request[Any, Any, State]) -> HouseKeys:
    """Litestar dependency: what the house signs with, as ``app.main`` put it into the state."""
    house: HouseKeys = request.app.state.house
    return house


def render_not_yet_sealed(request: Request[Any, Any, Any], error: NotYetSealed) -> Response[Any]:
    """The problem document, and when to ask again."""
    answer = render_service_error(request, error)
    answer.headers["Retry-After"] = _SEALED_SOON
    return answer


class GeneratorController(Controller):
    """Generators, and the keys that they sign their statements with."""

    path = "/v1"
    tags = ["Generators"]

    @post("/generators", opt=only(Role.OPERATOR), operation_id="registerGenerator")
    async def register(
        self, data: JSONBody[NewGenerator], uow: NamedDependency[UnitOfWork]
    ) -> GeneratorView:
        """Make a model vendor's product known."""
        generator = await registry.register_generator(uow, name=data.name, provider=data.provider)
        return GeneratorView.of(generator)

    @post(
        "/generators/{generator_id:str}/keys",
        opt=only(Role.OPERATOR),
        operation_id="proposeGeneratorKey",
    )
    async def propose(
        self,
        generator_id: FromPath[str],
        data: JSONBody[NewKey],
        uow: NamedDependency[UnitOfWork],
    ) -> ProposedKey:
        """Propose a key. It is active once its holder has signed the challenge in the answer."""
        key, challenge = await registry.propose_key(
            uow, generator_id=generator_id, public_key_pem=data.public_key_pem
        )
        return ProposedKey(key=KeyView.of(key), challenge=ChallengeView.of(challenge))

    @post(
        "/keys/{kid:str}/proof",
        opt=only(Role.OPERATOR),
        operation_id="proveKeyPossession",
        status_code=200,
    )
    async def prove(
        self, kid: FromPath[str], data: JSONBody[KeyProof], uow: NamedDependency[UnitOfWork]
    ) -> KeyView:
        """Activate a pending key with its holder's signature over the challenge."""
        key = await registry.prove_possession(uow, kid=kid, signature=data.signature)
        return KeyView.of(key)

    @post(
        "/keys/{kid:str}/retirement",
        opt=only(Role.OPERATOR),
        operation_id="retireKey",
        status_code=200,
    )
    async def retire(self, kid: FromPath[str], uow: NamedDependency[UnitOfWork]) -> KeyView:
        """Rotate a key out: what it signed before stays good, nothing new is accepted."""
        return KeyView.of(await registry.retire_key(uow, kid=kid))

    @post(
        "/keys/{kid:str}/revocation",
        opt=only(Role.OPERATOR),
        operation_id="revokeKey",
        status_code=200,
    )
    async def revoke(
        self, kid: FromPath[str], data: JSONBody[KeyRevocation], uow: NamedDependency[UnitOfWork]
    ) -> KeyView:
        """Trust a key no more, from now on or since it was compromised."""
        key = await registry.revoke_key(uow, kid=kid, compromised_since=data.compromised_since)
        return KeyView.of(key)

    @get("/keys/{kid:str}", opt=PUBLIC, operation_id="readKey")
    async def read(self, kid: FromPath[str], uow: NamedDependency[UnitOfWork]) -> KeyView:
        """A registered key and its life so far."""
        return KeyView.of(await registry.find_key(uow.session, kid))


class StatementController(Controller):
    """Signed statements: those of generators, and those of the house."""

    path = "/v1/statements"
    tags = ["Statements"]
    dependencies = {"house": Provide(house_keys, sync_to_thread=False)}
    exception_handlers = {NotYetSealed: render_not_yet_sealed}

    @get(
        "/{statement_id:str}",
        opt=PUBLIC,
        operation_id="readStatement",
        media_type=ENVELOPE_MEDIA_TYPE,
    )
    async def read(
        self, statement_id: FromPath[str], uow: NamedDependency[UnitOfWork]
    ) -> Response[bytes]:
        """The DSSE envelope of a statement. A generator's is shown to its owner and to staff."""
        statement = await service.readable_statement(uow, statement_id)
        return Response(statement.envelope, media_type=ENVELOPE_MEDIA_TYPE)

    @get("/{statement_id:str}/receipt", opt=PUBLIC, operation_id="readReceipt")
    async def receipt(
        self,
        statement_id: FromPath[str],
        uow: NamedDependency[UnitOfWork],
        house: NamedDependency[HouseKeys],
    ) -> Bundle:
        """The statement with its log receipt, for ``countersign verify`` and other verifiers.

        Until the next checkpoint, some seconds away, the answer is 409 ``not-yet-sealed``.
        """
        statement = await service.readable_statement(uow, statement_id)
        return await service.bundle_for(uow.session, house, statement)
