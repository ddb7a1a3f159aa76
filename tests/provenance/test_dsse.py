"""Envelopes: what other tools sign we verify, what we sign they verify, nothing else passes."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given
from hypothesis import strategies as st
from securesystemslib.dsse import Envelope as ForeignEnvelope
from securesystemslib.signer import CryptoSigner, SSlibKey

from app.provenance import keys
from app.provenance.dsse import INTOTO, MAX_ENVELOPE_BYTES, Envelope, pre_authentication_encoding
from app.provenance.errors import EnvelopeMalformed, KeyUnsupported, SignatureInvalid
from app.provenance.keys import Algorithm
from app.provenance.signer import PrivateKeySigner

PAYLOAD = b'{"a":1}'
SCHEMES = {Algorithm.ED25519: "ed25519", Algorithm.ES256: "ecdsa-sha2-nistp256"}


@pytest.fixture(params=list(Algorithm))
def signer(request: pytest.FixtureRequest) -> PrivateKeySigner:
    return PrivateKeySigner.generate(request.param)


def test_the_example_of_the_specification() -> None:
    """protocol.md of the DSSE specification, PAE example."""
    encoded = pre_authentication_encoding("http://example.com/HelloWorld", b"hello world")
    assert encoded == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"


def test_securesystemslib_verifies_ours(signer: PrivateKeySigner) -> None:
    ours = Envelope.sign(PAYLOAD, INTOTO, signer)
    key = SSlibKey.from_crypto(
        serialization.load_pem_public_key(signer.public_key.pem().encode()), ours.keyid
    )
    assert key.scheme == SCHEMES[signer.public_key.algorithm]
    foreign = ForeignEnvelope.from_dict(json.loads(ours.encode()))
    assert set(foreign.verify([key], 1)) == {ours.keyid}


@pytest.mark.parametrize("make", [CryptoSigner.generate_ed25519, CryptoSigner.generate_ecdsa])
def test_we_verify_securesystemslib(make: Callable[[], CryptoSigner]) -> None:
    theirs = make()
    private = serialization.load_pem_private_key(theirs.private_bytes, None)
    public = keys.from_cryptography(private.public_key())
    foreign = ForeignEnvelope(PAYLOAD, INTOTO, {})
    foreign.sign(theirs)
    document = foreign.to_dict()
    document["signatures"][0]["keyid"] = public.kid
    Envelope.parse(json.dumps(document).encode()).verify(public)


def test_a_key_keeps_its_name_in_every_form(signer: PrivateKeySigner) -> None:
    public = signer.public_key
    assert keys.from_pem(public.pem()).kid == public.kid
    assert keys.from_jwk(public.jwk).kid == public.kid
    assert keys.is_kid(public.kid)


def test_the_thumbprint_of_rfc_8037() -> None:
    """RFC 8037 appendix A.3: the JWK thumbprint of an Ed25519 key."""
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    assert keys.from_jwk(jwk).kid == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


@pytest.mark.parametrize("member", ["payload", "payloadType", "sig"])
def test_one_changed_bit_is_refused(signer: PrivateKeySigner, member: str) -> None:
    document: dict[str, Any] = Envelope.sign(PAYLOAD, INTOTO, signer).as_json()
    if member == "payloadType":
        document[member] = INTOTO.replace("j", "k")
    else:
        holder = document if member == "payload" else document["signatures"][0]
        raw = bytearray(base64.b64decode(holder[member]))
        raw[-1] ^= 1
        holder[member] = base64.b64encode(raw).decode()
    with pytest.raises(SignatureInvalid):
        Envelope.parse(json.dumps(document).encode()).verify(signer.public_key)


def test_another_key_is_refused(signer: PrivateKeySigner) -> None:
    signed = Envelope.sign(PAYLOAD, INTOTO, signer)
    for algorithm in Algorithm:
        other = PrivateKeySigner.generate(algorithm).public_key
        with pytest.raises(SignatureInvalid):
            signed.verify(other)
        renamed = Envelope(signed.payload, signed.payload_type, other.kid, signed.signature)
        with pytest.raises(SignatureInvalid):
            renamed.verify(other)


def test_what_was_not_signed_is_dropped(signer: PrivateKeySigner) -> None:
    document = Envelope.sign(PAYLOAD, INTOTO, signer).as_json()
    ridden = {**document, "comment": "smuggled"}
    ridden["signatures"] = [{**document["signatures"][0], "cert": "smuggled"}]
    assert b"smuggled" not in Envelope.parse(json.dumps(ridden).encode()).encode()


def test_the_url_safe_alphabet_is_read_too(signer: PrivateKeySigner) -> None:
    document = Envelope.sign(b"\xfb\xff" * 30, INTOTO, signer).as_json()
    assert "+" in document["payload"]
    document["payload"] = document["payload"].replace("+", "-").replace("/", "_")
    Envelope.parse(json.dumps(document).encode()).verify(signer.public_key)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        b'{"payload":"e30=","payloadType":"x","signatures":[]}',
        b'{"payload":"e30=","payloadType":"x","signatures":[{"sig":"AA=="}]}',
        b'{"payload":"!","payloadType":"x","signatures":[{"keyid":"k","sig":"AA=="}]}',
        b'{"payload":"e30=","payloadType":"x","signatures":[{"keyid":"k","sig":"A"}]}',
        b'{"payload":"e30=","payloadType":"x","signatures":[{"keyid":"k","sig":"\xc3\xa9"}]}',
        b'{"payload":"","payloadType":"","signatures":[{"keyid":"k","sig":""},{"keyid":"l","sig":""}]}',
        b" " * (MAX_ENVELOPE_BYTES + 1),
    ],
)
def test_malformed_envelopes_are_refused(data: bytes) -> None:
    with pytest.raises(EnvelopeMalformed):
        Envelope.parse(data)


@given(st.binary(max_size=300), st.text(max_size=40))
def test_what_is_signed_is_read_back(payload: bytes, kind: str) -> None:
    signer = PrivateKeySigner.generate(Algorithm.ED25519)
    try:
        kind.encode()
    except UnicodeEncodeError:
        return
    signed = Envelope.sign(payload, kind, signer)
    assert Envelope.parse(signed.encode()) == signed
    signed.verify(signer.public_key)


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        {"kty": "RSA", "n": "AQ", "e": "AQAB"},
        {"kty": "OKP", "crv": "X25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
        {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURp"},
        {"kty": "OKP", "crv": "Ed25519", "x": "AA"},
        {"kty": "OKP", "crv": "Ed25519"},
        {"kty": "EC", "crv": "P-256", "x": keys.b64url(bytes(32)), "y": keys.b64url(bytes(32))},
        {"kty": "OKP", "crv": "Ed25519", "x": keys.b64url(bytes(32)), "d": keys.b64url(bytes(32))},
    ],
)
def test_unusable_jwks_are_refused(jwk: dict[str, str]) -> None:
    with pytest.raises(KeyUnsupported):
        keys.from_jwk(jwk)


@pytest.mark.parametrize(
    "point",
    [
        "00" * 32,
        "00" * 31 + "80",
        "01" + "00" * 31,
        "ec" + "ff" * 30 + "7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    ],
)
def test_keys_of_small_order_are_refused(point: str) -> None:
    x = keys.b64url(bytes.fromhex(point))
    with pytest.raises(KeyUnsupported, match="small order"):
        keys.from_jwk({"kty": "OKP", "crv": "Ed25519", "x": x})


def test_a_private_key_is_never_taken_for_a_public_one(signer: PrivateKeySigner) -> None:
    with pytest.raises(KeyUnsupported, match="private key"):
        keys.from_pem(signer.pem(None).decode())


def test_private_keys_open_with_their_passphrase_only(signer: PrivateKeySigner) -> None:
    sealed = signer.pem("a long and pleasant sentence")
    opened = PrivateKeySigner.from_pem(sealed, "a long and pleasant sentence")
    assert opened.public_key.kid == signer.public_key.kid
    for wrong in (None, "another sentence"):
        with pytest.raises(KeyUnsupported):
            PrivateKeySigner.from_pem(sealed, wrong)
    with pytest.raises(KeyUnsupported, match="not encrypted"):
        PrivateKeySigner.from_pem(signer.pem(None), "needless")
