"""A second signature under checkpoints that quantum computers cannot forge: ML-DSA-44 (FIPS 204).

The format is https://c2sp.org/tlog-cosignature, signature type 0x06: a statement that the tree
with this root is consistent with all that the signer saw before. The house makes it of its own log,
which the Ed25519 signature beside it already says; who does not know the key ignores the line.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from app.provenance import checkpoint
from app.provenance.checkpoint import TreeHead
from app.provenance.errors import KeyUnsupported, NoteInvalid

_ML_DSA_44: Final = b"\x06"
_LABEL: Final = b"subtree/v1\n\0"
_KEY_ID_BYTES: Final = 4
_TIME_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class CosignerKey:
    """A named ML-DSA-44 key; ``raw`` are its 1,312 bytes."""

    name: str
    raw: bytes

    @property
    def key_id(self) -> bytes:
        """SHA-256(name || newline || type || key)[:4]."""
        data = self.name.encode() + b"\n" + _ML_DSA_44 + self.raw
        return hashlib.sha256(data).digest()[:_KEY_ID_BYTES]

    @property
    def vkey(self) -> str:
        """The key as one line of text, as https://c2sp.org/signed-note has it."""
        encoded = base64.b64encode(_ML_DSA_44 + self.raw).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"

    @classmethod
    def from_vkey(cls, text: str) -> CosignerKey:
        """
        Raises:
            KeyUnsupported: not an ML-DSA-44 vkey, or its key id does not fit.
        """
        name, _, rest = text.strip().partition("+")
        _, _, encoded = rest.partition("+")
        try:
            data = base64.b64decode(encoded, validate=True)
            key = cls(name, data.removeprefix(_ML_DSA_44))
            MLDSA44PublicKey.from_public_bytes(key.raw)
        except (binascii.Error, ValueError) as error:
            raise KeyUnsupported("This is not the vkey of an ML-DSA-44 cosigner.") from error
        if key.vkey != text.strip():
            raise KeyUnsupported("The vkey's name, key id and key do not belong together.")
        return key


@dataclass(frozen=True, slots=True)
class Cosigner:
    """Cosigns with a private key held in memory."""

    name: str
    _key: MLDSA44PrivateKey

    @classmethod
    def generate(cls, name: str) -> Cosigner:
        """A new key pair from the system's randomness."""
        return cls(name, MLDSA44PrivateKey.generate())

    @classmethod
    def from_pem(cls, name: str, pem: bytes, passphrase: str) -> Cosigner:
        """
        Raises:
            KeyUnsupported: not an encrypted ML-DSA-44 key, or a wrong passphrase.
        """
        try:
            key = serialization.load_pem_private_key(pem, passphrase.encode())
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise KeyUnsupported(f"The cosigner's key cannot be read: {error}.") from error
        if not isinstance(key, MLDSA44PrivateKey):
            raise KeyUnsupported("The cosigner's key is not of ML-DSA-44.")
        return cls(name, key)

    def pem(self, passphrase: str) -> bytes:
        """PKCS#8 PEM, encrypted."""
        return self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(passphrase.encode()),
        )

    @property
    def key(self) -> CosignerKey:
        """What cosignatures are verified with."""
        return CosignerKey(self.name, self._key.public_key().public_bytes_raw())

    def line(self, head: TreeHead, at: datetime) -> str:
        """The signature line to be added to the checkpoint of a tree head."""
        seconds = int(at.timestamp()).to_bytes(_TIME_BYTES)
        signature = self._key.sign(_message(self.name, seconds, head))
        data = self.key.key_id + seconds + signature
        return f"— {self.name} {base64.b64encode(data).decode()}\n"


def verify(note: str, key: CosignerKey) -> TreeHead:
    """The tree head of a checkpoint that ``key`` cosigned.

    Raises:
        NoteInvalid: malformed, not cosigned by the key, or altered.
    """
    text, signatures = checkpoint.split(note)
    head = TreeHead.parse(text)
    found = [
        signature[_KEY_ID_BYTES:]
        for name, signature in signatures
        if name == key.name and signature[:_KEY_ID_BYTES] == key.key_id
    ]
    if not found:
        raise NoteInvalid(f"The checkpoint carries no cosignature by {key.name}'s key.")
    public = MLDSA44PublicKey.from_public_bytes(key.raw)
    for signature in found:
        message = _message(key.name, signature[:_TIME_BYTES], head)
        try:
            public.verify(signature[_TIME_BYTES:], message)
        except InvalidSignature as error:
            raise NoteInvalid(
                "The checkpoint was altered: its cosignature does not fit."
            ) from error
    return head


def _message(name: str, seconds: bytes, head: TreeHead) -> bytes:
    """``cosigned_message``: TLS presentation (RFC 8446 section 3), of the whole tree."""
    return b"".join(
        (
            _LABEL,
            _opaque(name),
            seconds,
            _opaque(head.origin),
            (0).to_bytes(8),
            head.size.to_bytes(8),
            head.root,
        )
    )


def _opaque(text: str) -> bytes:
    data = text.encode()
    return len(data).to_bytes(1) + data
