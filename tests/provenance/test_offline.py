"""Documents verified without a database: only what a trusted key signed is accepted."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.core.errors import ServiceError
from app.provenance import authoring, canonical, checkpoint, disclosure, merkle, offline
from app.provenance import statement as in_toto
from app.provenance.bundle import Bundle
from app.provenance.checkpoint import TreeHead
from app.provenance.disclosure import Disclosure
from app.provenance.dsse import INTOTO, Envelope
from app.provenance.keys import Algorithm
from app.provenance.offline import Outcome, Trust, UnknownDocument
from app.provenance.receipt import Receipt
from app.provenance.signer import PrivateKeySigner
from tests.provenance.generators import generation, new_house, payload

HOUSE = new_house()
STRANGER = new_house()
PAYLOAD = payload()
SIGNED = Envelope.sign(PAYLOAD, INTOTO, HOUSE.statements)
TRUST = Trust(
    statement_keys={SIGNED.keyid: HOUSE.statements.public_key},
    logs=(HOUSE.log_key,),
)
MUTATIONS = 10_000


def receipt(content: bytes = PAYLOAD, kid: str = SIGNED.keyid) -> Receipt:
    entry = canonical.encode(
        {
            "at": "2026-11-20T15:00:00Z",
            "kid": kid,
            "kind": "statement",
            "payloadSha256": hashlib.sha256(content).hexdigest(),
        }
    )
    return logged(entry)


def logged(entry: bytes) -> Receipt:
    """The receipt of an entry, the second of two."""
    neighbour = merkle.leaf_hash(b"neighbour")
    root = merkle.node_hash(neighbour, merkle.leaf_hash(entry))
    note = checkpoint.sign(TreeHead(HOUSE.origin, 2, root), HOUSE.log)
    return Receipt(entry, 1, (neighbour,), note)


def bundle(**changes: Any) -> bytes:
    whole = Bundle(
        envelope=SIGNED.as_json(),
        signer=dict(HOUSE.statements.public_key.jwk),
        receipt=receipt().text(),
        log=HOUSE.log_key.vkey,
    )
    return msgspec.json.encode(msgspec.structs.replace(whole, **changes))


def disclosed() -> bytes:
    document = {"action": "notice.decided", "case": "ntc_1", "sequence": 7}
    salt = bytes(range(32))
    digest = disclosure.salted_sha256(canonical.encode(document), salt)
    entry = {"at": "2026-11-20T15:00:00Z", "kind": "case-decision", "saltedSha256": digest}
    return msgspec.json.encode(
        Disclosure(
            document=document,
            salt=salt.hex(),
            receipt=logged(canonical.encode(entry)).text(),
            log=HOUSE.log_key.vkey,
        )
    )


def outcomes(report: offline.Report) -> dict[str, Outcome]:
    return {finding.check: finding.outcome for finding in report.findings}


def test_a_bundle_is_accepted_under_trusted_keys() -> None:
    report = offline.verify(bundle(), TRUST)
    assert report.accepted
    assert set(outcomes(report).values()) == {Outcome.PASSED}
    assert report.predicate_type == in_toto.MUSIC_GENERATION
    assert len(report.subjects) == 3


def test_envelopes_and_receipts_are_accepted_alone() -> None:
    assert offline.verify(SIGNED.encode(), TRUST).accepted
    assert offline.verify(receipt().text().encode(), TRUST).accepted


def test_a_disclosure_is_of_one_document_under_one_salt() -> None:
    assert offline.verify(disclosed(), TRUST).accepted
    for old, new in ((b'"sequence":7', b'"sequence":8'), (b'"salt":"00', b'"salt":"01')):
        report = offline.verify(disclosed().replace(old, new), TRUST)
        assert outcomes(report) == {"log": Outcome.FAILED}
    floats = disclosed().replace(b'"sequence":7', b'"sequence":1e999')
    with pytest.raises(UnknownDocument):
        offline.verify(floats, TRUST)
    assert not offline.verify(disclosed(), Trust()).accepted


def test_keys_that_a_document_brings_along_are_not_trusted() -> None:
    report = offline.verify(bundle(), Trust())
    assert not report.accepted
    assert outcomes(report)["signature"] is outcomes(report)["log"] is Outcome.UNCHECKED
    assert not offline.verify(SIGNED.encode(), Trust()).accepted
    assert not offline.verify(receipt().text().encode(), Trust()).accepted


def test_a_forger_with_keys_of_their_own_is_refused() -> None:
    forged = Envelope.sign(PAYLOAD, INTOTO, STRANGER.statements)
    document = bundle(envelope=forged.as_json(), signer=dict(STRANGER.statements.public_key.jwk))
    assert not offline.verify(document, TRUST).accepted
    renamed = Envelope(PAYLOAD, INTOTO, SIGNED.keyid, forged.signature)
    assert not offline.verify(bundle(envelope=renamed.as_json()), TRUST).accepted


def test_a_log_that_only_has_the_right_name_is_refused() -> None:
    impostor = checkpoint.sign(
        TreeHead(HOUSE.origin, 1, merkle.leaf_hash(receipt().entry)), STRANGER.log
    )
    forged = Receipt(receipt().entry, 0, (), impostor)
    report = offline.verify(bundle(receipt=forged.text()), TRUST)
    assert outcomes(report)["log"] is Outcome.FAILED
    assert not offline.verify(forged.text().encode(), TRUST).accepted


@pytest.mark.parametrize(
    "foreign", [receipt(content=b"{}"), receipt(kid="A" * 43)], ids=["payload", "key"]
)
def test_the_receipt_of_another_statement_is_refused(foreign: Receipt) -> None:
    report = offline.verify(bundle(receipt=foreign.text()), TRUST)
    assert outcomes(report)["log"] is Outcome.FAILED
    assert not report.accepted


def test_a_genuine_signature_over_nonsense_is_refused() -> None:
    for content, kind in ((b"{}", INTOTO), (b"{ }", INTOTO), (PAYLOAD, "text/plain")):
        signed = Envelope.sign(content, kind, HOUSE.statements).encode()
        assert not offline.verify(signed, TRUST).accepted


def test_files_are_compared_with_the_subjects(tmp_path: Path) -> None:
    song = tmp_path / "song.wav"
    song.write_bytes(b"RIFF")
    signer = PrivateKeySigner.generate(Algorithm.ES256)
    content = authoring.unsigned_statement(generation(), [song], {})
    signed = Envelope.sign(content, INTOTO, signer)
    mine = authoring.subject_of(song).digest.sha256

    def with_files(files: dict[str, str]) -> Trust:
        return Trust(statement_keys={signed.keyid: signer.public_key}, files=files)

    assert offline.verify(signed.encode(), with_files({mine: "song.wav"})).accepted
    refused = offline.verify(signed.encode(), with_files({mine: "song.wav", "0" * 64: "other"}))
    assert outcomes(refused)["files"] is Outcome.FAILED
    assert not refused.accepted


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"envelope":{}}',
        b"c2sp.org/tlog-proof@v1\n\xff",
        b"PK\x03\x04",
        b" " * (offline.MAX_DOCUMENT_BYTES + 1),
    ],
)
def test_other_documents_are_named_as_such(document: bytes) -> None:
    with pytest.raises(UnknownDocument):
        offline.verify(document, TRUST)


def flip(data: bytearray, dice: random.Random) -> None:
    data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)


def drop(data: bytearray, dice: random.Random) -> None:
    start = dice.randrange(len(data))
    del data[start : start + dice.randint(1, 8)]


def insert(data: bytearray, dice: random.Random) -> None:
    place = dice.randrange(len(data))
    data[place:place] = dice.randbytes(dice.randint(1, 4))


def double(data: bytearray, dice: random.Random) -> None:
    start = dice.randrange(len(data))
    data[start:start] = data[start : start + dice.randint(1, 64)]


@pytest.mark.parametrize("kind", ["envelope", "receipt", "bundle", "disclosure"])
def test_nothing_altered_is_accepted_for_what_it_was_not(kind: str) -> None:
    """Mutated documents never crash; an accepted one still says exactly what was signed."""
    original = {
        "envelope": SIGNED.encode(),
        "receipt": receipt().text().encode(),
        "bundle": bundle(),
        "disclosure": disclosed(),
    }[kind]
    genuine = offline.verify(original, TRUST)
    changes: list[Callable[[bytearray, random.Random], None]] = [flip, drop, insert, double]
    dice = random.Random(20261120)
    accepted = 0
    for _ in range(MUTATIONS):
        mutated = bytearray(original)
        dice.choice(changes)(mutated, dice)
        try:
            report = offline.verify(bytes(mutated), TRUST)
        except ServiceError:
            continue
        if report.accepted:
            accepted += 1
            assert report == genuine
            assert signed_parts(bytes(mutated)) == signed_parts(original)
    assert accepted < MUTATIONS / 2  # most places are signed, so most mutations must be refused


def signed_parts(document: bytes) -> object:
    """What of a document is covered by a signature."""
    if document.startswith(b"c2sp"):
        text = document.decode()
        return Receipt.parse(text).entry, Receipt.parse(text).verify(HOUSE.log_key)
    members = json.loads(document)
    if "salt" in members:
        return members["document"], members["salt"]
    envelope = Envelope.parse(json.dumps(members.get("envelope", members)).encode())
    return envelope.payload, envelope.payload_type
