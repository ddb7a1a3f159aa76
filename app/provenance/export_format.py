"""A track's export: one folder, or a ZIP file of it, that proves itself without us.

MANIFEST.json   what is in here (``Contents``), each file with its SHA-256
VERIFY.md       how to check it, in words
keys/           what it was signed with, for information
uploaded/ROLE/  the files as their maker signed them
released/ROLE/  the files as buyers get them, with Content Credentials in them or beside them
statements/     envelopes with their log receipts (``app.provenance.bundle``)
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from app.provenance.statement import END, Sha256Hex

MANIFEST: Final = "MANIFEST.json"
VERIFY: Final = "VERIFY.md"
UPLOADED: Final = "uploaded"
RELEASED: Final = "released"
STATEMENTS: Final = "statements"
JWKS: Final = "keys/jwks.json"
LOG_KEY: Final = "keys/log.vkey"
ROOT: Final = "keys/content-credentials.pem"
SIDECAR: Final = ".c2pa"

MAX_FILES: Final = 2_000
MAX_MANIFEST_BYTES: Final = 4 * 2**20

# No drive, no absolute path, no way up: each part starts with neither a dot nor a slash.
Path = Annotated[str, msgspec.Meta(pattern=rf"^[^/\\.][^/\\\x00]*(/[^/\\.][^/\\\x00]*)*{END}")]


class ExportedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the export, by its path within it."""

    path: Path
    sha256: Sha256Hex
    size: Annotated[int, msgspec.Meta(ge=0)]


class ExportedTrack(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Which track it is, at the house that it comes from."""

    uri: str
    title: str
    artist: str


class ExportedParent(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A track that this one was derived from."""

    uri: str
    relation: str


class Contents(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """``MANIFEST.json``."""

    media_type: Literal["application/vnd.countersign.export.v1+json"] = (
        "application/vnd.countersign.export.v1+json"
    )
    track: ExportedTrack
    exported_at: str
    files: Annotated[tuple[ExportedFile, ...], msgspec.Meta(max_length=MAX_FILES)]
    lineage: tuple[ExportedParent, ...] = ()
