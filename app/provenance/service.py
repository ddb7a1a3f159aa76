"""Use cases of provenance: verify what generators sign, sign what the house vouches for.

Keys are registered in ``registry``; the transparency log is sealed and proved in ``log``.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Role
from app.core.errors import NotFound
from app.core.unit_of_work import UnitOfWork
from app.provenance import countersignature, keys, log, music_generation
from app.provenance import statement as in_toto
from app.provenance.bundle import Bundle
from app.provenance.countersignature import ScreeningVerdict
from app.provenance.dsse import INTOTO, Envelope
from app.provenance.errors import (
    GeneratorMismatch,
    KeyNotActive,
    KeyRevoked,
    KeyUnknown,
    StatementInvalid,
    StatementReplayed,
)
from app.provenance.house import HouseKeys
from app.provenance.keys import PublicKey
from app.provenance.lifecycle import KeyState
from app.provenance.models import Generator, LogLeaf, SigningKey, Statement
from app.provenance.music_generation import MusicGeneration
from app.provenance.receipt import Receipt
from app.provenance.statement import SCREENING_COUNTERSIGNATURE, Subject

CLOCK_SKEW: Final = timedelta(minutes=5)  # a generator's clock may run ahead of ours by so much
STAFF: Final = (Role.OPERATOR, Role.REVIEWER, Role.LEGAL, Role.AUDITOR)

_STEM: Final = "stem"
_LEAF_KIND: Final = "statement"


@dataclass(frozen=True, slots=True)
class VerifiedProvenance:
    """A generator's statement that was verified and stored."""

    statement: Statement
    generator_id: str
    predicate: MusicGeneration


async def verify_statement(
    uow: UnitOfWork, *, envelope: bytes, track_id: str, assets: Mapping[str, str]
) -> VerifiedProvenance:
    """Accept a generator's statement about a track: stored, and queued for the log.

    ``assets`` maps the SHA-256 (hex) of every uploaded file to its role (mix, stem, score, …).
    Sending the same statement for the same track again gives the stored one.

    Raises:
        EnvelopeMalformed: not a DSSE envelope.
        KeyUnknown, KeyNotActive, KeyRevoked: the key may not sign now.
        SignatureInvalid: the signature does not fit.
        PayloadNotCanonical, StatementInvalid: the payload is not a statement that we take.
        GeneratorMismatch: the key is not that of the generator that the statement names.
        SubjectMissing, SubjectUndeclared: the statement is not about exactly the uploaded files.
        StatementReplayed: it was accepted for another track before.
    """
    signed = Envelope.parse(envelope)
    key = await _active_key(uow.session, signed)
    if signed.payload_type != INTOTO:
        raise StatementInvalid(f"The payload type must be {INTOTO}.")
    claim = in_toto.parse(signed.payload)
    predicate = music_generation.parse(claim)
    await _require_generator(uow.session, key, predicate)
    if predicate.created_at > uow.now + CLOCK_SKEW:
        raise StatementInvalid("createdAt lies in the future; check the generator's clock.")
    in_toto.require_exactly(claim, frozenset(assets))
    _require_stems(predicate, assets)
    statement = await _keep(
        uow,
        signed,
        keys.from_jwk(key.public_jwk),
        subject_id=track_id,
        predicate_type=claim.predicate_type,
        owner_id=uow.actor.user_id,
    )
    return VerifiedProvenance(statement, key.generator_id, predicate)


async def countersign(
    uow: UnitOfWork,
    *,
    house: HouseKeys,
    track_id: str,
    statement_id: str,
    policy: str,
    verdict: ScreeningVerdict,
    evidence_sha256: str,
) -> Statement:
    """Sign that the track with this provenance statement passed screening; everybody may read it.

    ``policy`` is the URI of the screening policy; ``evidence_sha256`` digests the evidence we keep.

    Raises:
        NotFound: no such statement about this track.
    """
    checked = await uow.session.get(Statement, statement_id)
    if checked is None or checked.subject_id != track_id:
        raise NotFound("There is no such statement about this track.")
    predicate = countersignature.predicate(
        verifier=house.url,
        resource=f"{house.url}/v1/tracks/{track_id}",
        policy=policy,
        verdict=verdict,
        evidence_sha256=evidence_sha256,
        statement_sha256=checked.payload_sha256,
        statement_uri=f"{house.url}/v1/statements/{checked.id}",
        at=uow.now,
    )
    return await issue_statement(
        uow,
        house,
        subject_id=track_id,
        predicate_type=SCREENING_COUNTERSIGNATURE,
        subjects=in_toto.parse(checked.payload).subject,
        predicate=predicate,
    )


async def issue_statement(
    uow: UnitOfWork,
    house: HouseKeys,
    *,
    subject_id: str,
    predicate_type: str,
    subjects: Iterable[Subject],
    predicate: Mapping[str, Any],
    owner_id: str | None = None,
) -> Statement:
    """Sign a statement of the house and queue it for the log.

    ``owner_id`` is the person who may read it besides staff; None where everybody may. Issuing the
    very same statement again gives the stored one.

    Raises:
        StatementInvalid: the predicate cannot be written as canonical JSON.
    """
    payload = in_toto.encode(subjects, predicate_type, predicate)
    signed = await asyncio.to_thread(Envelope.sign, payload, INTOTO, house.statements)
    return await _keep(
        uow,
        signed,
        house.statements.public_key,
        subject_id=subject_id,
        predicate_type=predicate_type,
        owner_id=owner_id,
    )


async def readable_statement(uow: UnitOfWork, statement_id: str) -> Statement:
    """
    Raises:
        NotFound: no such statement, or not one that the actor may read.
    """
    statement = await uow.session.get(Statement, statement_id)
    if statement is None or not may_read(uow.actor, owner_id=statement.owner_id):
        raise NotFound("There is no statement with this id that you may read.")
    return statement


def may_read(actor: Actor, *, owner_id: str | None) -> bool:
    """Whether the actor may read a statement of that owner; None means that everybody may."""
    return owner_id is None or owner_id == actor.user_id or actor.has(*STAFF)


async def is_doubtful(session: AsyncSession, statement_id: str) -> bool:
    """Whether the key that signed a statement was compromised when it entered the log.

    Log time decides: whoever has the key can write any time into what it signs.
    """
    query = (
        sa.select(Statement.id)
        .join(SigningKey, SigningKey.kid == Statement.kid)
        .join(LogLeaf, LogLeaf.sequence == Statement.leaf_sequence)
        .where(Statement.id == statement_id, SigningKey.compromised_since <= LogLeaf.queued_at)
    )
    return await session.scalar(query) is not None


async def statements_about(session: AsyncSession, subject_id: str) -> list[Statement]:
    """The statements about a thing, oldest first."""
    query = sa.select(Statement).where(Statement.subject_id == subject_id).order_by(Statement.id)
    return list(await session.scalars(query))


async def receipt_for(session: AsyncSession, statement_id: str) -> Receipt:
    """The proof that a statement is in the log.

    Raises:
        NotFound: no such statement.
        NotYetSealed: it waits for the next checkpoint.
    """
    query = (
        sa.select(LogLeaf)
        .join(Statement, Statement.leaf_sequence == LogLeaf.sequence)
        .where(Statement.id == statement_id)
    )
    leaf = await session.scalar(query)
    if leaf is None:
        raise NotFound("There is no statement with this id.")
    return await log.receipt_of(session, leaf)


async def bundle_for(session: AsyncSession, house: HouseKeys, statement: Statement) -> Bundle:
    """Everything that somebody else needs to verify a statement offline.

    Raises:
        NotYetSealed: it waits for the next checkpoint.
    """
    receipt = await receipt_for(session, statement.id)
    return Bundle(
        envelope=Envelope.parse(statement.envelope).as_json(),
        signer=statement.public_jwk,
        receipt=receipt.text(),
        log=house.log_key.vkey,
    )


async def _active_key(session: AsyncSession, signed: Envelope) -> SigningKey:
    key = None
    if keys.is_kid(signed.keyid):
        # Shared lock: the key cannot be revoked between this check and our commit.
        key = await session.get(SigningKey, signed.keyid, with_for_update={"read": True})
    if key is None:
        raise KeyUnknown("Register the key first; its keyid is the RFC 7638 thumbprint.")
    signed.verify(keys.from_jwk(key.public_jwk))
    match key.state:
        case KeyState.ACTIVE:
            return key
        case KeyState.REVOKED:
            raise KeyRevoked("Sign again with an active key of the generator.")
        case KeyState.PENDING | KeyState.RETIRED:
            raise KeyNotActive(f"The key is {key.state.value}. Sign with an active one.")


async def _require_generator(
    session: AsyncSession, key: SigningKey, predicate: MusicGeneration
) -> None:
    generator = await session.get_one(Generator, key.generator_id)
    named = predicate.generator
    if (named.name, named.provider) != (generator.name, generator.provider):
        raise GeneratorMismatch(
            f"The key belongs to {generator.name} by {generator.provider}; the statement names "
            f"{named.name} by {named.provider}."
        )


def _require_stems(predicate: MusicGeneration, assets: Mapping[str, str]) -> None:
    declared = {stem.sha256 for stem in predicate.stems}
    uploaded = {sha256 for sha256, role in assets.items() if role == _STEM}
    if declared != uploaded:
        raise StatementInvalid(
            "The stems that the statement declares are not the ones uploaded as stems: "
            f"{', '.join(sorted(declared ^ uploaded))}."
        )


async def _keep(
    uow: UnitOfWork,
    signed: Envelope,
    key: PublicKey,
    *,
    subject_id: str,
    predicate_type: str,
    owner_id: str | None,
) -> Statement:
    digest = hashlib.sha256(signed.payload).hexdigest()
    known = await uow.session.scalar(sa.select(Statement).where(Statement.payload_sha256 == digest))
    if known is not None:
        if known.subject_id != subject_id:
            raise StatementReplayed("Each track needs a statement of its own; sign a new one.")
        return known
    leaf = await log.queue_leaf(
        uow,
        kind=_LEAF_KIND,
        subject=subject_id,
        payload_sha256=digest,
        kid=key.kid,
    )
    statement = Statement(
        id=uow.new_id("stm"),
        subject_id=subject_id,
        predicate_type=predicate_type,
        payload=signed.payload,
        payload_sha256=digest,
        envelope=signed.encode(),
        kid=key.kid,
        public_jwk=dict(key.jwk),
        owner_id=owner_id,
        leaf_sequence=leaf.sequence,
        created_at=uow.now,
    )
    uow.session.add(statement)
    await uow.session.flush()
    uow.record("statement.kept", statement.id, payload_sha256=digest, kid=key.kid)
    return statement
