"""Public keys: Ed25519 and P-256, named by their RFC 7638 thumbprint.

The algorithm is a property of the registered key. No message says how it wants to be verified.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import rfc8785
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.provenance.errors import KeyUnsupported, SignatureInvalid

_ADVICE: Final = "Give an Ed25519 or P-256 public key."
_COORDINATE_BYTES: Final = 32
_KID: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_THUMBPRINT_MEMBERS: Final = {"OKP": ("crv", "kty", "x"), "EC": ("crv", "kty", "x", "y")}


# The encodings of points of small order (RFC 8032's curve; the sign bit cleared). Under such a key
# one signature fits many messages, so that its holder could deny what they signed.
_SMALL_ORDER: Final = frozenset(
    bytes.fromhex(point)
    for point in (
        "00" * 32,
        "01" + "00" * 31,
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ec" + "ff" * 30 + "7f",
        "ed" + "ff" * 30 + "7f",
        "ee" + "ff" * 30 + "7f",
    )
)


class Algorithm(StrEnum):
    """Signature algorithms, by their JOSE names (RFC 9864, RFC 7518)."""

    ED25519 = "Ed25519"
    ES256 = "ES256"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that signatures are verified with."""

    algorithm: Algorithm
    jwk: Mapping[str, str]
    """Its RFC 7517 form: the members of the thumbprint and nothing else."""
    _key: Ed25519PublicKey | ec.EllipticCurvePublicKey

    @property
    def kid(self) -> str:
        """The RFC 7638 thumbprint: SHA-256 in unpadded base64url, 43 characters."""
        return b64url(hashlib.sha256(rfc8785.dumps(dict(self.jwk))).digest())

    @property
    def raw(self) -> bytes:
        """The 32 bytes of an Ed25519 key, the 65 bytes of a P-256 point."""
        if isinstance(self._key, Ed25519PublicKey):
            return self._key.public_bytes_raw()
        return self._key.public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )

    def pem(self) -> str:
        """SubjectPublicKeyInfo as PEM."""
        return self._key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ).decode()

    def verify(self, message: bytes, signature: bytes) -> None:
        """Check a signature: 64 raw bytes for Ed25519, ASN.1 DER for ES256, as DSSE tools make.

        Raises:
            SignatureInvalid: it is not a signature of this message by this key.
        """
        try:
            if isinstance(self._key, Ed25519PublicKey):
                self._key.verify(signature, message)
            else:
                self._key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            raise SignatureInvalid(
                "The signature does not fit: either the signed bytes were changed, or another "
                "key signed them. Sign the statement again with the registered key."
            ) from None


def from_cryptography(key: object) -> PublicKey:
    """
    Raises:
        KeyUnsupported: neither Ed25519 nor P-256, or a weak key.
    """
    if isinstance(key, Ed25519PublicKey):
        raw = key.public_bytes_raw()
        if raw[:-1] + bytes([raw[-1] & 0x7F]) in _SMALL_ORDER:
            raise KeyUnsupported("This key is of small order: anybody could sign with it.")
        jwk = {"kty": "OKP", "crv": "Ed25519", "x": b64url(raw)}
        return PublicKey(Algorithm.ED25519, jwk, key)
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        point = key.public_numbers()
        jwk = {
            "kty": "EC",
            "crv": "P-256",
            "x": b64url(point.x.to_bytes(_COORDINATE_BYTES)),
            "y": b64url(point.y.to_bytes(_COORDINATE_BYTES)),
        }
        return PublicKey(Algorithm.ES256, jwk, key)
    raise KeyUnsupported(_ADVICE)


def from_pem(pem: str) -> PublicKey:
    """A public key from SubjectPublicKeyInfo PEM.

    Raises:
        KeyUnsupported: not such a PEM, or another kind of key.
    """
    if "PRIVATE KEY" in pem:
        raise KeyUnsupported("This is a private key. Keep it to yourself; give its public half.")
    try:
        return from_cryptography(serialization.load_pem_public_key(pem.encode()))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyUnsupported(f"This is not a public key in PEM form. {_ADVICE}") from error


def from_jwk(jwk: Mapping[str, object]) -> PublicKey:
    """A public key from a JWK; members beyond those of the thumbprint are not kept.

    Raises:
        KeyUnsupported: not a public JWK of an Ed25519 or P-256 key.
    """
    if "d" in jwk:
        raise KeyUnsupported("This JWK holds a private key. Give its public half only.")
    members = _THUMBPRINT_MEMBERS.get(str(jwk.get("kty")), ())
    values = {name: str(jwk.get(name)) for name in members}
    try:
        match values.get("crv"):
            case "Ed25519":
                return from_cryptography(Ed25519PublicKey.from_public_bytes(_b32(values["x"])))
            case "P-256":
                x, y = (int.from_bytes(_b32(values[name])) for name in ("x", "y"))
                point = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1())
                return from_cryptography(point.public_key())
    except (KeyError, ValueError) as error:
        raise KeyUnsupported(f"The JWK is damaged. {_ADVICE}") from error
    raise KeyUnsupported(_ADVICE)


def is_kid(text: str) -> bool:
    """Whether this could be a thumbprint at all."""
    return _KID.fullmatch(text) is not None


def b64url(data: bytes) -> str:
    """Unpadded base64url, as JOSE writes it (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _b32(text: str) -> bytes:
    try:
        data = base64.b64decode(text + "=", altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error
    if len(data) != _COORDINATE_BYTES or b64url(data) != text:
        raise ValueError("not 32 bytes in canonical base64url")
    return data
