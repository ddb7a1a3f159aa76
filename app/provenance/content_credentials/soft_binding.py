"""The soft binding in our manifest, as the byte string that C2PA's schema asks for.

The library's builder takes JSON, which has no byte strings: it would write an array of numbers or
a text. So it signs a text of the same length, and we put the bytes in its place: the assertion's
box keeps its length, its digest in the claim follows, and the claim is signed again. Offsets, hard
binding and every other box stay as they are (C2PA 2.4, 18.10; RFC 9052, 4.4).
"""

from __future__ import annotations

import hashlib
import mmap
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import cbor2

from app.provenance.content_credentials import iscc
from app.provenance.content_credentials.jumbf import parts_of_active

LABEL: Final = "c2pa.soft-binding"
_KEY: Final = cbor2.dumps("value")

Sign = Callable[[bytes], bytes]
"""A COSE signature over its Sig_structure: 64 bytes, r and s for ES256 (RFC 9053, 2.1)."""


def assertion(value: bytes) -> dict[str, Any]:
    """The assertion for the builder, with a text in the value's place."""
    return {
        "label": LABEL,
        "created": True,
        "data": {"alg": iscc.ALGORITHM, "blocks": [{"scope": {}, "value": _stand_in(value)}]},
    }


def put_in_place(store: bytes, value: bytes, sign: Sign) -> bytes:
    """The same manifest store with the value as a byte string, signed again.

    Raises:
        ValueError: the active manifest does not hold the text, once, under a claim's digest.
    """
    parts = parts_of_active(store)
    bound = _replaced(
        parts.assertions[LABEL],
        _KEY + cbor2.dumps(_stand_in(value)),
        _KEY + cbor2.dumps(value),
    )
    claim = _replaced(
        parts.claim,
        hashlib.sha256(parts.assertions[LABEL]).digest(),
        hashlib.sha256(bound).digest(),
    )
    protected, _, _, old = cbor2.loads(parts.signature).value
    signature = _replaced(
        parts.signature, old, sign(cbor2.dumps(["Signature1", protected, b"", claim]))
    )
    for before, after in (
        (parts.assertions[LABEL], bound),
        (parts.claim, claim),
        (parts.signature, signature),
    ):
        store = _replaced(store, before, after)
    return store


def exchange_store(path: Path, before: bytes, after: bytes) -> None:
    """Put one manifest store in another's place in a file; both have one length."""
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as mapped:
        at = mapped.find(before)
        if at < 0 or len(before) != len(after):
            raise ValueError("the file does not hold the manifest store")
        mapped[at : at + len(after)] = after
        mapped.flush()


def _stand_in(value: bytes) -> str:
    return iscc.ALGORITHM.ljust(len(value), "~")


def _replaced(data: bytes, old: bytes, new: bytes) -> bytes:
    if data.count(old) != 1 or len(old) != len(new):
        raise ValueError("what is to be replaced is not there once, or has another length")
    return data.replace(old, new)
