"""Provenance on the wire."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Annotated

import msgspec

from app.provenance.keys import Algorithm
from app.provenance.lifecycle import KeyState
from app.provenance.models import Generator, KeyChallenge, SigningKey
from app.provenance.registry import CHALLENGE_TYPE
from app.provenance.statement import END

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=rf"^[^\x00-\x1f]*{END}")]


class NewGenerator(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A model vendor's product."""

    name: Name
    provider: Name


class GeneratorView(msgspec.Struct, kw_only=True):
    """A registered generator."""

    id: str
    name: str
    provider: str
    created_at: datetime

    @classmethod
    def of(cls, generator: Generator) -> GeneratorView:
        return cls(
            id=generator.id,
            name=generator.name,
            provider=generator.provider,
            created_at=generator.created_at,
        )


class NewKey(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """An Ed25519 or P-256 public key, as SubjectPublicKeyInfo in PEM."""

    public_key_pem: Annotated[str, msgspec.Meta(max_length=4096)]


class KeyProof(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The signature over the challenge's DSSE pre-authentication encoding, in base64."""

    signature: bytes


class KeyRevocation(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """``compromised_since`` puts what the key signed from then on in doubt."""

    compromised_since: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class KeyView(msgspec.Struct, kw_only=True):
    """A registered key and its life so far."""

    kid: str
    generator_id: str
    algorithm: Algorithm
    public_jwk: dict[str, str]
    state: KeyState
    created_at: datetime
    activated_at: datetime | None
    retired_at: datetime | None
    revoked_at: datetime | None
    compromised_since: datetime | None

    @classmethod
    def of(cls, key: SigningKey) -> KeyView:
        return cls(
            kid=key.kid,
            generator_id=key.generator_id,
            algorithm=key.algorithm,
            public_jwk=key.public_jwk,
            state=key.state,
            created_at=key.created_at,
            activated_at=key.activated_at,
            retired_at=key.retired_at,
            revoked_at=key.revoked_at,
            compromised_since=key.compromised_since,
        )


class ChallengeView(msgspec.Struct, kw_only=True):
    """What to sign: DSSE's PAE of ``payload_type`` and the bytes in ``payload`` (base64)."""

    payload_type: str
    payload: str
    expires_at: datetime

    @classmethod
    def of(cls, challenge: KeyChallenge) -> ChallengeView:
        return cls(
            payload_type=CHALLENGE_TYPE,
            payload=base64.b64encode(challenge.nonce).decode(),
            expires_at=challenge.expires_at,
        )


class ProposedKey(msgspec.Struct, kw_only=True):
    """A pending key, and the challenge that its holder must sign."""

    key: KeyView
    challenge: ChallengeView


class ConsistencyProof(msgspec.Struct, kw_only=True):
    """RFC 9162 section 2.1.4: ``hashes`` are SHA-256 in base64."""

    first: int
    second: int
    hashes: list[str]


class StampedCheckpoint(msgspec.Struct, kw_only=True):
    """A checkpoint, and an RFC 3161 response for its bytes in base64 (``openssl ts -verify``)."""

    checkpoint: str
    time_stamp: str
