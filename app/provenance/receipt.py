"""Receipts that prove offline that an entry is in the log: https://c2sp.org/tlog-proof@v1.

The ``extra`` line carries the entry itself. It is not trusted: the inclusion proof decides whether
that entry is the one in the log.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Final

from app.provenance import checkpoint, merkle
from app.provenance.checkpoint import NoteKey, TreeHead
from app.provenance.errors import ReceiptInvalid, ReceiptMalformed

_HEADER: Final = "c2sp.org/tlog-proof@v1"
_INDEX: Final = re.compile(r"index (0|[1-9][0-9]{0,18})")
_EXTRA: Final = "extra "
MAX_RECEIPT_CHARACTERS: Final = 256 * 1024
"""A note of 128 Ki and an entry of 64 KiB, the largest that tlog-tiles can serve, fit."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """An entry, its place, the way from it to a root, and the checkpoint that signs the root."""

    entry: bytes
    index: int
    proof: tuple[bytes, ...]
    note: str

    def text(self) -> str:
        """The tlog-proof file."""
        lines = [
            _HEADER,
            _EXTRA + base64.b64encode(self.entry).decode(),
            f"index {self.index}",
            *(base64.b64encode(digest).decode() for digest in self.proof),
            "",
            self.note,
        ]
        return "\n".join(lines)

    @classmethod
    def parse(cls, text: str) -> Receipt:
        """
        Raises:
            ReceiptMalformed: not a tlog-proof with the entry in its extra line.
        """
        if len(text) > MAX_RECEIPT_CHARACTERS:
            raise ReceiptMalformed(f"A receipt has at most {MAX_RECEIPT_CHARACTERS} characters.")
        head, blank, note = text.partition("\n\n")
        lines = head.split("\n")
        if not blank or lines[0] != _HEADER or len(lines) < 3:
            raise ReceiptMalformed(f"A receipt begins with the line {_HEADER}.")
        index = _INDEX.fullmatch(lines[2])
        if not lines[1].startswith(_EXTRA) or index is None:
            raise ReceiptMalformed("After its first line a receipt has an extra and an index line.")
        receipt = cls(
            entry=_decoded(lines[1].removeprefix(_EXTRA)),
            index=int(index[1]),
            proof=tuple(_decoded(line) for line in lines[3:]),
            note=note,
        )
        if receipt.text() != text:
            raise ReceiptMalformed("The receipt is not written in its one canonical form.")
        return receipt

    def verify(self, key: NoteKey) -> TreeHead:
        """The signed tree head whose tree holds the entry.

        Raises:
            NoteInvalid: the checkpoint is not signed by the log's key.
            ReceiptInvalid: the entry is not where the receipt says.
        """
        head = checkpoint.verify(self.note, key)
        leaf = merkle.leaf_hash(self.entry)
        if not merkle.verify_inclusion(leaf, self.index, head.size, self.proof, head.root):
            raise ReceiptInvalid("The receipt does not lead from the entry to the signed root.")
        return head


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ReceiptMalformed("A line of the receipt is not base64.") from error
