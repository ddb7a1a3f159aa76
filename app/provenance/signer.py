"""Whoever signs: a small port, and keys in encrypted PEM files as its default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.provenance import keys
from app.provenance.errors import KeyUnsupported
from app.provenance.keys import Algorithm, PublicKey


class Signer(Protocol):
    """Something that signs, perhaps far away: a file's key, a KMS, an HSM.

    ``sign`` may block; callers on an event loop run it in a thread. ES256 signatures are ASN.1 DER.
    """

    @property
    def public_key(self) -> PublicKey: ...

    def sign(self, message: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True)
class PrivateKeySigner:
    """Signs with a private key held in memory."""

    public_key: PublicKey
    _key: Ed25519PrivateKey | ec.EllipticCurvePrivateKey

    @classmethod
    def generate(cls, algorithm: Algorithm) -> PrivateKeySigner:
        """A new key pair from the system's randomness."""
        match algorithm:
            case Algorithm.ED25519:
                return cls._of(Ed25519PrivateKey.generate())
            case Algorithm.ES256:
                return cls._of(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def from_pem(cls, pem: bytes, passphrase: str | None) -> PrivateKeySigner:
        """A private key from PKCS#8 PEM.

        Raises:
            KeyUnsupported: not such a PEM, a wrong or missing passphrase, another kind of key.
        """
        secret = passphrase.encode() if passphrase else None
        try:
            return cls._of(serialization.load_pem_private_key(pem, secret))
        except TypeError as error:
            raise KeyUnsupported(
                "The key is not encrypted, but a passphrase was given."
                if secret
                else "The key is encrypted; give its passphrase."
            ) from error
        except (ValueError, UnsupportedAlgorithm) as error:
            raise KeyUnsupported(
                "The private key cannot be read: wrong passphrase, or not a PEM private key."
            ) from error

    def pem(self, passphrase: str | None) -> bytes:
        """PKCS#8 PEM, encrypted where a passphrase is given."""
        encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
        if passphrase:
            encryption = serialization.BestAvailableEncryption(passphrase.encode())
        return self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
        )

    def sign(self, message: bytes) -> bytes:
        if isinstance(self._key, Ed25519PrivateKey):
            return self._key.sign(message)
        return self._key.sign(message, ec.ECDSA(hashes.SHA256()))

    @classmethod
    def _of(cls, key: object) -> PrivateKeySigner:
        if not isinstance(key, Ed25519PrivateKey | ec.EllipticCurvePrivateKey):
            raise KeyUnsupported("Give an Ed25519 or P-256 private key.")
        return cls(keys.from_cryptography(key.public_key()), key)
