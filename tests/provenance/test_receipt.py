"""Checkpoints and receipts: the examples of their specifications, and every way to bend them."""

from __future__ import annotations

import base64

import pytest

from app.provenance import checkpoint, merkle
from app.provenance.checkpoint import NoteKey, TreeHead
from app.provenance.errors import KeyUnsupported, NoteInvalid, ReceiptInvalid, ReceiptMalformed
from app.provenance.keys import Algorithm
from app.provenance.merkle import LeafRange
from app.provenance.receipt import Receipt
from app.provenance.signer import PrivateKeySigner
from tests.provenance.generators import new_house

HOUSE = new_house()
ENTRIES = [f'{{"n":{index}}}'.encode() for index in range(7)]
NODES = merkle.append({}, 0, map(merkle.leaf_hash, ENTRIES))
HEAD = TreeHead(HOUSE.origin, 7, LeafRange(0, 7).root(NODES))
NOTE = checkpoint.sign(HEAD, HOUSE.log)

GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
"""The verifier key in the example of golang.org/x/mod/sumdb/note."""
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXg"
    "KvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def receipt(index: int) -> Receipt:
    path = merkle.inclusion_path(index, 7)
    return Receipt(ENTRIES[index], index, tuple(part.root(NODES) for part in path), NOTE)


def test_a_note_signed_by_go_has_the_signature_that_we_expect() -> None:
    """The signature holds; that the text is no checkpoint is found after it."""
    with pytest.raises(NoteInvalid, match="an origin, a tree size and a root hash"):
        checkpoint.verify(GO_NOTE, NoteKey.from_vkey(GO_VKEY))
    with pytest.raises(NoteInvalid, match="altered"):
        checkpoint.verify(GO_NOTE.replace("problem is", "Problem is"), NoteKey.from_vkey(GO_VKEY))


def test_a_checkpoint_is_verified_by_the_published_key() -> None:
    key = NoteKey.from_vkey(HOUSE.log_key.vkey)
    assert checkpoint.verify(NOTE, key) == HEAD


def test_signatures_of_others_are_ignored() -> None:
    witness = PrivateKeySigner.generate(Algorithm.ED25519)
    line = base64.b64encode(b"\x01\x02\x03\x04" + witness.sign(HEAD.text().encode())).decode()
    cosigned = f"{NOTE}— witness.example {line}\n"
    assert checkpoint.verify(cosigned, HOUSE.log_key) == HEAD
    only_witness = f"{HEAD.text()}\n— witness.example {line}\n"
    with pytest.raises(NoteInvalid, match="no signature"):
        checkpoint.verify(only_witness, HOUSE.log_key)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n",
        NOTE[:-1],
        NOTE.replace("\n7\n", "\n8\n"),
        NOTE.replace("\n7\n", "\n07\n"),
        NOTE.replace("\n\n", "\n"),
        NOTE.replace("\n", "\r\n"),
        NOTE.replace(HOUSE.origin, "other.example/log"),
        NOTE.replace("— ", "- "),
        NOTE + "\n",
        NOTE + "— x y\n",
        "x" * 200_000 + NOTE,
    ],
)
def test_bent_checkpoints_are_refused(note: str) -> None:
    with pytest.raises(NoteInvalid):
        checkpoint.verify(note, HOUSE.log_key)


def test_a_log_key_is_ed25519_and_fits_its_name() -> None:
    name, key_id, encoded = HOUSE.log_key.vkey.split("+", 2)
    for wrong in (
        "",
        name,
        f"{name}+00000000+{encoded}",
        f"other+{key_id}+{encoded}",
        f"{name}+{key_id}+!",
    ):
        with pytest.raises(KeyUnsupported):
            NoteKey.from_vkey(wrong)
    with pytest.raises(KeyUnsupported):
        NoteKey("a.example/log", PrivateKeySigner.generate(Algorithm.ES256).public_key)
    with pytest.raises(KeyUnsupported):
        NoteKey("a log", HOUSE.log.public_key)


@pytest.mark.parametrize("index", range(7))
def test_a_receipt_proves_its_entry(index: int) -> None:
    read = Receipt.parse(receipt(index).text())
    assert read == receipt(index)
    assert read.verify(HOUSE.log_key) == HEAD


def test_a_receipt_proves_no_other_entry() -> None:
    good = receipt(3)
    for bent in (
        Receipt(b"another entry", good.index, good.proof, good.note),
        Receipt(good.entry, 4, good.proof, good.note),
        Receipt(good.entry, 7, good.proof, good.note),
        Receipt(good.entry, good.index, good.proof[:-1], good.note),
        Receipt(good.entry, good.index, (*good.proof, bytes(32)), good.note),
        Receipt(good.entry, good.index, (*good.proof[:-1], bytes(31)), good.note),
    ):
        with pytest.raises(ReceiptInvalid):
            bent.verify(HOUSE.log_key)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("c2sp.org/tlog-proof@v1", "c2sp.org/tlog-proof@v2"),
        ("extra ", "Extra "),
        ("index 3", "index 03"),
        ("index 3", "index -3"),
        ("index 3", "index 3 "),
        ("index 3\n", "index 3\n\n"),
        ("index 3\n", "index 3\n!\n"),
        ("\n\n", "\n"),
        ("=\n", "==\n"),
    ],
)
def test_malformed_receipts_are_refused(old: str, new: str) -> None:
    text = receipt(3).text()
    bent = text.replace(old, new, 1)
    assert bent != text
    with pytest.raises((ReceiptMalformed, NoteInvalid)):
        Receipt.parse(bent).verify(HOUSE.log_key)
