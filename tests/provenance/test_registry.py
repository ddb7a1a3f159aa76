"""Generators and the life of their keys, on both engines."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.core.clock import TestClock
from app.core.errors import Forbidden, NotFound, Unprocessable
from app.core.unit_of_work import UnitOfWorkFactory
from app.provenance import registry
from app.provenance.errors import (
    GeneratorExists,
    KeyAlreadyRegistered,
    KeyUnsupported,
    ProofOfPossessionFailed,
)
from app.provenance.keys import Algorithm
from app.provenance.lifecycle import KeyState
from app.provenance.models import KeyChallenge, LogLeaf
from app.provenance.signer import PrivateKeySigner
from licensing.errors import IllegalTransition
from tests.provenance.generators import CREATOR, OPERATOR, activate, register


@pytest.mark.parametrize("algorithm", list(Algorithm))
async def test_a_proved_key_is_active(units: UnitOfWorkFactory, algorithm: Algorithm) -> None:
    async with units.begin(OPERATOR) as uow:
        vendor = await register(uow, algorithm)
    async with units.look(OPERATOR) as uow:
        key = await registry.find_key(uow.session, vendor.kid)
        assert (key.state, key.algorithm) == (KeyState.ACTIVE, algorithm)
        assert key.activated_at == uow.now
        assert await uow.session.get(KeyChallenge, vendor.kid) is None


async def test_only_operators_register(units: UnitOfWorkFactory) -> None:
    for action in (
        lambda uow: registry.register_generator(uow, name="SongGen", provider="Example Labs"),
        lambda uow: registry.propose_key(uow, generator_id="gen_x", public_key_pem=""),
        lambda uow: registry.prove_possession(uow, kid="k", signature=b""),
        lambda uow: registry.retire_key(uow, kid="k"),
        lambda uow: registry.revoke_key(uow, kid="k"),
    ):
        with pytest.raises(Forbidden):
            async with units.begin(CREATOR) as uow:
                await action(uow)


async def test_names_and_keys_are_registered_once(units: UnitOfWorkFactory) -> None:
    async with units.begin(OPERATOR) as uow:
        vendor = await register(uow)
        other = await registry.register_generator(uow, name="Other", provider="Example Labs")
    pem = vendor.signer.public_key.pem()
    with pytest.raises(GeneratorExists):
        async with units.begin(OPERATOR) as uow:
            await registry.register_generator(uow, name="SongGen", provider="Example Labs")
    for generator_id in (vendor.generator_id, other.id):
        with pytest.raises(KeyAlreadyRegistered):
            async with units.begin(OPERATOR) as uow:
                await registry.propose_key(uow, generator_id=generator_id, public_key_pem=pem)


async def test_what_is_not_a_key_is_refused(units: UnitOfWorkFactory) -> None:
    async with units.begin(OPERATOR) as uow:
        vendor = await register(uow)
    for pem in ("", "nonsense", vendor.signer.pem(None).decode()):
        with pytest.raises(KeyUnsupported):
            async with units.begin(OPERATOR) as uow:
                await registry.propose_key(
                    uow, generator_id=vendor.generator_id, public_key_pem=pem
                )
    for unknown in ("k", "\0" * 43, "A" * 43):
        with pytest.raises(NotFound):
            async with units.begin(OPERATOR) as uow:
                await registry.revoke_key(uow, kid=unknown)


async def test_possession_needs_the_very_key_and_challenge(
    units: UnitOfWorkFactory, clock: TestClock
) -> None:
    async with units.begin(OPERATOR) as uow:
        generator = await registry.register_generator(uow, name="SongGen", provider="Labs")
    signer, thief = (PrivateKeySigner.generate(Algorithm.ED25519) for _ in range(2))
    pem = signer.public_key.pem()
    async with units.begin(OPERATOR) as uow:
        key, challenge = await registry.propose_key(
            uow, generator_id=generator.id, public_key_pem=pem
        )
        message = registry.challenge_message(challenge)
    proofs = [thief.sign(message), signer.sign(challenge.nonce), b""]
    for proof in proofs:
        with pytest.raises(ProofOfPossessionFailed):
            async with units.begin(OPERATOR) as uow:
                await registry.prove_possession(uow, kid=key.kid, signature=proof)
    clock.advance(registry.CHALLENGE_LIFETIME + timedelta(seconds=1))
    with pytest.raises(ProofOfPossessionFailed, match="expired"):
        async with units.begin(OPERATOR) as uow:
            await registry.prove_possession(uow, kid=key.kid, signature=signer.sign(message))
    async with units.begin(OPERATOR) as uow:
        await activate(uow, generator.id, signer)  # a fresh challenge


async def test_a_key_goes_through_its_life_once(units: UnitOfWorkFactory) -> None:
    async with units.begin(OPERATOR) as uow:
        vendor = await register(uow)
    async with units.begin(OPERATOR) as uow:
        assert (await registry.retire_key(uow, kid=vendor.kid)).state is KeyState.RETIRED
    async with units.begin(OPERATOR) as uow:
        key = await registry.revoke_key(
            uow, kid=vendor.kid, compromised_since=uow.now - timedelta(days=2)
        )
        assert (key.state, key.revoked_at) == (KeyState.REVOKED, uow.now)
    for action in (registry.retire_key, registry.revoke_key):
        with pytest.raises(IllegalTransition):
            async with units.begin(OPERATOR) as uow:
                await action(uow, kid=vendor.kid)


async def test_each_event_of_a_key_is_logged(units: UnitOfWorkFactory) -> None:
    async with units.begin(OPERATOR) as uow:
        vendor = await register(uow)
        await registry.retire_key(uow, kid=vendor.kid)
        await registry.revoke_key(uow, kid=vendor.kid)
    async with units.look(OPERATOR) as uow:
        query = sa.select(LogLeaf).where(LogLeaf.subject == vendor.kid)
        leaves = list(await uow.session.scalars(query))
    assert [leaf.kind for leaf in leaves] == [registry.KEY_EVENT] * 3
    assert len({leaf.entry for leaf in leaves}) == 3


async def test_a_compromise_lies_in_the_past(units: UnitOfWorkFactory) -> None:
    async with units.begin(OPERATOR) as uow:
        vendor = await register(uow)
    with pytest.raises(Unprocessable):
        async with units.begin(OPERATOR) as uow:
            await registry.revoke_key(
                uow, kid=vendor.kid, compromised_since=uow.now + timedelta(seconds=1)
            )
