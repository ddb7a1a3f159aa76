"""DSSE envelopes v1: https://github.com/secure-systems-lab/dsse (protocol.md, envelope.md).

The signature covers the payload's exact bytes together with their type; nothing else in an
envelope is trusted, and what was not signed is dropped when it is stored.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from app.provenance.errors import EnvelopeMalformed, SignatureInvalid
from app.provenance.keys import PublicKey
from app.provenance.signer import Signer

INTOTO: Final = "application/vnd.in-toto+json"
"""The payload type of in-toto statements."""

ENVELOPE_MEDIA_TYPE: Final = "application/vnd.dsse.envelope.v1+json"
MAX_ENVELOPE_BYTES: Final = 1024 * 1024
"""A statement about 100 stems with long prompts is some 50 KB."""

_URL_SAFE: Final = str.maketrans("-_", "+/")


class _Signature(msgspec.Struct):
    sig: str
    keyid: str = ""


class _Envelope(msgspec.Struct):
    payload: str
    payloadType: str  # noqa: N815 -- the name on the wire
    signatures: list[_Signature]


@dataclass(frozen=True, slots=True)
class Envelope:
    """One payload, its type, and one signature over the two.

    ``keyid`` is a hint for finding the key and is not covered by the signature.
    """

    payload: bytes
    payload_type: str
    keyid: str
    signature: bytes

    @classmethod
    def parse(cls, data: bytes) -> Envelope:
        """
        Raises:
            EnvelopeMalformed: not a DSSE JSON envelope with exactly one signature that names its
                key, or too large.
        """
        if len(data) > MAX_ENVELOPE_BYTES:
            raise EnvelopeMalformed(f"An envelope may have at most {MAX_ENVELOPE_BYTES} bytes.")
        try:
            wire = msgspec.json.decode(data, type=_Envelope)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise EnvelopeMalformed(f"Send a DSSE envelope as JSON: {error}.") from error
        if len(wire.signatures) != 1 or not wire.signatures[0].keyid:
            raise EnvelopeMalformed(
                "Send exactly one signature, with the thumbprint of the registered key as keyid."
            )
        signature = wire.signatures[0]
        return cls(
            payload=_decoded(wire.payload, "payload"),
            payload_type=wire.payloadType,
            keyid=signature.keyid,
            signature=_decoded(signature.sig, "sig"),
        )

    @classmethod
    def sign(cls, payload: bytes, payload_type: str, signer: Signer) -> Envelope:
        """A payload signed by ``signer``, which may block."""
        signature = signer.sign(pre_authentication_encoding(payload_type, payload))
        return cls(payload, payload_type, signer.public_key.kid, signature)

    def verify(self, key: PublicKey) -> None:
        """
        Raises:
            SignatureInvalid: the payload, its type or the signature was altered, or another key
                signed.
        """
        if key.kid != self.keyid:
            raise SignatureInvalid(f"The envelope names the key {self.keyid}, not {key.kid}.")
        key.verify(pre_authentication_encoding(self.payload_type, self.payload), self.signature)

    def as_json(self) -> dict[str, Any]:
        """The envelope as a JSON object, without anything that was not signed."""
        return {
            "payload": base64.b64encode(self.payload).decode(),
            "payloadType": self.payload_type,
            "signatures": [{"keyid": self.keyid, "sig": base64.b64encode(self.signature).decode()}],
        }

    def encode(self) -> bytes:
        """The envelope as JSON text."""
        return msgspec.json.encode(self.as_json())


def pre_authentication_encoding(payload_type: str, payload: bytes) -> bytes:
    """DSSE's PAE: what is signed. Lengths in bytes make it injective (protocol.md)."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def _decoded(text: str, member: str) -> bytes:
    try:  # the envelope format allows either alphabet, so both are read
        return base64.b64decode(text.translate(_URL_SAFE), validate=True)
    except (binascii.Error, ValueError) as error:
        raise EnvelopeMalformed(f"The envelope's {member} is not base64.") from error
