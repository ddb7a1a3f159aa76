"""A C2PA manifest store taken apart: the boxes of JUMBF (ISO 19566-5) that we need ourselves.

What the reading library does not tell: the certificates themselves, and which bytes a claim is. A
file and its manifest store are malleable (padding, labels of boxes); the claim's CBOR is not, since
it is what was signed. So its digest identifies a manifest.
"""

from __future__ import annotations

import hashlib
import mmap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cbor2
from cryptography import x509

MAX_STORE_BYTES: Final = 64 * 2**20
"""The longest manifest store that we take apart; thirty hands with thumbnails make some 10 MB."""

_STORE: Final = bytes.fromhex("6332706100110010800000aa00389b71")
"""The type of a C2PA manifest store: ``c2pa`` as a JUMBF UUID (C2PA 2.4, 11.1.4)."""

_X5CHAIN: Final = 33  # RFC 9360
_CLAIMS: Final = ("c2pa.claim.v2", "c2pa.claim")
_SIGNATURE: Final = "c2pa.signature"
_ASSERTIONS: Final = "c2pa.assertions"


class StoreMalformed(ValueError):
    """Not a C2PA manifest store, or not one with a signed claim."""


@dataclass(frozen=True, slots=True)
class ActiveManifest:
    """The manifest in force: its label, its claim's digest (SHA-256 hex), who signed it."""

    label: str
    claim_sha256: str
    chain: tuple[x509.Certificate, ...]


@dataclass(frozen=True, slots=True)
class ManifestParts:
    """Of a manifest: its assertions' boxes (contents, by label), its claim's and signature's CBOR.

    A hashed URI of an assertion is the SHA-256 of such a content (C2PA 2.4, 8.4.2.3).
    """

    label: str
    assertions: Mapping[str, bytes]
    claim: bytes
    signature: bytes


def find_store(path: Path) -> bytes | None:
    """The first manifest store that a file carries, wherever its container keeps it."""
    with path.open("rb") as file:
        if path.stat().st_size == 0:
            return None
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            at = mapped.find(b"jumd" + _STORE)
            start = at - 12
            if at < 12 or mapped[start + 4 : start + 8] != b"jumb":
                return None
            length = int.from_bytes(mapped[start : start + 4], "big")
            return bytes(mapped[start : start + min(length, MAX_STORE_BYTES)])


def active_manifest(store: bytes) -> ActiveManifest:
    """The last manifest of a store, which is the one in force (C2PA 2.4, 11.1.4).

    Raises:
        StoreMalformed
    """
    try:
        parts = parts_of_active(store)
        return ActiveManifest(
            parts.label, hashlib.sha256(parts.claim).hexdigest(), _chain(parts.signature)
        )
    except (
        IndexError,
        KeyError,
        TypeError,
        ValueError,
        cbor2.CBORDecodeError,
        x509.InvalidVersion,
    ) as error:
        raise StoreMalformed(f"The manifest store is damaged: {error}.") from error


def parts_of_active(store: bytes) -> ManifestParts:
    """The boxes of the manifest in force.

    Raises:
        StoreMalformed, IndexError, KeyError, ValueError: damaged.
    """
    label, manifest = list(_superboxes(_content(store)))[-1]
    parts = dict(_superboxes(manifest))
    return ManifestParts(
        label=label,
        assertions=dict(_superboxes(parts.get(_ASSERTIONS, b""))),
        claim=_cbor(parts[_CLAIMS[0]] if _CLAIMS[0] in parts else parts[_CLAIMS[1]]),
        signature=_cbor(parts[_SIGNATURE]),
    )


def only_active(store: bytes) -> bytes:
    """A manifest store that holds nothing but the manifest in force.

    Raises:
        StoreMalformed
    """
    content = _content(store)
    _, description = _first(content)
    manifests = [inner for kind, inner in _boxes(content) if kind == b"jumb"]
    if not manifests:
        raise StoreMalformed("a store without a manifest")
    return _box(b"jumb", _box(b"jumd", description) + _box(b"jumb", manifests[-1]))


def _box(kind: bytes, content: bytes) -> bytes:
    return (len(content) + 8).to_bytes(4, "big") + kind + content


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Types and contents of the boxes that lie side by side."""
    at = 0
    while at + 8 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        header = 8
        if length == 1:
            length, header = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        if length == 0:
            length = len(data) - at
        if length < header or at + length > len(data):
            raise StoreMalformed("a box is longer than what holds it")
        yield data[at + 4 : at + 8], data[at + header : at + length]
        at += length


def _content(box: bytes) -> bytes:
    kind, content = _first(box)
    if kind != b"jumb":
        raise StoreMalformed("not a JUMBF box")
    return content


def _superboxes(content: bytes) -> Iterator[tuple[str, bytes]]:
    for kind, inner in _boxes(content):
        if kind == b"jumb":
            yield _label(inner), inner


def _label(content: bytes) -> str:
    kind, description = _first(content)
    if kind != b"jumd":
        raise StoreMalformed("a box is not described")
    return description[17:].partition(b"\0")[0].decode("utf-8")


def _first(data: bytes) -> tuple[bytes, bytes]:
    for box in _boxes(data):
        return box
    raise StoreMalformed("a box is empty")


def _cbor(content: bytes) -> bytes:
    for kind, inner in _boxes(content):
        if kind == b"cbor":
            return inner
    raise StoreMalformed("a box holds no CBOR")


def _chain(signature: bytes) -> tuple[x509.Certificate, ...]:
    """The certificates of a COSE_Sign1 (RFC 9052), leaf first, from its ``x5chain``."""
    decoded = cbor2.loads(signature)
    protected, unprotected = getattr(decoded, "value", decoded)[:2]
    signed = cbor2.loads(protected)
    if not isinstance(signed, Mapping) or not isinstance(unprotected, Mapping):
        raise StoreMalformed("the signature has no headers")
    found = signed.get(_X5CHAIN) or unprotected.get(_X5CHAIN) or unprotected.get("x5chain")
    certificates = [found] if isinstance(found, bytes) else found or []
    return tuple(x509.load_der_x509_certificate(der) for der in certificates)
