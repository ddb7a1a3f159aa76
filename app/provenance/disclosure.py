"""What a salted entry of the log stands for, in one JSON document that can be verified offline.

Case decisions and the chain of audit events concern few. The log, which everybody can read, holds
their HMAC-SHA-256 under a salt of their own: it tells nothing, and whoever is given document and
salt can prove that the document is what was logged.
"""

from __future__ import annotations

import hmac
from typing import Annotated, Any, Final, Literal

import msgspec

from app.provenance import canonical
from app.provenance.errors import ReceiptInvalid
from app.provenance.receipt import Receipt
from app.provenance.statement import END

DISCLOSURE_MEDIA_TYPE: Final = "application/vnd.countersign.disclosure.v1+json"
SALT_BYTES: Final = 32


class Disclosure(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The ``document``, its ``salt`` (hex), the ``receipt`` (tlog-proof), the ``log`` (vkey)."""

    media_type: Literal["application/vnd.countersign.disclosure.v1+json"] = DISCLOSURE_MEDIA_TYPE
    document: dict[str, Any]
    salt: Annotated[str, msgspec.Meta(pattern=f"^[0-9a-f]{{{2 * SALT_BYTES}}}{END}")]
    receipt: str
    log: str

    def logged(self) -> Receipt:
        """The receipt, once it is known to be for this document.

        Raises:
            ReceiptMalformed: it is no tlog-proof.
            ReceiptInvalid: its entry is the digest of something else.
            PayloadNotCanonical: its entry is none of ours.
        """
        receipt = Receipt.parse(self.receipt)
        entry = canonical.parse(receipt.entry)
        try:
            document = canonical.encode(self.document)
        except ValueError as error:
            raise ReceiptInvalid(f"The document has no canonical form: {error}.") from error
        if entry.get("saltedSha256") != salted_sha256(document, bytes.fromhex(self.salt)):
            raise ReceiptInvalid("The receipt is for another document, or the salt is another's.")
        return receipt


def salted_sha256(document: bytes, salt: bytes) -> str:
    """HMAC-SHA-256 (hex) of a document's canonical form under its salt."""
    return hmac.digest(salt, document, "sha256").hex()
