"""What is accepted as provenance, and every way in which it is refused, on both engines."""

from __future__ import annotations

import asyncio
import hashlib
import json
from datetime import timedelta
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from app.core.actor import ANONYMOUS, Actor, ActorKind, Role
from app.core.errors import NotFound, ServiceError
from app.core.unit_of_work import UnitOfWorkFactory
from app.provenance import canonical, registry, service
from app.provenance import statement as in_toto
from app.provenance.authoring import prompt_of
from app.provenance.countersignature import ScreeningVerdict
from app.provenance.dsse import Envelope
from app.provenance.errors import (
    GeneratorMismatch,
    KeyNotActive,
    KeyRevoked,
    KeyUnknown,
    PayloadNotCanonical,
    SignatureInvalid,
    StatementInvalid,
    StatementReplayed,
    SubjectMissing,
    SubjectUndeclared,
)
from app.provenance.keys import Algorithm
from app.provenance.models import LogLeaf, Statement
from app.provenance.music_generation import GeneratorName, Stem, VoiceLikeness
from app.provenance.signer import PrivateKeySigner
from tests.provenance.generators import (
    ASSETS,
    CREATOR,
    MIX,
    OPERATOR,
    SCORE,
    VOCALS,
    Vendor,
    envelope,
    generation,
    new_house,
    payload,
    register,
)

TRACK, OTHER_TRACK = "trk_one", "trk_other"
HOUSE = new_house()


@pytest.fixture(params=list(Algorithm))
def algorithm(request: pytest.FixtureRequest) -> Algorithm:
    return request.param


@pytest.fixture
async def vendor(units: UnitOfWorkFactory) -> Vendor:
    async with units.begin(OPERATOR) as uow:
        return await register(uow)


async def submit(
    units: UnitOfWorkFactory, content: bytes, track_id: str = TRACK, **changes: Any
) -> service.VerifiedProvenance:
    async with units.begin(CREATOR) as uow:
        return await service.verify_statement(
            uow, envelope=content, track_id=track_id, assets=changes.get("assets", ASSETS)
        )


async def count(units: UnitOfWorkFactory, model: type[Statement | LogLeaf]) -> int:
    async with units.look(OPERATOR) as uow:
        return await uow.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


async def test_a_good_statement_is_kept_and_queued(
    units: UnitOfWorkFactory, algorithm: Algorithm
) -> None:
    async with units.begin(OPERATOR) as uow:
        vendor = await register(uow, algorithm)
    accepted = await submit(units, envelope(vendor.signer))
    assert accepted.generator_id == vendor.generator_id
    assert accepted.predicate == generation()
    async with units.look(OPERATOR) as uow:
        kept = await uow.session.get_one(Statement, accepted.statement.id)
        leaf = await uow.session.get_one(LogLeaf, kept.leaf_sequence)
    assert kept.payload == payload()
    assert Envelope.parse(kept.envelope).keyid == vendor.kid
    entry = json.loads(leaf.entry)
    assert entry["payloadSha256"] == kept.payload_sha256 == hashlib.sha256(payload()).hexdigest()
    assert entry["kid"] == vendor.kid
    assert TRACK not in leaf.entry.decode()  # nothing in the public log leads to a person


async def test_a_changed_byte_in_one_stem_is_refused(
    units: UnitOfWorkFactory, vendor: Vendor
) -> None:
    changed = hashlib.sha256(b"vocalz").hexdigest()
    with pytest.raises(SubjectMissing) as refused:
        await submit(
            units, envelope(vendor.signer), assets={MIX: "mix", changed: "stem", SCORE: "score"}
        )
    assert refused.value.extra["missing"] == [VOCALS]


@pytest.mark.parametrize(
    ("assets", "error"),
    [
        ({MIX: "mix", VOCALS: "stem"}, SubjectMissing),
        ({}, SubjectMissing),
        ({**ASSETS, "0" * 64: "stem"}, SubjectUndeclared),
        ({MIX: "mix", VOCALS: "score", SCORE: "score"}, StatementInvalid),
        ({MIX: "stem", VOCALS: "stem", SCORE: "score"}, StatementInvalid),
    ],
)
async def test_the_statement_is_about_exactly_the_uploaded_files(
    units: UnitOfWorkFactory, vendor: Vendor, assets: dict[str, str], error: type[ServiceError]
) -> None:
    with pytest.raises(error):
        await submit(units, envelope(vendor.signer), assets=assets)
    assert await count(units, Statement) == 0


async def test_keys_must_be_known_active_and_trusted(
    units: UnitOfWorkFactory, vendor: Vendor
) -> None:
    stranger = PrivateKeySigner.generate(Algorithm.ED25519)
    with pytest.raises(KeyUnknown):
        await submit(units, envelope(stranger))
    async with units.begin(OPERATOR) as uow:
        await registry.propose_key(
            uow, generator_id=vendor.generator_id, public_key_pem=stranger.public_key.pem()
        )
    with pytest.raises(KeyNotActive):
        await submit(units, envelope(stranger))
    async with units.begin(OPERATOR) as uow:
        await registry.retire_key(uow, kid=vendor.kid)
    with pytest.raises(KeyNotActive):
        await submit(units, envelope(vendor.signer))
    async with units.begin(OPERATOR) as uow:
        await registry.revoke_key(uow, kid=vendor.kid)
    with pytest.raises(KeyRevoked):
        await submit(units, envelope(vendor.signer))


@pytest.mark.parametrize("keyid", ["", "k", "\0" * 43, "é" * 43, "A" * 43, "A" * 100_000])
async def test_strange_key_names_are_unknown(
    units: UnitOfWorkFactory, vendor: Vendor, keyid: str
) -> None:
    document = json.loads(envelope(vendor.signer))
    document["signatures"][0]["keyid"] = keyid
    with pytest.raises(ServiceError) as refused:
        await submit(units, json.dumps(document).encode())
    assert refused.value.slug in {"key-unknown", "envelope-malformed"}


async def test_the_algorithm_is_that_of_the_registered_key(units: UnitOfWorkFactory) -> None:
    """A signature of one algorithm under the name of a key of the other."""
    async with units.begin(OPERATOR) as uow:
        edwards = await register(uow, Algorithm.ED25519)
        nist = await register(uow, Algorithm.ES256, name="Other")
    for signer, named in ((edwards.signer, nist.kid), (nist.signer, edwards.kid)):
        document = json.loads(envelope(signer))
        document["signatures"][0] |= {"keyid": named, "alg": "none"}
        with pytest.raises(SignatureInvalid):
            await submit(units, json.dumps(document).encode())


async def test_a_statement_cannot_be_replayed_for_another_track(
    units: UnitOfWorkFactory, vendor: Vendor
) -> None:
    signed = envelope(vendor.signer)
    first = await submit(units, signed)
    again = await submit(units, signed)
    assert again.statement.id == first.statement.id
    with pytest.raises(StatementReplayed):
        await submit(units, signed, track_id=OTHER_TRACK)
    assert await count(units, Statement) == 1


async def test_two_tracks_race_for_one_statement(units: UnitOfWorkFactory, vendor: Vendor) -> None:
    signed = envelope(vendor.signer)
    outcomes = await asyncio.gather(
        *(submit(units, signed, track_id=f"trk_{number}") for number in range(4)),
        return_exceptions=True,
    )
    won = [outcome for outcome in outcomes if isinstance(outcome, service.VerifiedProvenance)]
    assert len(won) == 1
    assert await count(units, Statement) == 1


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (payload().replace(b'":', b'": ', 1), PayloadNotCanonical),
        (payload()[:-1] + b',"_type":"x"}', PayloadNotCanonical),
        (b"[]", PayloadNotCanonical),
        (payload(assets=()), StatementInvalid),
        (payload().replace(b"Statement/v1", b"Statement/v2"), StatementInvalid),
        (payload().replace(b"music-generation/v1", b"music-generation/v2"), StatementInvalid),
        (payload().replace(b'"seed":"', b'"seed":"x'), StatementInvalid),
        (payload().replace(b'"seed"', b'"seee"'), StatementInvalid),
        (payload().replace(MIX.encode(), MIX.upper().encode()), StatementInvalid),
        (payload(generation(seed="07")), StatementInvalid),
        (payload(generation(voice_likeness=VoiceLikeness(used=True))), StatementInvalid),
        (payload(generation(stems=(Stem(sha256="0" * 64, role="bass"),))), StatementInvalid),
        (
            payload(
                generation(
                    prompt=msgspec.structs.replace(
                        prompt_of("a slow air", salt=bytes(16), disclose=True), text="a reel"
                    )
                )
            ),
            StatementInvalid,
        ),
        (
            payload(
                generation(
                    generator=GeneratorName(name="Rival", version="1", provider="Example Labs")
                )
            ),
            GeneratorMismatch,
        ),
    ],
)
async def test_a_genuine_signature_does_not_excuse_a_wrong_payload(
    units: UnitOfWorkFactory, vendor: Vendor, content: bytes, error: type[ServiceError]
) -> None:
    with pytest.raises(error):
        await submit(units, envelope(vendor.signer, content))
    assert await count(units, Statement) == 0


async def test_another_payload_type_is_refused(units: UnitOfWorkFactory, vendor: Vendor) -> None:
    with pytest.raises(StatementInvalid):
        await submit(units, envelope(vendor.signer, kind="application/json"))


async def test_a_statement_from_the_future_is_refused(
    units: UnitOfWorkFactory, vendor: Vendor
) -> None:
    ahead = units.clock.now() + service.CLOCK_SKEW + timedelta(seconds=1)
    with pytest.raises(StatementInvalid, match="future"):
        await submit(units, envelope(vendor.signer, payload(generation(created_at=ahead))))


async def test_a_countersignature_refers_to_what_was_checked(
    units: UnitOfWorkFactory, vendor: Vendor
) -> None:
    provenance = (await submit(units, envelope(vendor.signer))).statement
    request = {
        "house": HOUSE,
        "track_id": TRACK,
        "statement_id": provenance.id,
        "policy": "https://music.example/policies/screening/1",
        "verdict": ScreeningVerdict.CLEAR,
        "evidence_sha256": "e" * 64,
    }
    async with units.begin(OPERATOR) as uow:
        signed = await service.countersign(uow, **request)
        repeated = await service.countersign(uow, **request)
    assert repeated.id == signed.id
    Envelope.parse(signed.envelope).verify(HOUSE.statements.public_key)
    claim = in_toto.parse(signed.payload)
    assert claim.digests == frozenset(ASSETS)
    predicate = claim.predicate
    assert predicate["verificationResult"] == "PASSED"
    assert predicate["timeVerified"] == "2026-11-20T15:00:00Z"
    assert predicate["inputAttestations"][0]["digest"] == {"sha256": provenance.payload_sha256}
    assert predicate["screening"] == {"evidence": {"sha256": "e" * 64}, "verdict": "clear"}
    with pytest.raises(NotFound):
        async with units.begin(OPERATOR) as uow:
            await service.countersign(uow, **{**request, "track_id": OTHER_TRACK})


async def test_a_statement_that_cannot_be_written_is_refused(units: UnitOfWorkFactory) -> None:
    for value in (float("nan"), 2**60, "\ud800"):
        with pytest.raises(StatementInvalid):
            async with units.begin(OPERATOR) as uow:
                await service.issue_statement(
                    uow,
                    HOUSE,
                    subject_id="grt_x",
                    predicate_type=in_toto.LICENCE_GRANT,
                    subjects=in_toto.parse(payload()).subject,
                    predicate={"value": value},
                )


async def test_who_may_read_a_statement(units: UnitOfWorkFactory, vendor: Vendor) -> None:
    async with units.begin(OPERATOR) as uow:
        public = await service.issue_statement(
            uow,
            HOUSE,
            subject_id=TRACK,
            predicate_type=in_toto.LICENCE_GRANT,
            subjects=in_toto.parse(payload()).subject,
            predicate={},
        )
    async with units.look(ANONYMOUS) as uow:
        assert (await service.readable_statement(uow, public.id)).id == public.id
        assert [row.id for row in await service.statements_about(uow.session, TRACK)] == [public.id]


def test_private_statements_are_read_by_owner_and_staff_only() -> None:
    owner = Actor(kind=ActorKind.API_KEY, user_id="usr_owner")
    stranger = Actor(kind=ActorKind.API_KEY, user_id="usr_stranger")
    reviewer = Actor(kind=ActorKind.PERSON, user_id="usr_r", roles=frozenset({Role.REVIEWER}))
    readers = [
        actor.user_id
        for actor in (owner, stranger, reviewer, ANONYMOUS)
        if service.may_read(actor, owner_id="usr_owner")
    ]
    assert readers == ["usr_owner", "usr_r"]


def test_payloads_are_canonical_as_written() -> None:
    assert canonical.encode(canonical.parse(payload())) == payload()
