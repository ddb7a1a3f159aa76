"""Third-party vectors: every one is run, and their number is checked so that none goes missing."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from app.provenance import canonical, keys, merkle
from app.provenance.errors import SignatureInvalid
from app.provenance.keys import PublicKey

ED25519_VECTORS, P256_VECTORS = 151, 262
MERKLE_VECTORS = 98  # of inclusion, and as many of consistency


def accepts(key: PublicKey, message: bytes, signature: bytes) -> bool:
    try:
        key.verify(message, signature)
    except SignatureInvalid:
        return False
    return True


def wycheproof(path: Path) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for group in json.loads(path.read_text())["testGroups"]:
        for case in group["tests"]:
            yield group, case


def test_wycheproof_ed25519(shared_vectors: Path) -> None:
    count = 0
    for group, case in wycheproof(shared_vectors / "wycheproof/ed25519_test.json"):
        raw = bytes.fromhex(group["publicKey"]["pk"])
        key = keys.from_cryptography(Ed25519PublicKey.from_public_bytes(raw))
        accepted = accepts(key, bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"]))
        assert accepted == (case["result"] == "valid"), case
        count += 1
    assert count == ED25519_VECTORS


def test_wycheproof_p256(shared_vectors: Path) -> None:
    """The vectors hold r || s; envelopes hold the same two integers in DER."""
    count = 0
    for group, case in wycheproof(
        shared_vectors / "wycheproof/ecdsa_secp256r1_sha256_p1363_test.json"
    ):
        point = bytes.fromhex(group["publicKey"]["uncompressed"])
        key = keys.from_cryptography(
            ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        )
        signature = bytes.fromhex(case["sig"])
        r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
        well_formed = len(signature) == 64
        accepted = well_formed and accepts(
            key, bytes.fromhex(case["msg"]), encode_dss_signature(r, s)
        )
        assert accepted == (case["result"] == "valid"), case
        count += 1
    assert count == P256_VECTORS


@pytest.mark.parametrize("name", ["arrays", "french", "structures", "unicode", "values", "weird"])
def test_canonical_form(shared_vectors: Path, name: str) -> None:
    document = json.loads((shared_vectors / f"jcs/input/{name}.json").read_text("utf-8"))
    expected = (shared_vectors / f"jcs/output/{name}.json").read_bytes()
    # Payloads are objects, so the documents that are arrays are wrapped in one.
    assert canonical.encode({"wrapped": document}) == b'{"wrapped":' + expected + b"}"
    assert canonical.parse(b'{"wrapped":' + expected + b"}") == {"wrapped": document}


def merkle_cases(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in sorted(folder.rglob("*.json"))]


def decoded(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def test_inclusion_proofs(shared_vectors: Path) -> None:
    cases = merkle_cases(shared_vectors / "merkle/inclusion")
    for case in cases:
        accepted = merkle.verify_inclusion(
            decoded(case["leafHash"]),
            case["leafIdx"],
            case["treeSize"],
            [decoded(digest) for digest in case["proof"] or []],
            decoded(case["root"]),
        )
        assert accepted != case["wantErr"], case["desc"]
    assert len(cases) == MERKLE_VECTORS


def test_consistency_proofs(shared_vectors: Path) -> None:
    cases = merkle_cases(shared_vectors / "merkle/consistency")
    for case in cases:
        accepted = merkle.verify_consistency(
            case["size1"],
            case["size2"],
            decoded(case["root1"]),
            decoded(case["root2"]),
            [decoded(digest) for digest in case["proof"] or []],
        )
        assert accepted != case["wantErr"], case["desc"]
    assert len(cases) == MERKLE_VECTORS
