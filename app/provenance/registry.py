"""Use cases of the key registry: generators, and the keys that they prove to hold.

Every event in a key's life is logged, so that nobody can quietly say later that a key was, or was
not, trusted at some time.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Role
from app.core.errors import NotFound, Unprocessable
from app.core.unit_of_work import UnitOfWork
from app.provenance import canonical, keys, log
from app.provenance.dsse import pre_authentication_encoding
from app.provenance.errors import (
    GeneratorExists,
    KeyAlreadyRegistered,
    ProofOfPossessionFailed,
    SignatureInvalid,
)
from app.provenance.lifecycle import SIGNING_KEY, KeyCommand, KeyState
from app.provenance.models import Generator, KeyChallenge, SigningKey
from app.provenance.statement import timestamp

CHALLENGE_TYPE: Final = "application/vnd.countersign.key-challenge"
"""The payload type under which challenges are signed: such a signature fits nothing else."""

CHALLENGE_LIFETIME: Final = timedelta(hours=24)  # the private key may be on the other side of a day
KEY_EVENT: Final = "key-event"
_NONCE_BYTES: Final = 32


async def register_generator(uow: UnitOfWork, *, name: str, provider: str) -> Generator:
    """Make a generator known; it can sign once one of its keys is active.

    Raises:
        Forbidden: the actor is no operator.
        GeneratorExists: the provider has a generator of this name.
    """
    uow.actor.require(Role.OPERATOR)
    taken = sa.select(Generator.id).where(Generator.provider == provider, Generator.name == name)
    if await uow.session.scalar(taken) is not None:
        raise GeneratorExists("Add a key to the registered generator instead.")
    generator = Generator(
        id=uow.new_id("gen"),
        name=name,
        provider=provider,
        organisation_id=uow.actor.organisation_id,
        registered_by=uow.actor.user_id,
        created_at=uow.now,
    )
    uow.session.add(generator)
    await uow.session.flush()
    uow.record("generator.registered", generator.id)
    return generator


async def propose_key(
    uow: UnitOfWork, *, generator_id: str, public_key_pem: str
) -> tuple[SigningKey, KeyChallenge]:
    """Propose a generator's key. Proposing a pending key again gives a fresh challenge.

    Raises:
        Forbidden: the actor is no operator.
        NotFound: no such generator.
        KeyUnsupported: neither an Ed25519 nor a P-256 public key in PEM form.
        KeyAlreadyRegistered: the key was proposed for another generator, or was activated before.
    """
    uow.actor.require(Role.OPERATOR)
    if await uow.session.get(Generator, generator_id) is None:
        raise NotFound("There is no generator with this id.")
    public = keys.from_pem(public_key_pem)
    known = await uow.session.get(SigningKey, public.kid, with_for_update=True)
    if known is None:
        known = await _new_key(uow, generator_id, public)
    elif known.generator_id != generator_id or known.state is not KeyState.PENDING:
        raise KeyAlreadyRegistered("Make a new key pair; a key is registered once only.")
    challenge = KeyChallenge(
        kid=public.kid,
        nonce=secrets.token_bytes(_NONCE_BYTES),
        expires_at=uow.now + CHALLENGE_LIFETIME,
    )
    return known, await uow.session.merge(challenge)


async def prove_possession(uow: UnitOfWork, *, kid: str, signature: bytes) -> SigningKey:
    """Activate a pending key whose holder signed ``challenge_message``.

    Raises:
        Forbidden: the actor is no operator.
        NotFound: no such key.
        IllegalTransition: the key is not pending.
        ProofOfPossessionFailed: another key signed, something else was signed, or it is too late.
    """
    uow.actor.require(Role.OPERATOR)
    key = await _locked(uow, kid)
    state = SIGNING_KEY.advance(key.state, KeyCommand.ACTIVATE)
    challenge = await uow.session.get(KeyChallenge, kid)
    if challenge is None or challenge.expires_at < uow.now:
        raise ProofOfPossessionFailed("The challenge has expired. Propose the key again.")
    try:
        keys.from_jwk(key.public_jwk).verify(challenge_message(challenge), signature)
    except SignatureInvalid as error:
        raise ProofOfPossessionFailed(
            "Sign the DSSE pre-authentication encoding of the challenge with the proposed key."
        ) from error
    await uow.session.delete(challenge)
    key.state, key.activated_at = state, uow.now
    await _log_event(uow, key, KeyCommand.ACTIVATE)
    return key


async def retire_key(uow: UnitOfWork, *, kid: str) -> SigningKey:
    """Rotate a key out in good order: what it signed before stays good.

    Raises:
        Forbidden: the actor is no operator.
        NotFound: no such key.
        IllegalTransition: the key is not active.
    """
    uow.actor.require(Role.OPERATOR)
    key = await _locked(uow, kid)
    key.state, key.retired_at = SIGNING_KEY.advance(key.state, KeyCommand.RETIRE), uow.now
    await _log_event(uow, key, KeyCommand.RETIRE)
    return key


async def revoke_key(
    uow: UnitOfWork, *, kid: str, compromised_since: datetime | None = None
) -> SigningKey:
    """Trust a key no more. ``compromised_since`` puts what it signed from then on in doubt.

    Raises:
        Forbidden: the actor is no operator.
        NotFound: no such key.
        IllegalTransition: the key was revoked before.
        Unprocessable: the compromise lies in the future.
    """
    uow.actor.require(Role.OPERATOR)
    key = await _locked(uow, kid)
    state = SIGNING_KEY.advance(key.state, KeyCommand.REVOKE)
    if compromised_since is not None and compromised_since > uow.now:
        raise Unprocessable("A key cannot have been compromised in the future.")
    key.state, key.revoked_at, key.compromised_since = state, uow.now, compromised_since
    await _log_event(uow, key, KeyCommand.REVOKE)
    return key


async def find_key(session: AsyncSession, kid: str) -> SigningKey:
    """
    Raises:
        NotFound: no such key.
    """
    key = await session.get(SigningKey, kid) if keys.is_kid(kid) else None
    if key is None:
        raise NotFound("There is no key with this thumbprint.")
    return key


def challenge_message(challenge: KeyChallenge) -> bytes:
    """What the holder of the key signs: DSSE's PAE of the nonce."""
    return pre_authentication_encoding(CHALLENGE_TYPE, challenge.nonce)


def key_event(key: SigningKey, command: KeyCommand, at: datetime) -> bytes:
    """The document whose digest is logged when a key's state changes; all of it is public."""
    since = {} if key.compromised_since is None else {"since": timestamp(key.compromised_since)}
    said = {"at": timestamp(at), "event": command.value, "generator": key.generator_id}
    return canonical.encode({**said, **since, "kid": key.kid})


async def _new_key(uow: UnitOfWork, generator_id: str, public: keys.PublicKey) -> SigningKey:
    key = SigningKey(
        kid=public.kid,
        generator_id=generator_id,
        algorithm=public.algorithm,
        public_jwk=dict(public.jwk),
        state=SIGNING_KEY.initial,
        created_at=uow.now,
        activated_at=None,
        retired_at=None,
        revoked_at=None,
        compromised_since=None,
    )
    uow.session.add(key)
    await uow.session.flush()
    uow.record("key.proposed", key.kid, generator=generator_id)
    return key


async def _locked(uow: UnitOfWork, kid: str) -> SigningKey:
    key = await find_key(uow.session, kid)
    await uow.session.refresh(key, with_for_update=True)
    return key


async def _log_event(uow: UnitOfWork, key: SigningKey, command: KeyCommand) -> None:
    digest = hashlib.sha256(key_event(key, command, uow.now)).hexdigest()
    await log.queue_leaf(uow, kind=KEY_EVENT, subject=key.kid, payload_sha256=digest, kid=key.kid)
    uow.record(f"key.{key.state.value}", key.kid, event_sha256=digest)
