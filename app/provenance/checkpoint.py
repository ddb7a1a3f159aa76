"""Signed tree heads: https://c2sp.org/tlog-checkpoint over https://c2sp.org/signed-note.

origin                     — origin base64(key id || signature)
tree size
base64(root hash)
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.provenance import keys
from app.provenance.errors import KeyUnsupported, NoteInvalid, SignatureInvalid
from app.provenance.keys import Algorithm, PublicKey
from app.provenance.merkle import HASH_BYTES
from app.provenance.signer import Signer

MAX_NOTE_CHARACTERS: Final = 128 * 1024
"""Room for the 16 signatures that signed-note demands, at 5 kB for a post-quantum one."""

_ED25519: Final = b"\x01"  # the signature type of plain Ed25519 notes
_KEY_ID_BYTES: Final = 4
_NAME: Final = re.compile(r"[^\s+\x00-\x1f]+")
_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,18}")
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")
_SIGNATURE_LINE: Final = re.compile(r"— (\S+) ([A-Za-z0-9+/]+={0,2})")


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A named Ed25519 key that notes are verified with."""

    name: str
    public_key: PublicKey

    def __post_init__(self) -> None:
        if self.public_key.algorithm is not Algorithm.ED25519:
            raise KeyUnsupported("Checkpoints are signed with Ed25519.")
        if not _NAME.fullmatch(self.name):
            raise KeyUnsupported("The name of a log has neither spaces nor plus signs.")

    @property
    def key_id(self) -> bytes:
        """SHA-256(name || newline || type || key)[:4]."""
        data = self.name.encode() + b"\n" + _ED25519 + self.public_key.raw
        return hashlib.sha256(data).digest()[:_KEY_ID_BYTES]

    @property
    def vkey(self) -> str:
        """The key as one line of text: ``name+key id in hex+base64(type || key)``."""
        encoded = base64.b64encode(_ED25519 + self.public_key.raw).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"

    @classmethod
    def from_vkey(cls, text: str) -> NoteKey:
        """
        Raises:
            KeyUnsupported: not an Ed25519 vkey, or its key id does not fit.
        """
        name, _, rest = text.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        try:
            data = base64.b64decode(encoded, validate=True)
            public = Ed25519PublicKey.from_public_bytes(data.removeprefix(_ED25519))
        except (binascii.Error, ValueError) as error:
            raise KeyUnsupported("This is not the vkey of an Ed25519 log key.") from error
        key = cls(name, keys.from_cryptography(public))
        if key.vkey != f"{name}+{key_id}+{encoded}":
            raise KeyUnsupported("The vkey's name, key id and key do not belong together.")
        return key


@dataclass(frozen=True, slots=True)
class TreeHead:
    """What a checkpoint says: which log, how many leaves, and the hash of them all."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The note's text, with its final newline."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> TreeHead:
        """
        Raises:
            NoteInvalid: not the text of a checkpoint.
        """
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or not all(lines[:-1]) or not _DECIMAL.fullmatch(lines[1]):
            raise NoteInvalid("A checkpoint has an origin, a tree size and a root hash.")
        root = _canonical_base64(lines[2])
        if root is None or len(root) != HASH_BYTES:
            raise NoteInvalid("The root hash of a checkpoint is 32 bytes in base64.")
        return cls(lines[0], int(lines[1]), root)


def sign(head: TreeHead, signer: Signer) -> str:
    """The checkpoint: the tree head as a note signed by the log. ``signer`` may block."""
    key = NoteKey(head.origin, signer.public_key)
    signature = key.key_id + signer.sign(head.text().encode())
    return f"{head.text()}\n— {key.name} {base64.b64encode(signature).decode()}\n"


def verify(note: str, key: NoteKey) -> TreeHead:
    """The tree head in a checkpoint that ``key`` signed.

    Signatures by other keys are ignored, as signed-note demands.

    Raises:
        NoteInvalid: malformed, of another log, or not signed by the key.
    """
    text, signatures = split(note)
    mine = [signature for name, signature in signatures if _is_by(key, name, signature)]
    if not mine:
        raise NoteInvalid(f"The checkpoint carries no signature by {key.name}'s key.")
    for signature in mine:
        try:
            key.public_key.verify(text.encode(), signature[_KEY_ID_BYTES:])
        except SignatureInvalid as error:
            raise NoteInvalid("The checkpoint was altered: its signature does not fit.") from error
    head = TreeHead.parse(text)
    if head.origin != key.name:
        raise NoteInvalid(f"The checkpoint is of the log {head.origin}, not {key.name}.")
    return head


def split(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    """A signed note's text, and its signatures: who, and key id with signature.

    Raises:
        NoteInvalid: not a signed note.
    """
    if len(note) > MAX_NOTE_CHARACTERS or _CONTROL.search(note):
        raise NoteInvalid("A checkpoint is short text without control characters.")
    text, blank, block = note.rpartition("\n\n")
    if not blank or not block.endswith("\n"):
        raise NoteInvalid("A checkpoint is a text, an empty line and signature lines.")
    return text + "\n", [_signature(line) for line in block[:-1].split("\n")]


def _signature(line: str) -> tuple[str, bytes]:
    match = _SIGNATURE_LINE.fullmatch(line)
    data = _canonical_base64(match[2]) if match else None
    if match is None or data is None or len(data) <= _KEY_ID_BYTES or not _NAME.fullmatch(match[1]):
        raise NoteInvalid("A signature line of the checkpoint is malformed.")
    return match[1], data


def _is_by(key: NoteKey, name: str, signature: bytes) -> bool:
    return name == key.name and signature[:_KEY_ID_BYTES] == key.key_id


def _canonical_base64(text: str) -> bytes | None:
    # Only the one canonical spelling: two texts of one hash would be two checkpoints.
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode() == text else None
