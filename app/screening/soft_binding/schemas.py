"""The resolution API on the wire: C2PA's names and shapes (2.4, softbinding/Decoupled)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final

import msgspec

from app.screening.soft_binding.resolution import Match

MAX_SOUND_BYTES: Final = 256 * 2**20
"""Of a file that is asked about: an hour of FLAC, far more than a copy needs to be found."""

_LONGEST_VALUE: Final = 4096

Algorithm = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
Value = Annotated[str, msgspec.Meta(min_length=1, max_length=_LONGEST_VALUE)]
ManifestId = Annotated[str, msgspec.Meta(min_length=1, max_length=120, pattern=r"^[^\x00]*$")]

RECEIPT_TYPE: Final = "org.c2pa.manifest-receipt"
TLOG_PROOF: Final = "c2sp.org/tlog-proof@v1"
_CONTEXT: Final = {
    "c2pa": "https://c2pa.org/ns/",
    "receipt": "https://c2pa.org/ns/manifest-receipt#",
}


class Matches(msgspec.Struct, kw_only=True):
    """Manifests that belong to what was asked about, the likeliest first."""

    matches: list[Match]


class BindingQuery(msgspec.Struct, kw_only=True):
    """A soft binding: its algorithm, and its value in base64."""

    alg: Algorithm
    value: Value


class Reference(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, rename="camel"):
    """A file elsewhere, with its exact length in bytes. Regions of interest are not taken."""

    reference_url: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    asset_length: Annotated[int, msgspec.Meta(ge=1, le=MAX_SOUND_BYTES)]
    asset_type: Annotated[str, msgspec.Meta(max_length=200)] = ""


class NewBinding(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, rename="camel"):
    """A value in base64 that is to lead to a stored manifest."""

    binding_value: Value
    manifest_id: ManifestId
    alg: Algorithm = "io.iscc.v0"


class Repository(msgspec.Struct, kw_only=True, rename="camel"):
    """Where the manifest was taken in, and under which URN."""

    uri: str
    manifest_id: str


class Proof(msgspec.Struct, kw_only=True):
    """``value`` is a tlog-proof, for ``countersign verify`` or any other verifier of such."""

    alg: str
    value: str


class Anchor(msgspec.Struct, kw_only=True):
    """Where the proof is had from, and the proof."""

    uri: str
    proof: Proof


class ManifestReceipt(msgspec.Struct, kw_only=True, omit_defaults=True):
    """``org.c2pa.manifest-receipt``: the proof that our log holds the manifest.

    ``verified`` and ``error`` are what became of checking it.
    """

    context: dict[str, Any] = msgspec.field(name="@context", default_factory=lambda: _CONTEXT)
    type: str = msgspec.field(name="@type")
    repository: Repository
    anchor: Anchor
    verified: bool | None = None
    error: str | None = None


class StoredManifestView(msgspec.Struct, kw_only=True, rename="camel", omit_defaults=True):
    """Under which URN a manifest is now found, and its receipt where one was asked for."""

    manifest_id: str
    receipt: ManifestReceipt | None = None


class Algorithms(msgspec.Struct, kw_only=True):
    """Soft bindings that can be asked for by name."""

    watermarks: list[dict[str, str]]
    fingerprints: list[dict[str, str]]


class Capabilities(msgspec.Struct, kw_only=True):
    """Which version of the API, and which of its optional parts."""

    c2pa_specification_version: str = msgspec.field(name="c2paSpecificationVersion")
    supported_capabilities: list[str] = msgspec.field(name="supportedCapabilities")


class Status(msgspec.Struct, kw_only=True):
    """Whether this answers, and when it said so."""

    status: str
    timestamp: datetime


class Discovery(msgspec.Struct, kw_only=True):
    """Where the API lies (RFC 8615)."""

    api_endpoint: str = msgspec.field(name="apiEndpoint")
    c2pa_specification_version: str = msgspec.field(name="c2paSpecificationVersion")
    capabilities_endpoint: str = msgspec.field(name="capabilitiesEndpoint")
    status_endpoint: str = msgspec.field(name="statusEndpoint")
