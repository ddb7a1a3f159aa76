"""A generator for tests: its key, its declarations, and statements signed by it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from app.core.actor import Actor, ActorKind, Role
from app.core.unit_of_work import UnitOfWork
from app.provenance import registry
from app.provenance import statement as in_toto
from app.provenance.authoring import prompt_of
from app.provenance.dsse import INTOTO, Envelope
from app.provenance.house import HouseKeys
from app.provenance.keys import Algorithm
from app.provenance.music_generation import (
    AiFacets,
    GeneratorName,
    Model,
    MusicGeneration,
    Stem,
    Step,
    VoiceLikeness,
)
from app.provenance.signer import PrivateKeySigner
from app.provenance.statement import MUSIC_GENERATION, DigestSet, Subject

OPERATOR = Actor(kind=ActorKind.SYSTEM, roles=frozenset({Role.OPERATOR}), label="test operator")
CREATOR = Actor(kind=ActorKind.API_KEY, roles=frozenset({Role.CREATOR}), label="test creator")

MIX, VOCALS, SCORE = (hashlib.sha256(name).hexdigest() for name in (b"mix", b"vocals", b"score"))
ASSETS = {MIX: "mix", VOCALS: "stem", SCORE: "score"}


def generation(**changes: Any) -> MusicGeneration:
    """What SongGen declares about a piece with one stem."""
    declared = MusicGeneration(
        generator=GeneratorName(name="SongGen", version="2.1", provider="Example Labs"),
        model=Model(name="songgen-xl", version="2026-10"),
        seed="18446744073709551615",
        created_at=datetime(2026, 11, 20, 14, 0, tzinfo=UTC),
        prompt=prompt_of("a slow air in D", salt=bytes(16), disclose=False),
        steps=(Step(operation="generate", tool="songgen", version="2.1", outputs=(MIX,)),),
        voice_likeness=VoiceLikeness(used=False),
        attestations=(),
        ai_facets=AiFacets(
            vocals="full",
            instrumentation="full",
            composition="full",
            lyrics="none",
            post_production="partial",
        ),
        stems=(Stem(sha256=VOCALS, role="vocals"),),
    )
    return msgspec.structs.replace(declared, **changes)


def payload(
    declared: MusicGeneration | None = None, assets: tuple[str, ...] = tuple(ASSETS)
) -> bytes:
    """The canonical statement about the files with these digests."""
    subjects = [Subject(name=f"{digest[:8]}.bin", digest=DigestSet(digest)) for digest in assets]
    predicate = msgspec.to_builtins(declared or generation())
    return in_toto.encode(subjects, MUSIC_GENERATION, predicate)


def envelope(signer: PrivateKeySigner, content: bytes | None = None, kind: str = INTOTO) -> bytes:
    """A payload (the usual statement unless given) in a DSSE envelope."""
    return Envelope.sign(payload() if content is None else content, kind, signer).encode()


@dataclass
class Vendor:
    """A registered generator with one active key."""

    signer: PrivateKeySigner
    generator_id: str
    kid: str = field(init=False)

    def __post_init__(self) -> None:
        self.kid = self.signer.public_key.kid


async def register(
    uow: UnitOfWork, algorithm: Algorithm = Algorithm.ED25519, name: str = "SongGen"
) -> Vendor:
    """A generator whose key was proposed and proved."""
    generator = await registry.register_generator(uow, name=name, provider="Example Labs")
    signer = PrivateKeySigner.generate(algorithm)
    await activate(uow, generator.id, signer)
    return Vendor(signer, generator.id)


async def activate(uow: UnitOfWork, generator_id: str, signer: PrivateKeySigner) -> None:
    """Propose a key and prove possession of it."""
    key, challenge = await registry.propose_key(
        uow, generator_id=generator_id, public_key_pem=signer.public_key.pem()
    )
    proof = signer.sign(registry.challenge_message(challenge))
    await registry.prove_possession(uow, kid=key.kid, signature=proof)


def new_house() -> HouseKeys:
    """A house with fresh keys in memory."""
    return HouseKeys(
        statements=PrivateKeySigner.generate(Algorithm.ED25519),
        log=PrivateKeySigner.generate(Algorithm.ED25519),
        origin="music.example/log",
        url="https://music.example",
    )
